package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ztas-io/ztas/analytics"
)

const (
	importShelf = "import"
	importDays  = "importdays/"
	yearsAtOnce = 10 // in one transaction, which may hold 256 KiB; a year has at most 25 KiB
)

// DailyImport is what is known of an import of daily history. It is immutable.
type DailyImport struct {
	ID        string           `json:"id"`
	Site      analytics.SiteID `json:"siteId"`
	Source    string           `json:"source"`
	Format    string           `json:"format"`
	Processed int              `json:"processed"` // rows that were read
	Stored    int              `json:"stored"`    // days that they are about
	First     analytics.Day    `json:"first"`
	Last      analytics.Day    `json:"last"`
	At        time.Time        `json:"at"`
}

// Imports keeps daily history from elsewhere. Safe for concurrent use. In the store are
//
//	import/<site>/<id>             a DailyImport: it exists
//	importdays/<site>/<id>/<year>  its days in this year: [[day, pageviews, visitors, sessions], …], days counted from 1970-01-01
//
// Days are written before the import exists; what a crash leaves of one that does not goes at the next start.
type Imports struct {
	meta  Meta
	shelf *shelf[DailyImport]
}

var errImportNotFound = notFound("Import not found")

// OpenImports reads what is stored, and clears away what a crash left half done.
func OpenImports(meta Meta) (*Imports, error) {
	shelf, err := openShelf(meta, importShelf, func(i *DailyImport) shelfHead { return shelfHead{i.Site, i.ID, i.At} })
	if err != nil {
		return nil, err
	}
	var orphans []string
	err = meta.Scan(importDays, func(key string, _ []byte) error {
		part := strings.Split(key, "/")
		if len(part) != 4 {
			return fmt.Errorf("read %s: not a key of an import's days", key)
		}
		if _, ok := shelf.get(part[2]); !ok {
			orphans = append(orphans, key)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read imports: %w", err)
	}
	s := &Imports{meta, shelf}
	return s, s.erase(orphans)
}

func daysKey(i *DailyImport) string { return importDays + string(i.Site) + "/" + i.ID + "/" }

// yearOf is the year of a day as it stands in a key.
func yearOf(d analytics.Day) string { return d.String()[:4] }

// put stores an import with its days, which are ascending.
func (s *Imports) put(i *DailyImport, days []importDay) error {
	s.shelf.change.Lock() // before the first day: a purge comes before all of it, or after
	defer s.shelf.change.Unlock()
	if err := s.shelf.mayKeep(i.Site); err != nil {
		return err
	}
	var ops []MetaOp
	for len(days) > 0 {
		year := yearOf(days[0].day)
		n := slices.IndexFunc(days, func(d importDay) bool { return yearOf(d.day) != year })
		if n < 0 {
			n = len(days)
		}
		op, err := yearOp(daysKey(i)+year, days[:n])
		if err != nil {
			return err
		}
		ops, days = append(ops, op), days[n:]
		if len(ops) == yearsAtOnce && len(days) > 0 {
			if err := s.meta.Txn(ops...); err != nil {
				return fmt.Errorf("store the days of an import: %w", err)
			}
			ops = nil
		}
	}
	return s.shelf.put(i, ops...)
}

func yearOp(key string, days []importDay) (MetaOp, error) {
	rows := make([][4]int64, len(days))
	for i, d := range days {
		rows[i] = [4]int64{int64(d.day), d.pageviews, d.visitors, d.sessions}
	}
	val, err := json.Marshal(rows)
	if err != nil {
		return MetaOp{}, fmt.Errorf("encode %s: %w", key, err)
	}
	return MetaOp{Key: key, Value: val}, nil
}

// days gives what all imports of a site say of the days from first to last, in no order; several may speak of one day.
func (s *Imports) days(site analytics.SiteID, first, last analytics.Day) (list []importDay, err error) {
	for _, i := range s.shelf.of(site) {
		from, to := max(first, i.First), min(last, i.Last)
		if from > to {
			continue
		}
		lo, _ := strconv.Atoi(yearOf(from))
		hi, _ := strconv.Atoi(yearOf(to))
		for year := lo; year <= hi; year++ {
			if list, err = s.addYear(list, daysKey(i)+strconv.Itoa(year), from, to); err != nil {
				return nil, err
			}
		}
	}
	return list, nil
}

func (s *Imports) addYear(list []importDay, key string, from, to analytics.Day) ([]importDay, error) {
	val, err := getMeta(s.meta, key)
	if err != nil || val == nil { // deleted a moment ago, or nothing in this year
		return list, err
	}
	var rows [][4]int64
	if err := json.Unmarshal(val, &rows); err != nil {
		return nil, fmt.Errorf("read %s: %w", key, err)
	}
	for _, r := range rows {
		if day := analytics.Day(r[0]); day >= from && day <= to {
			list = append(list, importDay{day, r[1], r[2], r[3]})
		}
	}
	return list, nil
}

// remove deletes an import. It is gone at once; its days go with it, or at the next start.
func (s *Imports) remove(id string) (*DailyImport, error) {
	s.shelf.change.Lock()
	defer s.shelf.change.Unlock()
	i, ok := s.shelf.get(id)
	if !ok {
		return nil, errImportNotFound
	}
	var keys []string
	err := s.meta.Scan(daysKey(i), func(key string, _ []byte) error {
		keys = append(keys, key)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the days of an import: %w", err)
	}
	return i, errors.Join(s.shelf.remove(i), s.erase(keys))
}

// ForgetSite drops a site's imports.
func (s *Imports) ForgetSite(_ context.Context, site analytics.SiteID, _ []string) (prefixes []string, err error) {
	return []string{s.shelf.dropSite(site), importDays + string(site) + "/"}, nil
}

func (s *Imports) erase(keys []string) error {
	for batch := range slices.Chunk(keys, eraseBatch) {
		ops := make([]MetaOp, len(batch))
		for i, key := range batch {
			ops[i] = MetaOp{Key: key}
		}
		if err := s.meta.Txn(ops...); err != nil {
			return fmt.Errorf("erase the days of an import: %w", err)
		}
	}
	return nil
}
