package analytics

import "container/heap"

// smallest finds the exact value of a dimension that counts least, of equal ones the youngest. Counts that rise are not told: an entry is put
// right when it comes to the top. It is derived from the counts, so it is not stored, and a copy makes its own.
type smallest struct {
	order []countedID
	place []int32 // id → place in order; -1: it has none
}

type countedID struct {
	count int64 // not above that of the id
	id    int
}

// fell notes that an id counts less than before, or is new.
func (s *smallest) fell(id int, count int64) {
	for len(s.place) <= id {
		s.place = append(s.place, -1)
	}
	if at := s.place[id]; at >= 0 {
		s.order[at].count = count
		heap.Fix(s, int(at))
		return
	}
	heap.Push(s, countedID{count, id})
}

// find returns the smallest by what count says; ok is false for an id that is not counted by itself any more. There is one.
func (s *smallest) find(count func(id int) (n int64, ok bool)) countedID {
	for {
		top := &s.order[0]
		n, ok := count(top.id)
		switch {
		case !ok:
			heap.Pop(s)
		case n > top.count:
			top.count = n
			heap.Fix(s, 0)
		default:
			return *top
		}
	}
}

// The methods of heap.Interface.

// Len counts the entries.
func (s *smallest) Len() int { return len(s.order) }

// Less puts the lower count first, of equal ones the higher id.
func (s *smallest) Less(i, j int) bool {
	a, b := s.order[i], s.order[j]
	return a.count < b.count || a.count == b.count && a.id > b.id
}

// Swap exchanges two entries.
func (s *smallest) Swap(i, j int) {
	s.order[i], s.order[j] = s.order[j], s.order[i]
	s.place[s.order[i].id], s.place[s.order[j].id] = int32(i), int32(j)
}

// Push appends an entry.
func (s *smallest) Push(x any) {
	e := x.(countedID)
	s.place[e.id] = int32(len(s.order))
	s.order = append(s.order, e)
}

// Pop removes the last entry.
func (s *smallest) Pop() any {
	last := len(s.order) - 1
	e := s.order[last]
	s.place[e.id] = -1
	s.order = s.order[:last]
	return e
}
