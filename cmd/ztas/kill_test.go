package main

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// killClients post at the same time.
const killClients = 4

// busyPause is how long a client waits that was told to come again.
const busyPause = 10 * time.Millisecond

// setting is a number from the environment.
func setting(t *testing.T, name string, otherwise int) int {
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	require.NoError(t, err, name)
	return n
}

// TestKill is R1 and R6 against the real program: under load it is killed at a random moment and started again, and every acknowledged event must
// be counted once, however often it is sent. It ends with all invariants. ZTAS_KILLS is how many rounds there are, ZTAS_KILL_EVENTS how many
// events must be acknowledged in all.
func TestKill(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 0))
	r, book := newRig(t), newLedger()
	r.start()
	site, token := r.site(calmZone(t))
	r.hurry()

	rounds, kills, slowest := setting(t, "ZTAS_KILLS", 10), 0, time.Duration(0)
	wanted := int64(setting(t, "ZTAS_KILL_EVENTS", rounds*50))
	for round := range rounds {
		done, open := load(r, rng, book, site, fmt.Sprintf("kill-%d", round), func() {
			<-time.After(time.Duration(20+rng.IntN(281)) * time.Millisecond)
			book.await(t, wanted*int64(round+1)/int64(rounds))
			r.kill()
		})
		kills++
		if round%5 == 4 { // it must also survive a kill while it recovers
			r.launch()
			after := time.Duration(1+rng.IntN(80)) * time.Millisecond
			select {
			case <-r.life.done:
				t.Fatalf("seed %d: the server ended by itself: %v\n%s", seed, r.life.err, r.life.output.String())
			case <-time.After(after):
			}
			r.kill()
			kills++
		}
		slowest = max(slowest, r.start())
		book.check(r, r.stats(token, site)) // before anything is sent again

		sendAgain(r, book, done, open)
		book.check(r, r.stats(token, site))
		requireBalance(t, r, 0)
	}

	requireInvariants(t, r, book, token, site)
	t.Logf("kills %d, acknowledged %d, sent again %d, lost %d, doubled %d; slowest start %v",
		kills, book.events, book.resent, book.lost, book.doubled, slowest.Round(time.Millisecond))
	require.GreaterOrEqual(t, book.events, wanted, "the load was too small to prove anything")
}

// sendAgain sends what has no answer until it has one, and what has one, which the server must know.
func sendAgain(r *rig, book *ledger, done, open []request) {
	each(open, func(q request) {
		if !q.once {
			a, err := r.insist(q.body, q.userAgent)
			book.settled(q, a, err)
		}
	})
	each(done, func(q request) {
		a, err := r.insist(q.body, q.userAgent)
		if err != nil {
			r.t.Errorf("sent again: %v", err)
		}
		book.sent(q, a, err, true)
	})
}

// hurry lets the clients' answers pass without a look into the document: other tests do that, and here it costs more than the server.
func (r *rig) hurry() { r.http.Transport = &http.Transport{MaxIdleConnsPerHost: 64} }

// load lets clients post until meanwhile has returned. It returns the requests that were acknowledged and may be sent again, and those without an
// answer.
func load(r *rig, rng *rand.Rand, book *ledger, site, name string, meanwhile func()) (done, open []request) {
	var (
		mu      sync.Mutex
		clients sync.WaitGroup
		over    atomic.Bool
	)
	for c := range killClients {
		own := rand.New(rand.NewPCG(rng.Uint64(), rng.Uint64()))
		clients.Go(func() {
			name := fmt.Sprintf("%s-%d", name, c)
			var mine []request
			for i := 0; !over.Load(); i++ {
				if len(mine) > 0 && own.IntN(6) == 0 { // a client that does not believe the answer
					q := mine[own.IntN(len(mine))]
					a, err := r.track(q.body, q.userAgent)
					book.sent(q, a, err, true)
					if err != nil && !errors.Is(err, errBusy) {
						break
					}
				}
				q := newRequest(own, site, name, i)
				a, err := r.track(q.body, q.userAgent)
				book.sent(q, a, err, false)
				if err != nil {
					mu.Lock()
					open = append(open, q)
					mu.Unlock()
					if errors.Is(err, errBusy) {
						<-time.After(busyPause)
						continue
					}
					break
				}
				if !q.once {
					mine = append(mine, q)
				}
			}
			mu.Lock()
			done = append(done, mine...)
			mu.Unlock()
		})
	}
	meanwhile()
	over.Store(true)
	clients.Wait()
	return done, open
}

// each calls f for all requests, a few at a time and in no order.
func each(list []request, f func(request)) {
	next := make(chan request)
	var workers sync.WaitGroup
	for range killClients {
		workers.Go(func() {
			for q := range next {
				f(q)
			}
		})
	}
	for _, i := range rand.Perm(len(list)) {
		next <- list[i]
	}
	close(next)
	workers.Wait()
}
