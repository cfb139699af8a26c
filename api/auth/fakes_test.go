package auth

import (
	"errors"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alexedwards/argon2id"
	"github.com/stretchr/testify/require"
)

// memoryMeta is a Meta without durability. failing makes every transaction fail.
type memoryMeta struct {
	mu      sync.Mutex
	values  map[string][]byte
	txns    int
	failing bool
}

var errStore = errors.New("the disk is on fire")

func (m *memoryMeta) Scan(prefix string, fn func(key string, val []byte) error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, key := range slices.Sorted(maps.Keys(m.values)) {
		if strings.HasPrefix(key, prefix) {
			if err := fn(key, m.values[key]); err != nil {
				return err
			}
		}
	}
	return nil
}

func (m *memoryMeta) Txn(ops ...MetaOp) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.failing {
		return errStore
	}
	m.txns++
	for _, op := range ops {
		if op.Value == nil {
			delete(m.values, op.Key)
		} else {
			m.values[op.Key] = slices.Clone(op.Value)
		}
	}
	return nil
}

// testClock is a clock that stands until it is moved.
type testClock struct {
	mu  sync.Mutex
	now time.Time
}

func newTestClock() *testClock {
	return &testClock{now: time.Date(2026, 1, 15, 16, 30, 20, 0, time.UTC)}
}

func (c *testClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *testClock) Add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// testConfig is the default with passwords that are cheap to check.
func testConfig() Config {
	c := DefaultConfig()
	c.Issuer = "https://analytics.example.com"
	c.Secret = []byte("0123456789abcdef0123456789abcdef")
	c.OpenRegistration = true
	c.Hashing = argon2id.Params{Memory: 8, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32}
	return c
}

// world is one Accounts with everything around it.
type world struct {
	*Accounts
	meta  *memoryMeta
	clock *testClock
}

func newWorld(t *testing.T, change ...func(*Config)) world {
	t.Helper()
	c := testConfig()
	for _, f := range change {
		f(&c)
	}
	w := world{meta: &memoryMeta{values: make(map[string][]byte)}, clock: newTestClock()}
	var err error
	w.Accounts, err = Open(c, w.meta, w.clock.Now, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	return w
}

// reopen is a restart on the same store.
func (w world) reopen(t *testing.T) world {
	t.Helper()
	a, err := Open(w.cfg, w.meta, w.clock.Now, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	return world{a, w.meta, w.clock}
}

const goodPassword = "tangerine-orbit-42"

// register makes an account.
func (w world) register(t *testing.T, email string) Grant {
	t.Helper()
	g, err := w.Register(t.Context(), Registration{Email: email, Password: goodPassword})
	require.NoError(t, err)
	return g
}

// principal is who presents a token.
func (w world) principal(t *testing.T, token string) Principal {
	t.Helper()
	p, err := w.Authenticate(token)
	require.NoError(t, err)
	return p
}
