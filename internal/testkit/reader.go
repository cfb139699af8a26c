package testkit

import (
	"context"
	"encoding/json"
	"math"
	"slices"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/analytics/report"
)

// Reader is the fold of one site in memory, with its checkpoints. It answers as the running system does, without its caches. It belongs to one
// goroutine.
type Reader struct {
	State *analytics.State
	pos   analytics.Pos
	blobs Blobs
	bases map[analytics.BaseKey]*analytics.StatsBase
}

// NewReader makes a site whose first record is its definition. limit is MAX_DIMENSION_VALUES.
func NewReader(site analytics.SiteID, zone string, limit int) *Reader {
	body, err := json.Marshal(analytics.SiteDefinition{Timezone: zone, MaxDimensionValues: limit, DedupKey: 42})
	if err != nil {
		panic(err)
	}
	r := &Reader{State: analytics.NewState(site), blobs: make(Blobs)}
	r.Apply(0, analytics.Record{Define: &analytics.Definition{Kind: "site", ID: string(site), Revision: 1, Body: body}})
	return r
}

// Apply folds records as one block of the time logical, UTC ms, through the bytes that a log would have. It returns what the fold said.
func (r *Reader) Apply(logical int64, records ...analytics.Record) analytics.Result {
	var data []byte
	for i := range records {
		data = records[i].Encode(data)
	}
	decoded, err := analytics.DecodeRecords(data, len(records))
	if err != nil {
		panic(err)
	}
	for _, d := range r.State.Needs(decoded) {
		if err := r.State.Attach(d, r.blobs); err != nil {
			panic(err)
		}
	}
	if _, err := r.State.Recall(logical, decoded, r.blobs); err != nil {
		panic(err)
	}
	r.pos++
	res := analytics.Result{Landing: true}
	r.State.ApplyAll(r.pos, logical, decoded, &res)
	return res
}

// Events folds events as one block that arrives with the last of them.
func (r *Reader) Events(events ...analytics.Event) analytics.Result {
	records := make([]analytics.Record, len(events))
	logical := int64(0)
	for i := range events {
		records[i].Event = &events[i]
		logical = max(logical, events[i].ReceivedAt)
	}
	return r.Apply(logical, records...)
}

// Pos is the position of the last block.
func (r *Reader) Pos() analytics.Pos { return r.pos }

// Checkpoint stores the state; with reload it goes on with what was stored, as after a restart.
func (r *Reader) Checkpoint(reload bool) error {
	c := r.State.BeginCheckpoint()
	root, put, free, err := c.Encode(r.blobs)
	if err != nil {
		return err
	}
	r.blobs.Commit(put, free)
	r.State.Finish(c)
	if !reload {
		return nil
	}
	r.State, err = analytics.LoadState(root, r.blobs, 0)
	return err
}

func (r *Reader) rollup(id uint64) (*analytics.Rollup, error) {
	data, err := r.blobs.Blob(id)
	if err != nil {
		return nil, err
	}
	return analytics.DecodeRollup(data)
}

// base keeps what closed days sum up to for good, so that one that is out of date is found.
func (r *Reader) base(key analytics.BaseKey, sum func(analytics.Rollups) (*analytics.StatsBase, error)) (*analytics.StatsBase, error) {
	if b, ok := r.bases[key]; ok {
		return b, nil
	}
	if sum == nil {
		return nil, nil
	}
	b, err := sum(r.rollup)
	if err == nil {
		if r.bases == nil {
			r.bases = make(map[analytics.BaseKey]*analytics.StatsBase)
		}
		r.bases[key] = b
	}
	return b, err
}

// Stats answers from the counters.
func (r *Reader) Stats(_ context.Context, _ analytics.SiteID, q analytics.StatsQuery) (*analytics.StatsReport, error) {
	return r.State.View().Stats(q, r.rollup, r.base, math.MaxInt64)
}

// Realtime answers for the time now, UTC ms.
func (r *Reader) Realtime(_ context.Context, _ analytics.SiteID, now int64, detail bool) (*analytics.RealtimeReport, error) {
	report, _, err := r.State.Realtime(now, detail, r.blobs)
	return report, err
}

// Sums answers from the events.
func (r *Reader) Sums(ctx context.Context, site analytics.SiteID, asks ...report.Ask) ([]report.Sum, error) {
	totals := make([]report.Sum, len(asks))
	for i, a := range asks {
		totals[i] = a.Question.New(nil, a.Window)
		err := r.Tables(ctx, site, a.First, a.Last, false, func(t *report.Table) error {
			w := report.Window{From: max(a.Window.From, t.Start), To: min(a.Window.To, t.End)}
			if w.From < w.To {
				day := a.Question.New(t, w)
				report.AddAll(t, day)
				day.Seal()
				totals[i].Merge(day)
			}
			return t.Err()
		})
		if err != nil {
			return nil, err
		}
		totals[i].Seal()
	}
	return totals, nil
}

// Tables gives the stored days one after the other. Ids are read from parts when they are asked for.
func (r *Reader) Tables(
	_ context.Context, site analytics.SiteID, first, last analytics.Day, newestFirst bool, f func(*report.Table) error,
) error {
	view := r.State.View()
	days := view.Days()
	if newestFirst {
		slices.Reverse(days)
	}
	for _, number := range days {
		rows, ok := view.Rows(number)
		if !ok || number < first || number > last {
			continue
		}
		bounds := rows.Bounds
		if bounds == nil {
			rollup, err := r.rollup(rows.Rollup)
			if err != nil {
				return err
			}
			bounds = rollup.Bounds()
		}
		t := report.NewTable(site.Partition(), number, bounds)
		for _, p := range rows.Parts {
			part, err := analytics.DecodePart(r.blobs[p.Blob], analytics.AllSections&^analytics.IDSections)
			if err != nil {
				return err
			}
			t.AppendPart(part, func() (*analytics.Rows, error) { return analytics.DecodePart(r.blobs[p.Blob], analytics.AllSections) })
		}
		for _, run := range rows.Runs {
			t.Append(run, 0)
		}
		if err := f(t); err != nil {
			return err
		}
	}
	return nil
}
