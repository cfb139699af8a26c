package outbox

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/analytics"
)

// nominal is the schedule without its random part, in seconds.
var nominal = []float64{5, 25, 125, 625, 3125}

// TestReceiverDown is R16: down for an hour, a message a minute; each arrives, under the id it had from the start.
func TestReceiverDown(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.jitter = func() float64 { return 1 } // with 0.8 the first ones would have given up after 52 minutes
		w.start()
		w.net.setDown(true)
		want := map[string]bool{}
		for i := range 60 {
			w.put(analytics.Pos(i+1), effect("goal", fmt.Sprint("goal ", i)))
			w.flush()
			time.Sleep(time.Minute)
		}
		require.Empty(t, w.requests())
		pending, total, err := w.outbox.Deliveries("wh_abc123", analytics.DeliveryPending, "", 100, 0)
		require.NoError(t, err)
		require.Equal(t, 60, total)
		for _, d := range pending {
			want[d.MessageID] = true
		}
		require.Len(t, want, 60)

		w.net.setDown(false)
		time.Sleep(2 * time.Hour)
		got := map[string]int{}
		for _, r := range w.requests() {
			got[r.id]++
		}
		require.Len(t, got, 60, "at least once each")
		for _, d := range w.deliveries("wh_abc123") {
			require.True(t, want[d.MessageID], "ids are stable")
			require.Equal(t, analytics.DeliverySucceeded, d.Status)
			require.Equal(t, 1, got[d.MessageID])
			require.Equal(t, nominal[:len(d.Attempts)-1], waits(d))
			require.Equal(t, "connection refused", d.Attempts[0].Error)
			require.Empty(t, d.Attempts[len(d.Attempts)-1].Error)
		}
		require.Zero(t, w.keys(queuePrefix))
		require.Equal(t, 200, w.outbox.Status("wh_abc123").LastStatus)
	})
}

// TestAnswers is R16: what each answer leads to.
func TestAnswers(t *testing.T) {
	all := func(word string, n int) string { return strings.TrimSuffix(strings.Repeat(word+",", n), ",") }
	for _, c := range []struct {
		name   string
		answer func(res http.ResponseWriter, r *http.Request)
		errors string
		last   int // status of the last attempt
	}{
		{"200", code(200), "", 200},
		{"204", code(204), "", 204},
		{"299", code(299), "", 299},
		{"500 always", code(500), all("HTTP 500", 6), 500},
		{"503 always", code(503), all("HTTP 503", 6), 503},
		{"599 always", code(599), all("HTTP 599", 6), 599},
		{"408 always", code(408), all("HTTP 408", 6), 408},
		{"425 always", code(425), all("HTTP 425", 6), 425},
		{"429 always", code(429), all("HTTP 429", 6), 429},
		{"400", code(400), "HTTP 400", 400},
		{"401", code(401), "HTTP 401", 401},
		{"404", code(404), "HTTP 404", 404},
		{"410", code(410), "HTTP 410", 410},
		{"451", code(451), "HTTP 451", 451},
		{"301", redirect(301), "redirect", 301},
		{"302", redirect(302), "redirect", 302},
		{"307", redirect(307), "redirect", 307},
		{"308", redirect(308), "redirect", 308},
		{"304", code(304), "redirect", 304},
		{"slow", func(http.ResponseWriter, *http.Request) { time.Sleep(6 * time.Second) }, all("timeout", 6), 0},
		{"hangs up", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, all("connection closed", 6), 0},
		{"slow body", slowBody, "", 200},
	} {
		t.Run(c.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, w *world) {
				w.answerWith(c.answer)
				w.start()
				w.put(1, effect("goal", "g"))
				time.Sleep(3 * time.Hour)
				d := w.only("wh_abc123")
				require.Equal(t, c.errors, errorsOf(d))
				last := d.Attempts[len(d.Attempts)-1]
				require.Equal(t, c.last, last.Status)
				require.True(t, d.NextAttempt.IsZero())
				for i, wait := range waits(d) {
					pause := d.Attempts[i].Duration.Seconds()
					require.GreaterOrEqual(t, wait-pause, 0.8*nominal[i], "wait %d", i)
					require.LessOrEqual(t, wait-pause, 1.2*nominal[i]+0.01, "wait %d", i)
				}
				for _, r := range w.requests() {
					require.Equal(t, d.MessageID, r.id)
					require.Equal(t, "/zta", r.path, "no redirect is followed")
				}
				status := w.outbox.Status("wh_abc123")
				require.Equal(t, c.last, status.LastStatus)
				require.Equal(t, last.At, status.LastTriggered)
				if c.errors == "" {
					require.Equal(t, analytics.DeliverySucceeded, d.Status)
					require.Zero(t, status.ConsecutiveFailures)
					require.Empty(t, w.failures())
					return
				}
				require.Equal(t, analytics.DeliveryFailed, d.Status)
				require.Equal(t, 1, status.ConsecutiveFailures)
				require.Equal(t, []Failure{{d.MessageID, "goal", last.Error, len(d.Attempts)}}, w.failures())
				if c.name == "slow" {
					require.Equal(t, 5*time.Second, last.Duration)
				}
			})
		})
	}
}

func code(status int) func(http.ResponseWriter, *http.Request) {
	return func(res http.ResponseWriter, _ *http.Request) { res.WriteHeader(status) }
}

func redirect(status int) func(http.ResponseWriter, *http.Request) {
	return func(res http.ResponseWriter, _ *http.Request) {
		res.Header().Set("Location", "http://hooks.example.com/elsewhere")
		res.WriteHeader(status)
	}
}

// slowBody answers at once and never ends.
func slowBody(res http.ResponseWriter, r *http.Request) {
	res.WriteHeader(200)
	res.(http.Flusher).Flush()
	<-r.Context().Done()
}

// TestRetryAfter: a longer wait that the receiver asks for is kept, up to an hour, for 429 and 503 only.
func TestRetryAfter(t *testing.T) {
	for _, c := range []struct {
		status int
		value  string
		want   float64
	}{
		{429, "120", 120}, {503, "120", 120}, {429, "7200", 3600}, {429, "1", 5}, {500, "120", 5}, {429, "soon", 5}, {429, "-7", 5},
		{503, "Sat, 01 Jan 2000 00:10:00 GMT", 600}, {503, "Fri, 31 Dec 1999 00:00:00 GMT", 5}, {429, "99999999999999", 5},
	} {
		t.Run(fmt.Sprint(c.status, " ", c.value), func(t *testing.T) {
			inBubble(t, func(t *testing.T, w *world) {
				w.answerWith(func(res http.ResponseWriter, _ *http.Request) {
					res.Header().Set("Retry-After", c.value)
					res.WriteHeader(c.status)
				})
				w.jitter = func() float64 { return 1 }
				w.start()
				w.put(1, effect("goal", "g"))
				time.Sleep(2 * time.Hour)
				require.Equal(t, c.want, waits(w.only("wh_abc123"))[0])
			})
		})
	}
}

// TestSchedule: no wait is longer than an hour, whatever the number of attempts.
func TestSchedule(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.cfg.MaxAttempts = 9
		w.jitter = func() float64 { return 1 }
		w.open()
		var got []float64
		for n := 1; n <= 8; n++ {
			got = append(got, w.outbox.wait(n, 0).Seconds())
		}
		require.Equal(t, append(slices.Clone(nominal), 3600, 3600, 3600), got)
	})
}

// TestGone: 410 disables at once, and the owner gets a mail; what waits is not sent any more.
func TestGone(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.status(410)
		w.cfg.MaxPerHook = 1
		w.start()
		w.put(1, effects("goal", "g", 3)...)
		time.Sleep(time.Minute)
		require.Equal(t, []string{"wh_abc123 gone"}, w.disabled())
		require.Len(t, w.requests(), 1)
		require.Len(t, w.letters(), 1)
		require.Equal(t, "owner@example.com", w.letters()[0].To)
		require.Equal(t, "Webhook of example.com was disabled", w.letters()[0].Subject)
		require.Contains(t, w.letters()[0].Text, "410 Gone")
		var words []string
		for _, d := range w.deliveries("wh_abc123") {
			require.Equal(t, analytics.DeliveryFailed, d.Status)
			words = append(words, errorsOf(d))
		}
		slices.Sort(words)
		require.Equal(t, []string{"HTTP 410", "inactive", "inactive"}, words)
		require.Zero(t, w.outbox.Wants(testSite))
		require.Equal(t, 1, w.outbox.Status("wh_abc123").ConsecutiveFailures, "what was not sent is no failure of the receiver")
		require.Zero(t, w.keys(messagePrefix+"email@"), "a mail leaves no log")
	})
}

// TestDisable: ten messages in a row that fail for good disable; a success in between begins anew, and Reset too.
func TestDisable(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.start()
		pos := analytics.Pos(0)
		send := func(n, status int) {
			w.status(status)
			for range n {
				pos++
				w.put(pos, effect("goal", fmt.Sprint(pos)))
				time.Sleep(time.Second)
			}
		}
		send(9, 404)
		require.Equal(t, 9, w.outbox.Status("wh_abc123").ConsecutiveFailures)
		send(1, 200)
		require.Zero(t, w.outbox.Status("wh_abc123").ConsecutiveFailures)
		send(9, 404)
		w.outbox.Reset("wh_abc123")
		require.Zero(t, w.outbox.Status("wh_abc123").ConsecutiveFailures)
		send(9, 404)
		require.Empty(t, w.disabled())

		w.stop()
		w.start()
		require.Equal(t, 9, w.outbox.Status("wh_abc123").ConsecutiveFailures, "the count survives a restart")
		send(1, 404)
		require.Equal(t, []string{"wh_abc123 failures"}, w.disabled())
		require.Len(t, w.failures(), 28)
		send(1, 404)
		require.Len(t, w.deliveries("wh_abc123"), 29, "an inactive webhook gets nothing")
		w.people.change("wh_abc123", func(h *analytics.Webhook) { h.Active = true })
		w.outbox.Reset("wh_abc123")
		send(1, 404)
		require.Len(t, w.disabled(), 1)
		require.Equal(t, 1, w.outbox.Status("wh_abc123").ConsecutiveFailures)
	})
}

// TestDisableTogether: messages that fail at the same moment disable a webhook once, and the owner gets one mail.
func TestDisableTogether(t *testing.T) {
	for _, status := range []int{404, 410} {
		inBubble(t, func(t *testing.T, w *world) {
			w.people.disabling = time.Second
			w.status(status)
			w.start()
			w.put(1, effects("goal", "g", 16)...)
			time.Sleep(time.Minute)
			require.Len(t, w.letters(), 1)
			require.Len(t, w.disabled(), 1)
		})
	}
}

// TestFairness: a webhook that does not answer has four requests in flight and holds up nobody.
func TestFairness(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		for i := range 9 {
			w.addHook(fmt.Sprint("wh_slow", i), fmt.Sprintf("http://slow%d.example.com/", i), "goal")
		}
		now, most := map[string]int{}, map[string]int{}
		w.answerWith(func(_ http.ResponseWriter, r *http.Request) {
			w.mu.Lock()
			now[r.Host]++
			most[r.Host] = max(most[r.Host], now[r.Host])
			w.mu.Unlock()
			if strings.HasPrefix(r.Host, "slow") {
				time.Sleep(4 * time.Second)
			}
			w.mu.Lock()
			now[r.Host]--
			w.mu.Unlock()
		})
		w.cfg.MaxInFlight = 40 // all slow ones together fill 36
		w.start()
		start := time.Now()
		w.put(1, effects("goal", "g", 200)...)
		time.Sleep(time.Second)
		quick := 0
		for _, r := range w.requests() {
			if r.host == "hooks.example.com" {
				quick++
				require.Less(t, r.at.Sub(start), time.Second)
			}
		}
		require.Equal(t, 200, quick)
		require.Len(t, w.requests(), 200+36)
		time.Sleep(time.Hour)
		require.Len(t, w.requests(), 2000)
		w.mu.Lock()
		defer w.mu.Unlock()
		for host, n := range most {
			require.LessOrEqual(t, n, 4, host)
		}
		require.Equal(t, 4, most["slow0.example.com"])
	})
}

// TestOverflow: beyond 10,000 pending messages the oldest pageview and event messages are dropped, others never.
func TestOverflow(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.open() // nothing is delivered
		at := func(pos analytics.Pos, list ...Effect) {
			w.put(pos, list...)
			w.flush()
			time.Sleep(time.Millisecond)
		}
		at(1, effects("goal", "oldest", 5)...)
		at(2, effects("pageview", "old", 20)...)
		at(3, effects("event", "event", 9_975)...)
		synctest.Wait()
		require.Equal(t, 10_000, w.keys(queuePrefix))
		at(4, effects("goal", "new", 30)...)
		synctest.Wait()
		require.Equal(t, 10_000, w.keys(queuePrefix), "the queue is bounded")
		left := map[string]int{}
		require.NoError(t, w.outbox.scan("wh_abc123", func(r *record) error {
			left[r.Event+" "+string(r.Status)]++
			if r.Status == analytics.DeliveryFailed {
				require.Len(t, r.Attempts, 1)
				require.Equal(t, "overflow", r.Attempts[0].Error)
			}
			return nil
		}))
		require.Equal(t, map[string]int{"goal pending": 35, "pageview failed": 20, "event failed": 10, "event pending": 9_965}, left)
		require.Empty(t, w.failures())

		w.stop()
		w.start()
		time.Sleep(time.Hour)
		require.Len(t, w.requests(), 10_000)
		require.Len(t, w.deliveries("wh_abc123"), 1000)
		require.LessOrEqual(t, w.keys(messagePrefix), w.cfg.MaxLog+pruneSlack+1)
	})
}
