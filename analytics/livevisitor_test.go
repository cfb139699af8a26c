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
		var l liveVisitors
		want := make(model)
		var frozen liveVisitors
		then := make(model)
		for range 3_000 {
			switch dice.IntN(100) {
			case 0:
				require.Equal(t, then, read(&frozen), "seed %d: a frozen copy changed", seed)
				frozen, then = l.freeze(), read(&l)
			case 1:
				many := dice.IntN(20)
				stays := func(v *liveVisitor) bool { return v.visitor[0]%16 != 3 }
				gone := 0
				for id := range want {
					if id[0]%16 == 3 {
						gone++
					}
				}
				l.sweep(stays, many)
				for id := range want {
					if gone > many && id[0]%16 == 3 {
						delete(want, id)
					}
				}
			case 2:
				if len(then) > 0 && dice.IntN(4) == 0 {
					l = frozen.thaw()
					want = read(&l)
				}
			default:
				id := VisitorID{byte(dice.IntN(200))}
				p, v := l.find(id)
				_, known := want[id]
				require.Equal(t, known, v != nil)
				if v == nil {
					p, v = l.add(id)
				}
				is := texts{word(12), word(60), word(20), word(3)}
				if dice.IntN(3) == 0 { // as when a new entry changes what is known of a session
					is[0], is[1] = want[id][0], want[id][1]
					p.put(v, p.id(v), p.path(v), is[2], is[3])
				} else {
					p.put(v, is[:]...)
				}
				want[id] = is
				require.Less(t, len(p.text), 8_000, "what is not referred to is left out")
			}
		}
		require.Equal(t, want, read(&l), "seed %d", seed)
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
