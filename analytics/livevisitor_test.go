package analytics

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestLiveVisitors: texts of any length replace each other in the pages, frozen copies keep what they had, and a sweep leaves those who stay.
func TestLiveVisitors(t *testing.T) {
	type texts [4]string
	type model map[VisitorID]texts
	read := func(l *liveVisitors) model {
		m := make(model)
		l.each(func(p *livePage, v *liveVisitor) {
			m[v.visitor] = texts{strings.Clone(p.id(v)), strings.Clone(p.path(v)), strings.Clone(p.source(v)), strings.Clone(p.country(v))}
		})
		return m
	}
	for seed := range uint64(20) {
		dice := rand.New(rand.NewPCG(seed, 21))
		word := func(n int) string { return strings.Repeat(string(rune('a'+dice.IntN(26))), dice.IntN(n)) }
		l := new(liveVisitors)
		want := make(model)
		frozen := l.freeze()
		then := make(model)
		for range 3_000 {
			switch dice.IntN(100) {
			case 0:
				require.Equal(t, then, read(frozen), "seed %d: a frozen copy changed", seed)
				frozen, then = l.freeze(), read(l)
			case 1:
				many := dice.IntN(20)
				stays := func(ts int64) bool { return ts%16 != 3 }
				gone := 0
				for id := range want {
					if id[0]%16 == 3 {
						gone++
					}
				}
				l = l.sweep(stays, many)
				for id := range want {
					if gone > many && id[0]%16 == 3 {
						delete(want, id)
					}
				}
			case 2:
				if len(then) > 0 && dice.IntN(4) == 0 {
					l = frozen.thaw()
					want = read(l)
				}
			default:
				id := VisitorID{byte(dice.IntN(200))}
				p, v := l.find(id)
				_, known := want[id]
				require.Equal(t, known, v != nil)
				if v == nil {
					p, v = l.add(id)
					v.ts = int64(id[0])
				}
				is := texts{word(12), word(60), word(20), word(3)}
				if dice.IntN(3) == 0 { // as when a new entry changes what is known of a session
					is[0], is[1] = want[id][0], want[id][1]
					p.put(v, p.id(v), p.path(v), is[2], is[3])
				} else {
					p.put(v, is[0], is[1], is[2], is[3])
				}
				want[id] = is
				require.Less(t, len(p.text), 8_000, "what is not referred to is left out")
			}
		}
		require.Equal(t, want, read(l), "seed %d", seed)
		require.Equal(t, len(want), l.len())
	}
}

// TestTextCounts: a key does not change with the memory that it was counted from.
func TestTextCounts(t *testing.T) {
	counts, memory := make(textCounts), []byte("/one")
	for range 3 {
		counts.add(shared(memory), 1)
	}
	copy(memory, "/two")
	require.EqualValues(t, 3, *counts["/one"], fmt.Sprint(counts))
	counts.move("/one", "/two")
	counts.add("/one", -2)
	require.Len(t, counts, 1)
	require.EqualValues(t, 1, *counts["/two"])
}

// TestSweepAway: a page that is away stays as long as its latest visitor does, however often the others are swept.
func TestSweepAway(t *testing.T) {
	l := new(liveVisitors)
	id := func(i int) VisitorID { return VisitorID{byte(i), 1} }
	for i := range 3*visitorsPerPage + 1 {
		_, v := l.add(id(i))
		v.ts = int64(1000 + i)
	}
	for i := range 2 {
		l.pages.slots[i].ref = Ref{Blob: uint64(1 + i)}
		require.Positive(t, l.evict(i))
		require.Zero(t, l.evict(i), "it is away")
	}
	away := func(i int) []awayPage { return awayOf(&l.pages, nil, &l.index, id(i), nil) }
	frozen, ages := l.freeze(), []int64{1031, 1063, 0, 0}
	l.pages.slots[2].ref = Ref{Blob: 3}
	require.Positive(t, l.evict(2))
	l.recall(2, frozen.pages.read(2))
	require.Equal(t, ages, frozen.ages, "a frozen copy keeps what it had")
	for _, from := range []int64{1040, 1050, 1063} {
		l = l.sweep(func(ts int64) bool { return ts >= from }, 0)
		require.Equal(t, 1, l.away)
		require.Equal(t, []awayPage{{ref: Ref{Blob: 2}}}, away(50), "of the first page nobody stays")
		require.Empty(t, away(10))
		require.Equal(t, 2*visitorsPerPage+1, l.len())
		_, v := l.find(id(90))
		require.EqualValues(t, 1090, v.ts)
	}
	l = l.sweep(func(ts int64) bool { return ts >= 1090 }, 0)
	require.Zero(t, l.away)
	require.Equal(t, 7, l.len())
	require.Empty(t, away(50))
	thawed := frozen.thaw()
	thawed.pages.slots[2].ref = Ref{Blob: 4}
	require.Positive(t, thawed.evict(2))
	require.Equal(t, ages, frozen.ages)
}
