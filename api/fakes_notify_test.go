package api

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/analytics"
)

// fakeHooks is a Deliverer that sends nothing: it remembers what it was told, and answers what it was given.
type fakeHooks struct {
	mu        sync.Mutex
	err       error
	result    analytics.TestResult
	channels  []analytics.ChannelResult
	log       map[string][]analytics.Delivery // by webhook, newest first
	status    map[string]analytics.HookStatus
	checked   []string
	tested    []string // ids of webhooks and alerts
	deadline  time.Duration
	reset     []string
	forgotten []string
}

func newFakeHooks() *fakeHooks {
	return &fakeHooks{result: analytics.TestResult{MessageID: "msg_00000000000000000000"}, log: make(map[string][]analytics.Delivery), status: make(map[string]analytics.HookStatus)}
}

// CheckURL refuses names of the inside, as the outbox does.
func (f *fakeHooks) CheckURL(_ context.Context, rawURL string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.checked = append(f.checked, rawURL)
	if strings.Contains(rawURL, "internal") || strings.Contains(rawURL, "//127.") {
		return analytics.Invalid("URL is not allowed")
	}
	return f.err
}

func (f *fakeHooks) Test(_ context.Context, w *analytics.Webhook) (analytics.TestResult, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.tested = append(f.tested, w.ID)
	return f.result, f.err
}

func (f *fakeHooks) TestAlert(ctx context.Context, a *analytics.Alert) ([]analytics.ChannelResult, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.tested = append(f.tested, a.ID)
	if end, ok := ctx.Deadline(); ok {
		f.deadline = time.Until(end)
	}
	return f.channels, f.err
}

func (f *fakeHooks) Deliveries(webhook string, status analytics.DeliveryStatus, event string, limit, offset int) ([]analytics.Delivery, int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var list []analytics.Delivery
	for _, d := range f.log[webhook] {
		if (status == "" || d.Status == status) && (event == "" || d.Event == event) {
			list = append(list, d)
		}
	}
	total := len(list)
	list = list[min(offset, total):]
	return list[:min(limit, len(list))], total, f.err
}

func (f *fakeHooks) Redeliver(webhook, messageID string) (analytics.Delivery, bool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	i := slices.IndexFunc(f.log[webhook], func(d analytics.Delivery) bool { return d.MessageID == messageID })
	if i < 0 || f.err != nil {
		return analytics.Delivery{}, false, f.err
	}
	d := f.log[webhook][i]
	d.Status, d.NextAttempt = analytics.DeliveryPending, time.Date(2026, 1, 15, 16, 30, 20, 0, time.UTC)
	return d, true, nil
}

func (f *fakeHooks) Status(webhook string) analytics.HookStatus {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.status[webhook]
}

func (f *fakeHooks) Reset(webhook string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.reset = append(f.reset, webhook)
}

func (f *fakeHooks) Forget(site analytics.SiteID, webhook string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.forgotten = append(f.forgotten, string(site)+"/"+webhook)
	return f.err
}

// fakePreview is a Previewer that judges nothing.
type fakePreview struct {
	asked           *analytics.Alert
	series, firings []analytics.AlertPoint
	err             error
}

func (f *fakePreview) Preview(_ context.Context, _ analytics.SiteID, a *analytics.Alert) (series, firings []analytics.AlertPoint, err error) {
	f.asked = a
	return f.series, f.firings, f.err
}

// testSealer is the real one.
func testSealer(t *testing.T) Sealer {
	t.Helper()
	s, err := NewSealer([]byte("0123456789abcdef0123456789abcdef"))
	require.NoError(t, err)
	return s
}

// putAlert stores an alert past the API.
func (w *world) putAlert(a *analytics.Alert) *analytics.Alert {
	w.t.Helper()
	require.NoError(w.t, w.catalog.alerts.put(a))
	return a
}

// fire writes a trigger as the outbox does.
func (w *world) fire(t *analytics.Trigger) {
	w.t.Helper()
	w.writeTrigger(t)
	require.NoError(w.t, w.catalog.Triggered(t))
}

// day is a time of the example world.
func day(text string) time.Time {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	return t
}

func ptr[T any](v T) *T { return &v }
