package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

const (
	apacheLog = "../../testdata/access/elastic_apache_combined_10k.log.gz"
	nasaLog   = "../../testdata/access/nasa_http_1995-07-09.log.gz"
)

// importServer is the real server, in this process, with one account.
type importServer struct {
	t    *testing.T
	data string
	run  *instance
	api  *client // with a token of the account
}

var importAccount = map[string]string{"email": "import@example.com", "password": "a-long-test-password"}

func newImportServer(t *testing.T) *importServer {
	t.Helper()
	for _, limit := range []string{"MINUTE", "HOUR", "TRACK", "TRACK_SITE"} {
		t.Setenv("RATE_LIMIT_"+limit, "0")
	}
	t.Setenv("MIN_FREE_SPACE", "1")
	s := &importServer{t: t, data: t.TempDir()}
	s.start("register")
	t.Cleanup(s.stop)
	return s
}

// start runs the server on its data directory and opens the account by registration or login.
func (s *importServer) start(by string) {
	s.t.Helper()
	cfg, err := loadConfig("--data="+s.data, "--listen=127.0.0.1:0", "--metrics-listen=off")
	require.NoError(s.t, err)
	s.run, err = run(s.t.Context(), cfg, slog.New(slog.DiscardHandler))
	require.NoError(s.t, err)
	s.api = newClient("http://"+s.run.Addr(), "")
	s.api.http.Transport = checked(s.t)
	var account struct {
		Token string `json:"token"`
	}
	require.NoError(s.t, s.api.send(s.t.Context(), http.MethodPost, "/api/auth/"+by, importAccount, &account))
	s.api = s.api.with(account.Token)
}

// stop may be called more than once.
func (s *importServer) stop() {
	if s.run != nil {
		require.NoError(s.t, stop(s.run))
		s.run = nil
	}
}

func (s *importServer) site(domain, zone string) string {
	s.t.Helper()
	var site struct {
		ID string `json:"id"`
	}
	in := map[string]string{"domain": domain, "timezone": zone}
	require.NoError(s.t, s.api.send(s.t.Context(), http.MethodPost, "/api/sites", in, &site))
	return site.ID
}

// here names the running server to the command.
func (s *importServer) here() []string {
	return []string{"--url=" + s.api.base, "--key=" + s.api.token}
}

// ztas runs a command line.
func ztas(ctx context.Context, args ...string) (code int, out, errOut string) {
	var o, e bytes.Buffer
	code = execute(env{ctx, &o, &e}, args)
	return code, o.String(), e.String()
}

// imported is what the command prints.
type imported struct {
	read, refused, pageviews, stored, duplicates int
	refusedLines                                 []int
	skipped                                      map[string]int
}

func (s *importServer) load(file, site string, flags ...string) imported {
	s.t.Helper()
	code, out, errOut := ztas(s.t.Context(), append([]string{"import", "accesslog", file, "--site=" + site}, flags...)...)
	require.Zero(s.t, code, errOut)
	in := imported{skipped: map[string]int{}}
	for _, line := range strings.Split(strings.TrimSpace(out), "\n") {
		words := strings.Fields(strings.ReplaceAll(line, ",", ""))
		number := func(at int) int {
			n, err := strconv.Atoi(words[at])
			require.NoError(s.t, err, line)
			return n
		}
		switch {
		case words[0] == "line":
			in.refusedLines = append(in.refusedLines, number(1))
		case words[0] == "pageviews":
			in.pageviews = number(1)
		case words[0] == "stored":
			in.stored = number(1)
		case words[0] == "duplicates":
			in.duplicates = number(1)
		case words[0] == "skipped":
			in.skipped[strings.Trim(words[2], "(:")] = number(1)
		default:
			in.read, in.refused = number(0), number(3) // "n lines read m refused"
		}
	}
	return in
}

// importStats is the part of GET /api/stats that a log alone determines.
type importStats struct {
	Summary    statsNumbers `json:"summary"`
	Timeseries []struct {
		Date string `json:"date"`
		statsNumbers
	} `json:"timeseries"`
	TopPages []struct {
		Path string `json:"path"`
		statsNumbers
	} `json:"topPages"`
}

type statsNumbers struct {
	Pageviews      int `json:"pageviews"`
	UniqueVisitors int `json:"uniqueVisitors"`
}

func (s *importServer) stats(site, from, to string) (out importStats) {
	s.t.Helper()
	q := url.Values{"siteId": {site}, "startDate": {from}, "endDate": {to}, "interval": {"day"}, "limit": {"100"}}
	require.NoError(s.t, s.api.call(s.t.Context(), http.MethodGet, "/api/stats?"+q.Encode(), nil, &out))
	return out
}

// requireAsCounted compares every day, and all of them together, with the recount.
func (s *importServer) requireAsCounted(site string, want *recount) {
	s.t.Helper()
	var dates []string
	for date := range want.days {
		dates = append(dates, date)
	}
	slices.Sort(dates)
	whole := s.stats(site, dates[0], dates[len(dates)-1])
	require.Equal(s.t, want.pageviews(), whole.Summary.Pageviews)
	require.Len(s.t, whole.Timeseries, len(dates))
	for i, date := range dates {
		day := want.days[date]
		got := s.stats(site, date, date)
		numbers := statsNumbers{day.pageviews, len(day.visitors)}
		require.Equal(s.t, numbers, got.Summary, date)
		require.Equal(s.t, date, whole.Timeseries[i].Date)
		require.Equal(s.t, numbers, whole.Timeseries[i].statsNumbers, date)
		top := day.topPages(100)
		require.Len(s.t, got.TopPages, len(top), date)
		for n, page := range top {
			require.Equal(s.t, page.path, got.TopPages[n].Path, "%s, place %d", date, n+1)
			require.Equal(s.t, statsNumbers{page.pageviews, len(page.visitors)}, got.TopPages[n].statsNumbers, "%s %s", date, page.path)
		}
	}
}

// requireImportBalance checks that every line is accounted for, as the recount has it.
func requireImportBalance(t *testing.T, in imported, want *recount) {
	t.Helper()
	require.Equal(t, want.refused, in.refusedLines)
	require.Equal(t, len(want.refused), in.refused)
	require.Equal(t, want.lines, in.read+in.refused)
	require.Equal(t, want.pageviews(), in.pageviews)
	require.Equal(t, want.skipped, in.skipped)
	skipped := 0
	for _, n := range in.skipped {
		skipped += n
	}
	require.Equal(t, in.read, in.pageviews+skipped)
	require.Equal(t, in.pageviews, in.stored+in.duplicates)
}

// TestImportAsRecounted imports two real logs, each in both forms and twice, and asks the server for what a recount finds in them.
func TestImportAsRecounted(t *testing.T) {
	s := newImportServer(t)
	for i, c := range []struct {
		name, file, zone string
		all              bool
	}{
		{"apache", apacheLog, "UTC", false},
		{"apache all", apacheLog, "UTC", true},
		{"nasa", nasaLog, "America/New_York", false},
		{"nasa all", nasaLog, "America/New_York", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := &importServer{t, s.data, s.run, s.api}
			zone, err := time.LoadLocation(c.zone)
			require.NoError(t, err)
			want := recountLog(t, c.file, zone, c.all)
			if c.file == apacheLog {
				require.Equal(t, []int{8899}, want.refused)
				require.Equal(t, 10_000, want.lines)
				if c.all {
					require.Equal(t, 9_999, want.pageviews())
					require.Len(t, want.days, 4)
					require.Contains(t, want.days, "2015-05-17")
					require.Contains(t, want.days, "2015-05-20")
				}
			}
			site := s.site(fmt.Sprintf("log-%d.example.com", i), c.zone)
			flags := s.here()
			if c.all {
				flags = append(flags, "--all")
			}
			first := s.load(c.file, site, flags...)
			requireImportBalance(t, first, want)
			require.Zero(t, first.duplicates)
			s.requireAsCounted(site, want)

			second := s.load(c.file, site, flags...)
			requireImportBalance(t, second, want)
			require.Zero(t, second.stored)
			s.requireAsCounted(site, want)
		})
	}
}

// TestImportInSmallBatches: a server that takes fewer events at a time than the default gets the same in more requests.
func TestImportInSmallBatches(t *testing.T) {
	t.Setenv("INGEST_MAX_BATCH", "100")
	s := newImportServer(t)
	site := s.site("log.example.com", "UTC")
	want := recountLog(t, apacheLog, time.UTC, false)
	requireImportBalance(t, s.load(apacheLog, site, s.here()...), want)
	s.requireAsCounted(site, want)
}

// TestImportWithoutServer: nothing is said to be imported while no server answers.
func TestImportWithoutServer(t *testing.T) {
	file := filepath.Join(t.TempDir(), "access.log")
	line := `192.0.2.7 - - [17/May/2015:10:05:03 +0000] "GET /a HTTP/1.1" 200 10 "-" "Mozilla/5.0 (X11; Linux x86_64) Chrome/32.0"` + "\n"
	require.NoError(t, os.WriteFile(file, []byte(line), 0o600))
	synctest.Test(t, func(t *testing.T) { // it tries for a while
		code, _, errOut := ztas(t.Context(), "import", "accesslog", file, "--site=s", "--url=http://127.0.0.1:1", "--key=k")
		require.Equal(t, 1, code)
		require.NotContains(t, errOut, "importing")
		require.Contains(t, errOut, "does the server of --url http://127.0.0.1:1 run? run it again to finish it, nothing is stored twice")
	})
}

// TestImportIntoStoppedServer imports into the data directory of a server that does not run, which then has the numbers, and still after it
// was stopped again.
func TestImportIntoStoppedServer(t *testing.T) {
	s := newImportServer(t)
	site := s.site("log.example.com", "UTC")
	want := recountLog(t, apacheLog, time.UTC, false)
	s.stop()
	requireImportBalance(t, s.load(apacheLog, site, "--data="+s.data), want)
	s.start("login")
	s.requireAsCounted(site, want)
	again := s.load(apacheLog, site, s.here()...)
	require.Zero(t, again.stored)
	s.stop()
	s.start("login")
	s.requireAsCounted(site, want)
}

// TestImportRefusals has what can be wrong with a command line: the message names it, and nothing is imported.
func TestImportRefusals(t *testing.T) {
	s := newImportServer(t)
	site := s.site("log.example.com", "UTC")
	missing, other := filepath.Join(t.TempDir(), "missing"), t.TempDir()
	noLog := filepath.Join(t.TempDir(), "notes.gz")
	require.NoError(t, os.WriteFile(noLog, []byte("\x1f\x8bnot really packed"), 0o600))
	here := s.here()
	for _, c := range []struct {
		name    string
		args    []string
		code    int
		message string
	}{
		{"no file", append([]string{"--site=" + site}, here...), 2, `expected "<file>"`},
		{"missing file", append([]string{missing, "--site=" + site}, here...), 1, "open log: open " + missing + ": no such file or directory"},
		{"damaged file", append([]string{noLog, "--site=" + site}, here...), 1, "open log: "},
		{"a folder", append([]string{t.TempDir(), "--site=" + site}, here...), 1, "is a directory"},
		{"no site", append([]string{apacheLog}, here...), 2, "missing flags: --site=ID"},
		{"unknown site", append([]string{apacheLog, "--site=site_unknown1"}, here...), 1,
			"server says 404: Invalid site ID; --site site_unknown1 must be the id of a site that the key may reach"},
		{"wrong key", []string{apacheLog, "--site=" + site, "--url=" + s.api.base, "--key=zta_live_wrong"}, 1,
			"server says 401: Invalid API key; give a --key that " + s.api.base + " knows"},
		{"wrong path", []string{apacheLog, "--site=" + site, "--url=" + s.api.base + "/dashboard", "--key=" + s.api.token}, 1,
			"the server itself, without a path"},
		{"no URL", []string{apacheLog, "--site=" + site, "--url=127.0.0.1:8080", "--key=x"}, 1,
			"--url must be a URL such as http://127.0.0.1:8080"},
		{"a running server's data", []string{apacheLog, "--site=" + site, "--data=" + s.data}, 1,
			"a server runs on " + s.data + ": import into it with --url and --key"},
		{"no access log", append([]string{"main.go", "--site=" + site}, here...), 1, "import log: nothing could be read of main.go: is it an access log"},
		{"no key", []string{apacheLog, "--site=" + site, "--url=" + s.api.base}, 1, "--url needs --key"},
		{"two places", []string{apacheLog, "--site=" + site, "--url=" + s.api.base, "--data=" + missing}, 2, "--url and --data can't be used together"},
		{"missing data directory", []string{apacheLog, "--site=" + site, "--data=" + missing}, 1, "find data directory: "},
		{"another directory", []string{apacheLog, "--site=" + site, "--data=" + other}, 1, "find data directory: " + other + " is no data directory"},
		{"no server's flag", append([]string{apacheLog, "--site=" + site, "--evrything"}, here...), 2, "unknown flag --evrything"},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, out, errOut := ztas(t.Context(), append([]string{"import", "accesslog"}, c.args...)...)
			require.Equal(t, c.code, code, "%s%s", out, errOut)
			require.Contains(t, errOut, c.message)
			require.NotContains(t, errOut, "run it again")
			require.True(t, strings.HasPrefix(errOut, "ztas: "), errOut)
		})
	}
	_, err := os.Stat(missing)
	require.True(t, errors.Is(err, fs.ErrNotExist), "a mistyped data directory was made")
	entries, err := os.ReadDir(other)
	require.NoError(t, err)
	require.Empty(t, entries, "a data directory was made where none was")
	require.Zero(t, s.stats(site, "2015-05-17", "2015-05-20").Summary.Pageviews)

	s.stop()
	code, _, errOut := ztas(t.Context(), "import", "accesslog", apacheLog, "--site=site_unknown1", "--data="+s.data)
	require.Equal(t, 1, code)
	require.Contains(t, errOut, "find site site_unknown1: there is no site site_unknown1")
}
