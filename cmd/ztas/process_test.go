package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/api"
	"github.com/ztas-io/ztas/internal/apicheck"
)

const (
	startTime = 10 * time.Second // in which a server must be ready, whatever it finds on its disk
	agent     = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36"
)

// programDir is where the program is built for all tests.
var programDir string

// TestMain removes the program that tests built.
func TestMain(m *testing.M) {
	code := m.Run()
	if programDir != "" {
		_ = os.RemoveAll(programDir)
	}
	os.Exit(code)
}

// builtProgram builds the program once: for measurements as it is built for users, otherwise without its profile, which takes a minute less.
var builtProgram = sync.OnceValues(func() (program string, err error) {
	if programDir, err = os.MkdirTemp("", "ztas-program-"); err != nil {
		return "", err
	}
	program = filepath.Join(programDir, "ztas")
	profile := "off"
	if os.Getenv("ZTAS_LOAD") != "" {
		profile = "auto"
	}
	build := exec.Command("go", "build", "-pgo", profile, "-tags", "nomsgpack", "-ldflags", "-s -w", "-o", program, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build: %w: %s", err, out)
	}
	return program, nil
})

// rig runs the real program on one data directory, one process after the other, always at the same address.
type rig struct {
	t                           *testing.T
	program, data, addr, scrape string
	env                         []string
	under                       []string // a program that runs it, with arguments; none by default
	http                        *http.Client
	life                        *life        // nil: none runs
	refusal                     string       // the last words of a process that did not start
	answered                    atomic.Int64 // events in requests that this life has answered
}

// life is one process.
type life struct {
	cmd    *exec.Cmd
	done   chan struct{} // closed when the process has ended
	err    error         // of Wait; read after done
	output lockedBuffer
}

// lockedBuffer is a bytes.Buffer that may be read while it is written.
type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// newRig builds the program; env are further settings, NAME=value. Nothing runs yet.
func newRig(t *testing.T, env ...string) *rig {
	t.Helper()
	if testing.Short() {
		t.Skip("runs the real program")
	}
	program, err := builtProgram()
	require.NoError(t, err)
	address := freeAddresses(t, 2)
	r := &rig{
		t: t, program: program, data: t.TempDir(), addr: address[0], scrape: address[1],
		env: append([]string{"LOG_FORMAT=json", "MIN_FREE_SPACE=1",
			"RATE_LIMIT_TRACK=0", "RATE_LIMIT_TRACK_SITE=0", "RATE_LIMIT_MINUTE=0", "RATE_LIMIT_HOUR=0"}, env...),
		http: &http.Client{Timeout: 20 * time.Second, Transport: checked(t)},
	}
	t.Cleanup(func() {
		if r.life != nil {
			r.kill()
		}
		r.http.CloseIdleConnections()
	})
	return r
}

// freeAddresses finds n ports below those that the system gives to outgoing connections, so that they are still free at the next start.
func freeAddresses(t *testing.T, n int) (list []string) {
	t.Helper()
	for range 200 {
		addr := net.JoinHostPort("127.0.0.1", strconv.Itoa(12_000+rand.IntN(18_000)))
		if listener, err := net.Listen("tcp", addr); err == nil {
			defer listener.Close() // not before the last is found: no two are the same
			list = append(list, addr)
		}
		if len(list) == n {
			return list
		}
	}
	t.Fatal("no free port")
	return nil
}

// launch starts a process without waiting for it.
func (r *rig) launch() {
	r.t.Helper()
	require.Nil(r.t, r.life, "one process at a time")
	r.answered.Store(0)
	command := append(slices.Clone(r.under), r.program, "serve")
	l := &life{cmd: exec.Command(command[0], command[1:]...), done: make(chan struct{})}
	l.cmd.Env = append([]string{"LISTEN=" + r.addr, "METRICS_LISTEN=" + r.scrape, "DATA_DIR=" + r.data}, r.env...)
	l.cmd.Dir, l.cmd.Stdout, l.cmd.Stderr = r.data, &l.output, &l.output
	require.NoError(r.t, l.cmd.Start())
	go func() {
		l.err = l.cmd.Wait()
		close(l.done)
	}()
	r.life = l
}

// start launches a process and returns how long it took to be ready.
func (r *rig) start() time.Duration {
	r.t.Helper()
	return r.startWithin(startTime)
}

// startWithin is start for a process that may take so long.
func (r *rig) startWithin(limit time.Duration) time.Duration {
	r.t.Helper()
	began := time.Now()
	r.launch()
	r.awaitReady(limit)
	return time.Since(began)
}

// awaitReady waits until the process that was launched serves.
func (r *rig) awaitReady(limit time.Duration) {
	r.t.Helper()
	began := time.Now()
	poll := time.NewTicker(2 * time.Millisecond)
	defer poll.Stop()
	for range poll.C {
		select {
		case <-r.life.done:
			r.t.Fatalf("the server ended: %v\n%s", r.life.err, r.life.output.String())
		default:
		}
		res, err := r.http.Get(r.base() + "/api/ready")
		if err == nil {
			res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return
			}
		}
		if time.Since(began) > limit {
			r.t.Fatalf("not ready within %v (%v)\n%s", limit, err, r.life.output.String())
		}
	}
}

// kill ends the process as a power switch would; it returns when it is gone.
func (r *rig) kill() {
	l := r.life
	r.life = nil
	_ = l.cmd.Process.Signal(syscall.SIGKILL) // it may have ended by itself
	<-l.done
	r.http.CloseIdleConnections()
}

// stop asks the process to end, and requires that it does so in time and with code 0.
func (r *rig) stop() time.Duration {
	r.t.Helper()
	l, began := r.life, time.Now()
	require.NoError(r.t, l.cmd.Process.Signal(syscall.SIGTERM))
	select {
	case <-l.done:
	case <-time.After(drainTime):
		r.t.Fatalf("still there %v after SIGTERM\n%s", drainTime, l.output.String())
	}
	r.life = nil
	require.NoError(r.t, l.err, "exit code after SIGTERM\n%s", l.output.String())
	r.http.CloseIdleConnections()
	return time.Since(began)
}

func (r *rig) base() string { return "http://" + r.addr }

// api is a client of the server, whose every call is held to the document.
func (r *rig) api(token string) *client {
	c := newClient(r.base(), token)
	c.http.Transport = r.http.Transport
	return c
}

// apiDocument is api/openapi.yaml, read once for all tests.
var apiDocument = sync.OnceValues(func() (*apicheck.Document, error) { return apicheck.Load(api.OpenAPI()) })

// checked is a transport that fails the test when a request that was taken, or an answer, is not as the document has it.
func checked(t *testing.T) http.RoundTripper {
	t.Helper()
	d, err := apiDocument()
	require.NoError(t, err)
	return &apicheck.Transport{
		Document: d, Base: &http.Transport{MaxIdleConnsPerHost: 64},
		Report: func(err error) { t.Error(err) },
	}
}

const (
	testEmail    = "owner@example.com"
	testPassword = "correct horse battery"
)

// site registers the first account and creates a site in zone.
func (r *rig) site(zone string) (site, token string) {
	r.t.Helper()
	ctx := context.Background()
	var grant struct {
		Token string `json:"token"`
	}
	api := r.api("")
	require.NoError(r.t, api.send(ctx, http.MethodPost, "/api/auth/register", map[string]string{"email": testEmail, "password": testPassword}, &grant))
	var created struct {
		ID string `json:"id"`
	}
	require.NoError(r.t, api.with(grant.Token).send(ctx, http.MethodPost, "/api/sites",
		map[string]string{"domain": "example.com", "timezone": zone}, &created))
	return created.ID, grant.Token
}

// trackAnswer is what POST /api/track says.
type trackAnswer struct {
	Status     int `json:"-"`
	Count      int
	Duplicates int
	Rejected   []struct {
		Index int
		Error string
	}
	Error string // of an error answer
}

// errBusy is an answer of 503: come again, with the same ids.
var errBusy = errors.New("the server is busy")

// track posts a body. An error means that it is not known whether the events are stored; after errBusy the server is there to be asked again.
func (r *rig) track(body []byte, userAgent string) (trackAnswer, error) {
	req, err := http.NewRequest(http.MethodPost, r.base()+"/api/track", bytes.NewReader(body))
	if err != nil {
		return trackAnswer{}, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", userAgent)
	res, err := r.http.Do(req)
	if err != nil {
		return trackAnswer{}, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		return trackAnswer{}, err
	}
	answer := struct {
		Data  trackAnswer
		Error string
	}{}
	if err := json.Unmarshal(text, &answer); err != nil {
		return trackAnswer{}, fmt.Errorf("%w in %s", err, text)
	}
	if res.StatusCode == http.StatusServiceUnavailable && res.Header.Get("Retry-After") != "" {
		return trackAnswer{}, errBusy
	}
	answer.Data.Status, answer.Data.Error = res.StatusCode, answer.Error
	r.answered.Add(int64(answer.Data.Count + len(answer.Data.Rejected)))
	return answer.Data, nil
}

// insist is track that comes again while the server is busy.
func (r *rig) insist(body []byte, userAgent string) (trackAnswer, error) {
	pause := time.NewTicker(100 * time.Millisecond)
	defer pause.Stop()
	for tries := 0; ; tries++ {
		a, err := r.track(body, userAgent)
		if !errors.Is(err, errBusy) || tries == 100 {
			return a, err
		}
		<-pause.C
	}
}

// metrics reads the Prometheus page: the sum of each family over its labels.
func (r *rig) metrics() map[string]float64 {
	r.t.Helper()
	res, err := r.http.Get("http://" + r.scrape + "/metrics")
	require.NoError(r.t, err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	require.NoError(r.t, err)
	sums := make(map[string]float64)
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		name, value, ok := strings.Cut(strings.TrimSpace(line), " ")
		if labels := strings.LastIndexByte(line, '}'); labels >= 0 {
			name, value = line[:strings.IndexByte(line, '{')], strings.TrimSpace(line[labels+1:])
		} else if !ok {
			continue
		}
		v, err := strconv.ParseFloat(value, 64)
		require.NoError(r.t, err, line)
		sums[name] += v
	}
	return sums
}
