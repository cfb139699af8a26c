package api

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/api/auth"
)

// longLog is a log with entries of every kind: whole, anonymous, erased.
func longLog(t *testing.T) (*world, ActivityReport) {
	w := newWorld(t)
	leaving, _ := w.user("leaving@example.com")
	staying, _ := w.user("staying@example.com")
	for i := range 2 {
		w.appendActivity(
			Activity{Action: "goal.created", Site: "site_a", Actor: leaving, Target: ActivityTarget{Type: "goal", ID: "goal_" + strconv.Itoa(i)}, address: "192.0.***.***"},
			Activity{Action: "goal.updated", Site: "site_b", Actor: staying, Account: leaving, Metadata: map[string]any{"name": changed("a", "b")}},
			Activity{Action: "alert.triggered", Site: "site_c"},
			Activity{Action: "auth.login", Actor: staying, browser: "Chrome on macOS"},
			Activity{Action: "team.member_invited", Site: "site_d", Actor: staying, Target: ActivityTarget{Type: userTarget, Name: "leaving@example.com"}},
		)
	}
	w.appendActivity(Activity{Action: "goal.deleted", Site: "site_d", Actor: staying}, Activity{Action: "goal.deleted", Site: "site_c", Actor: staying})
	u, _ := w.accounts.User(leaving)
	require.NoError(t, w.activity.Forget(t.Context(), departure(u, w.clock.Now())))
	w.purgeActivity("site_c")
	r := w.wantChain(12)
	require.EqualValues(t, 6, r.Anonymous)
	require.EqualValues(t, 3, r.Erased)
	return w, r
}

// TestActivityTampering is S12: whatever byte or row of the log is changed, taken away or added, verifying names the entry.
func TestActivityTampering(t *testing.T) {
	w, good := longLog(t)
	original := w.meta.all()
	positionOf := map[string]uint64{}
	for key, val := range original {
		switch {
		case strings.HasPrefix(key, chainPrefix):
			n, err := strconv.ParseUint(strings.TrimPrefix(key, chainPrefix), 16, 64)
			require.NoError(t, err)
			positionOf[key] = n
		case strings.HasPrefix(key, entryPrefix):
			e, err := readEntry(key, val)
			require.NoError(t, err)
			positionOf[key] = e.fields.Position
		case strings.HasPrefix(key, indexPrefix):
			var row indexRow
			require.True(t, decodeExact(val, &row))
			positionOf[key] = row.Position
		case key == headKey:
			positionOf[key] = good.Entries
		}
	}
	require.Greater(t, len(positionOf), 12+9)
	check := func(what, key string) {
		t.Helper()
		r, err := VerifyActivity(w.meta)
		require.NoError(t, err)
		if r.Fits {
			t.Errorf("%s of %s is not found", what, key)
		} else if want := positionOf[key]; r.First != want && key != headKey {
			t.Errorf("%s of %s, which is of entry %d, is found at %d: %s", what, key, want, r.First, r.Fault)
		} else if key == headKey && r.First > good.Entries+1 {
			t.Errorf("%s of the head is found at %d: %s", what, r.First, r.Fault)
		}
	}
	changes := 0
	for _, key := range slices.Sorted(maps.Keys(positionOf)) {
		val := original[key]
		for i := range val {
			broken := slices.Clone(val)
			if broken[i] ^= 1; val[i] >= 'A' && i%2 == 0 {
				broken[i] = val[i] ^ 0x20 // the other case, which JSON and hexadecimal may not tell apart
			}
			w.meta.values[key] = broken
			changes++
			check("byte "+strconv.Itoa(i)+" "+string(val[i])+" to "+string(broken[i]), key)
		}
		for _, broken := range [][]byte{val[:len(val)-1], append(slices.Clone(val), ' '), append([]byte(" "), val...), {}} {
			w.meta.values[key] = broken
			check("length", key)
		}
		delete(w.meta.values, key)
		check("absence", key)
		w.meta.values[key+"0"] = val
		if !strings.HasPrefix(key, chainPrefix) && key != headKey { // what lies between two positions is before the second
			check("another key", key)
		}
		delete(w.meta.values, key+"0")
		w.meta.values[key] = val
	}
	require.Greater(t, changes, 3000)
	t.Logf("%d bytes changed, %d rows taken away", changes, len(positionOf))

	// Rows that are whole but elsewhere: two entries change places, one is doubled, the last ones are cut off.
	swap := func(a, b string) {
		w.meta.values[a], w.meta.values[b] = w.meta.values[b], w.meta.values[a]
	}
	keys := slices.Sorted(maps.Keys(positionOf))
	entries := slices.DeleteFunc(slices.Clone(keys), func(k string) bool { return !strings.HasPrefix(k, entryPrefix) })
	swap(entries[1], entries[5])
	r, err := VerifyActivity(w.meta)
	require.NoError(t, err)
	require.Equal(t, min(positionOf[entries[1]], positionOf[entries[5]]), r.First)
	swap(entries[1], entries[5])
	swap(chainKey(4), chainKey(9))
	r, err = VerifyActivity(w.meta)
	require.NoError(t, err)
	require.EqualValues(t, 4, r.First)
	swap(chainKey(4), chainKey(9))
	w.meta.values[entries[2]+"x"] = original[entries[2]]
	r, err = VerifyActivity(w.meta)
	require.NoError(t, err)
	require.Equal(t, positionOf[entries[2]], r.First)
	delete(w.meta.values, entries[2]+"x")
	delete(w.meta.values, chainKey(12))
	delete(w.meta.values, chainKey(11))
	r, err = VerifyActivity(w.meta)
	require.NoError(t, err)
	require.EqualValues(t, 11, r.First)
	w.meta.values[chainKey(11)], w.meta.values[chainKey(12)] = original[chainKey(11)], original[chainKey(12)]
	w.wantChain(12)
}

// TestActivityErasing: what is left of entries after the deletion of an account, a purge and the end of retention.
func TestActivityErasing(t *testing.T) {
	w, before := longLog(t)
	all := func() string {
		var b strings.Builder
		for key, val := range w.meta.all() {
			if strings.HasPrefix(key, activityPrefix) {
				b.WriteString(key + string(val) + "\n")
			}
		}
		return b.String()
	}
	leaving, _ := w.accounts.UserByEmail("leaving@example.com")
	require.NotContains(t, all(), "leaving@example.com")
	require.NotContains(t, all(), leaving.ID)
	require.NotContains(t, all(), "site_c")
	require.NotContains(t, strings.Join(slices.Collect(maps.Keys(w.meta.all())), "\n"), entryPrefix+scopeOf("site_c"))
	latest, err := w.activity.Latest("site_a", 50)
	require.NoError(t, err)
	require.Len(t, latest, 2)
	require.Contains(t, string(latest[0]), `"actor":null`)
	require.Contains(t, string(latest[0]), `"ipAddress":null`)
	require.Contains(t, string(latest[0]), `"action":"goal.created"`)

	// Again: nothing changes. The chain goes on.
	require.NoError(t, w.activity.Forget(t.Context(), departure(leaving, w.clock.Now())))
	w.purgeActivity("site_c")
	require.Equal(t, before, w.wantChain(12))
	w.clock.Add(40 * 24 * time.Hour)
	w.appendActivity(Activity{Action: "goal.created", Site: "site_a"})
	require.NoError(t, w.activity.Expire(t.Context(), 41))
	require.EqualValues(t, 3, w.wantChain(13).Erased)
	require.NoError(t, w.activity.Expire(t.Context(), 39))
	r := w.wantChain(13)
	require.EqualValues(t, 12, r.Erased)
	require.Zero(t, r.Anonymous)
	require.NotContains(t, all(), "staying@example.com")
	require.NotContains(t, all(), indexPrefix)
}

// departure is what is left of an account that was deleted at a time.
func departure(u *auth.User, at time.Time) auth.Departure {
	return auth.Departure{UserID: u.ID, Email: u.Email, At: at}
}

// TestActivityAfterADeletion: what others were just doing to a deleted account, or its key in a request that reads, is logged without it.
func TestActivityAfterADeletion(t *testing.T) {
	w := newWorld(t)
	user, _ := w.user("leaving@example.com")
	staying, token := w.user("staying@example.com")
	gone, err := w.accounts.Leave(user)
	require.NoError(t, err)
	require.NoError(t, w.activity.Forget(t.Context(), gone))
	require.NoError(t, w.accounts.Forget(user))
	w.appendActivity(
		Activity{Action: "team.role_changed", Site: "site_aaaaaa", Actor: staying, Account: user, Target: ActivityTarget{Type: userTarget}, address: "192.0.***.***"},
		Activity{Action: "api_key.used", Site: "site_aaaaaa", Actor: user, key: "key_aaaaaa", address: "198.51.***.***", browser: "Chrome on macOS"},
		Activity{Action: failedLogin, Account: user, Target: ActivityTarget{Type: userTarget, Name: "leaving@example.com"}},
	)
	w.wantChain(3)
	for key, val := range w.meta.all() {
		for _, trace := range []string{user, "leaving@example.com", "198.51.", "key_aaaaaa"} {
			require.NotContains(t, key+string(val), trace, key)
		}
	}
	list, _ := w.activities(token, "action=team.role_changed")
	require.Len(t, list, 1)
	require.Equal(t, "staying@example.com", list[0].Actor["email"])
	require.Equal(t, "192.0.***.***", *list[0].IPAddress)
}

// TestActivityErasingMany: more than one transaction, and one that fails in the middle.
func TestActivityErasingMany(t *testing.T) {
	w := newWorld(t)
	user, _ := w.user("leaving@example.com")
	const entries = 2*eraseEntries + 7
	for range entries {
		w.activity.Append(Activity{Action: "goal.created", Site: "site_a", Actor: user})
	}
	w.wantChain(entries)
	w.activity.meta = &tiredMeta{memoryMeta: w.meta, left: 1}
	_, err := w.activity.ForgetSite(t.Context(), "site_a", nil)
	require.Error(t, err)
	require.EqualValues(t, eraseEntries, w.wantChain(entries).Erased)
	w.activity.meta = w.meta
	u, _ := w.accounts.User(user)
	require.NoError(t, w.activity.Forget(t.Context(), departure(u, w.clock.Now())))
	require.EqualValues(t, eraseEntries+7, w.wantChain(entries).Anonymous)
	w.purgeActivity("site_a")
	require.EqualValues(t, entries, w.wantChain(entries).Erased)
}

// tiredMeta fails after some transactions.
type tiredMeta struct {
	*memoryMeta
	left int
}

func (m *tiredMeta) Txn(ops ...MetaOp) error {
	if m.left--; m.left < 0 {
		return auth.ErrBusy
	}
	return m.memoryMeta.Txn(ops...)
}

func (w *world) purgeActivity(site analytics.SiteID) {
	w.t.Helper()
	prefixes, err := w.activity.ForgetSite(w.t.Context(), site, nil)
	require.NoError(w.t, err)
	require.Equal(w.t, []string{entryPrefix + scopeOf(site) + "/"}, prefixes)
}
