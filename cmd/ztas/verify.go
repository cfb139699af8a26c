package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/analytics/report"
	"github.com/ztas-io/ztas/persist/backup"
)

type verifyCommand struct {
	Data   string `env:"DATA_DIR" default:"./data" type:"path" placeholder:"DIR" help:"The data directory of a stopped server (${default})."`
	Backup string `type:"existingdir" placeholder:"DIR" help:"Check a backup instead: every copy in this folder is read and compared with its checksums."`
	Quiet  bool   `short:"q" help:"Say nothing of what is well, as for cron."`
}

// Run recounts, or checks a backup.
func (c *verifyCommand) Run(e env) error {
	if c.Backup != "" {
		return c.checkBackup(e)
	}
	data, err := openStopped(e.ctx, c.Data, AutoSize, newLogger(e.errOut, "warn", "text"))
	if err != nil {
		return err
	}
	return errors.Join(verifyData(e, data, c.news(e)), stop(&data.instance))
}

// news is where it is said what is well.
func (c *verifyCommand) news(e env) io.Writer {
	if c.Quiet {
		return io.Discard
	}
	return e.out
}

func (c *verifyCommand) checkBackup(e env) error {
	names, err := backup.Copies(c.Backup)
	if err != nil {
		return err
	}
	if len(names) == 0 {
		_, err := backup.Check(e.ctx, c.Backup, "")
		return err
	}
	return c.checkCopies(e, names)
}

// checkCopies reads copies. One that a backup removes meanwhile is no damage.
func (c *verifyCommand) checkCopies(e env, names []string) error {
	damaged := 0
	for _, name := range names {
		m, err := backup.Check(e.ctx, c.Backup, name)
		if err := e.ctx.Err(); err != nil {
			return fmt.Errorf("check backup: %w", err)
		}
		if err == nil {
			fmt.Fprintf(c.news(e), "backup %s: %s, %s, %s: all as written\n", name, plural(m.Store.Entries, "key"), plural(m.Log.Entries, "block"),
				plural(len(m.Files), "file"))
			continue
		}
		left, listed := backup.Copies(c.Backup)
		if listed == nil && len(left) > 0 && !slices.Contains(left, name) {
			fmt.Fprintf(c.news(e), "backup %s was removed meanwhile\n", name)
			continue
		}
		damaged++ // others may be whole
		fmt.Fprintf(e.out, "backup %s cannot be restored: %v\n", name, err)
	}
	if damaged > 0 {
		return fmt.Errorf("%d of %d copies cannot be restored", damaged, len(names))
	}
	return nil
}

// verifyData recounts every site, and checks every value of the store.
func verifyData(e env, data *stopped, news io.Writer) error {
	if err := data.store.Verify(e.ctx); err != nil {
		return fmt.Errorf("verify the store: %w", err)
	}
	fmt.Fprintln(news, "store: every value is readable")
	keys := checkKeys(news, data.data, data.store)
	return errors.Join(keys, verifySites(e, data, news))
}

// verifySites recounts all of them.
func verifySites(e env, data *stopped, news io.Writer) error {
	sites, err := siteIDs(data.store)
	if err != nil {
		return err
	}
	faults := 0
	for _, site := range sites {
		n, err := verifySite(e, data, site, news)
		if err != nil {
			return fmt.Errorf("verify %s: %w", site, err)
		}
		faults += n
	}
	if faults > 0 {
		fmt.Fprintf(e.out, "%s differ\n", plural(faults, "number"))
		return errReported
	}
	return nil
}

// verifySite compares, day by day, what the counters say with what the events add up to. It returns how many answers differ.
func verifySite(e env, data *stopped, site analytics.SiteID, news io.Writer) (faults int, err error) {
	zone, days, err := data.system.Days(e.ctx, site)
	if err != nil {
		return 0, err
	}
	var views int64
	for _, day := range days {
		p := analytics.StatsParams{StartDate: day.String(), EndDate: day.String(), Limit: "100"}
		q, err := p.Resolve(zone, time.Now().UnixMilli())
		if err != nil {
			return faults, fmt.Errorf("day %s: %w", day, err)
		}
		counted, err := data.system.Stats(e.ctx, site, q)
		if err != nil {
			return faults, fmt.Errorf("day %s: %w", day, err)
		}
		sums, err := data.system.Sums(e.ctx, site, report.Over(report.Stats(q, report.Filters{}), q.Range))
		if err != nil {
			return faults, fmt.Errorf("day %s: %w", day, err)
		}
		recounted := sums[0].(*report.StatsSum).Report(q, counted.Filtered, counted.LastPageview)
		views += recounted.Summary.Pageviews
		differences, err := differ(counted, recounted)
		if err != nil {
			return faults, err
		}
		for _, d := range differences {
			fmt.Fprintf(e.out, "%s on %s: %s\n", site, day, d)
		}
		faults += len(differences)
	}
	if faults == 0 {
		fmt.Fprintf(news, "%s: %s with %s: counters and events agree\n", site, plural(len(days), "day"), plural(int(views), "pageview"))
	}
	return faults, nil
}

// differ names the members of two reports that are not the same. Lists of a day with more values than the site keeps apart have no equal: the
// events know them all.
func differ(counted, recounted *analytics.StatsReport) (list []string, err error) {
	a, err := members(counted)
	if err != nil {
		return nil, err
	}
	b, err := members(recounted)
	if err != nil {
		return nil, err
	}
	for name := range a {
		if capped := bytes.Contains(a[name], []byte(`"(other)"`)) || counted.Estimated; capped || bytes.Equal(a[name], b[name]) {
			continue
		}
		list = append(list, fmt.Sprintf("%s: counted %.200s, recounted %.200s", name, a[name], b[name]))
	}
	slices.Sort(list)
	return list, nil
}

func members(r *analytics.StatsReport) (map[string]json.RawMessage, error) {
	b, err := json.Marshal(r)
	if err != nil {
		return nil, fmt.Errorf("encode a report: %w", err)
	}
	m := make(map[string]json.RawMessage)
	if err := json.Unmarshal(b, &m); err != nil {
		return nil, fmt.Errorf("decode a report: %w", err)
	}
	return m, nil
}
