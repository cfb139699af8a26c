package main

import (
	"hash/fnv"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/bytedance/sonic"
	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/actors"
	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/ingest"
	"github.com/ztas-io/ztas/internal/people"
	"github.com/ztas-io/ztas/persist/log"
	"github.com/ztas-io/ztas/persist/salts"
)

const (
	replayBlock  = 500 // events of a section
	replayCommit = 100 // blocks that share a sync
	replaySpan   = 20 * time.Hour
)

// tail is a log that no checkpoint covers, as no server leaves one: it would have made checkpoints long ago.
type tail struct {
	t        *testing.T
	wal      *log.WAL
	pipeline *ingest.Pipeline
	sites    []*tailSite
	sequence uint64
	pending  []actors.LogBlock
	events   int
}

// tailSite is a site whose next block is being filled.
type tailSite struct {
	site  *analytics.Site
	hits  []people.Event
	views int // pageviews in the log
}

// fillTail appends so many events of the last hours to the log of a stopped server, of people on its sites: the first gets half of them.
func fillTail(t *testing.T, data string, ids []string, events int) *tail {
	t.Helper()
	wal, err := log.Open(log.DefaultConfig(filepath.Join(data, "log")))
	require.NoError(t, err)
	defer func() { require.NoError(t, wal.Close()) }()
	salt, err := salts.Open(filepath.Join(t.TempDir(), "salts"), time.Now, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	pipeline, err := ingest.New(ingest.Config{Salts: salt, Geo: ingest.NewGeo(nil), MaxAge: ingest.DefaultMaxAge})
	require.NoError(t, err)
	l := &tail{t: t, wal: wal, pipeline: pipeline}
	for _, id := range ids {
		site := &analytics.Site{ID: analytics.SiteID(id), Domain: "example.com", Timezone: "UTC", Settings: analytics.Settings{Heatmaps: true}}
		l.sites = append(l.sites, &tailSite{site: site})
	}
	to := time.Now().Add(-time.Minute)
	h := newHistory(t, time.UTC, to.Add(-replaySpan), to, events*3/2) // there are fewer than that at night and on Sundays
	for h.events < events {
		list := h.next(min(10_000, events-h.events))
		require.NotEmpty(t, list)
		for _, e := range list {
			l.add(e)
		}
	}
	for _, s := range l.sites {
		l.cut(s)
	}
	l.commit()
	return l
}

// add gives the event to the site of its visitor.
func (l *tail) add(e people.Event) {
	h := fnv.New32a()
	_, _ = h.Write([]byte(e.Context.IP))
	n := 0
	if who := int(h.Sum32() >> 1); who%2 == 1 {
		n = who / 2 % len(l.sites)
	}
	s := l.sites[n]
	s.hits = append(s.hits, e)
	if len(s.hits) == replayBlock {
		l.cut(s)
	}
}

// cut makes a block of the site's events, as they leave the pipeline.
func (l *tail) cut(s *tailSite) {
	if len(s.hits) == 0 {
		return
	}
	received := s.hits[len(s.hits)-1].Timestamp + 500
	run, err := l.pipeline.Open(s.site, &ingest.Request{ReceivedAt: received, Context: true})
	require.NoError(l.t, err)
	section := analytics.Section{Site: s.site.ID}
	for i := range s.hits {
		var event analytics.Event
		outcome, err := run.Pass(hitOf(l.t, &s.hits[i]), &event)
		require.NoError(l.t, err)
		require.Empty(l.t, outcome)
		section.Data = (&analytics.Record{Event: &event}).Encode(section.Data)
		section.Count++
		if event.Kind == analytics.Pageview {
			s.views++
		}
	}
	run.Close()
	l.sequence++
	block := analytics.Block{Producer: 1, Sequence: l.sequence, LogicalTime: received, Sections: []analytics.Section{section}}
	l.pending = append(l.pending, actors.LogBlock{Partition: s.site.ID.Partition(), Data: block.Encode()})
	l.events += section.Count
	s.hits = s.hits[:0]
	if len(l.pending) == replayCommit {
		l.commit()
	}
}

// commit appends what is pending; a commit takes at most one block of a partition.
func (l *tail) commit() {
	for len(l.pending) > 0 {
		var now, later []actors.LogBlock
		taken := make(map[analytics.Partition]bool)
		for _, b := range l.pending {
			if taken[b.Partition] {
				later = append(later, b)
				continue
			}
			taken[b.Partition] = true
			now = append(now, b)
		}
		_, err := l.wal.Append(l.t.Context(), now)
		require.NoError(l.t, err)
		l.pending = later
	}
}

// hitOf is the event as the server gets it.
func hitOf(t *testing.T, e *people.Event) *ingest.Hit {
	t.Helper()
	text, err := sonic.Marshal(e)
	require.NoError(t, err)
	hit := new(ingest.Hit)
	require.NoError(t, sonic.Unmarshal(text, hit))
	return hit
}
