package analytics

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
)

// FuzzPages: bytes of a page give records or ErrCorrupt, never a panic; what was read is written and read again the same. A page of a checkpoint has
// a checksum, so damaged ones come here only this way.
func FuzzPages(f *testing.F) {
	visitors := &visitorPage{visitors: []visitorRecord{{id: VisitorID{1}, hours: 3}, {id: VisitorID{2}}}}
	s := sessionRecord{key: 7, first: 5, last: 900, start: 5, exit: 900, pageviews: 2, attrs: [dims - 1]uint32{1, 2, 3}}
	s.entryID, s.exitID = visitors.keep("first"), visitors.keep("last")
	visitors.link(&visitors.visitors[0], s)
	visitors.see(&visitors.visitors[0], 4, 1)
	visitors.see(&visitors.visitors[0], 9, 0)
	f.Add(uint8(0), visitors.encode(nil))
	var live liveVisitors
	for i := range byte(3) {
		p, v := live.add(VisitorID{i})
		v.ts, v.bits = 1_768_435_200_000+int64(i), 1
		p.put(v, "id", "/path", "google.com", "DE")
	}
	f.Add(uint8(1), live.pages.read(0).encode(nil))
	cells := new(cellPage)
	cells.add(3, 1, 5, 2)
	cells.add(3, 0, 1, 1)
	cells.estimate(3, 9)
	f.Add(uint8(2), cells.encode(nil))
	f.Add(uint8(3), (&idPage{[]uint64{1, 2, 1 << 63}}).encode(nil))
	f.Fuzz(func(t *testing.T, kind uint8, data []byte) {
		// A number may be written in more than one way, so what was read is only compared once it was written by us.
		again := func(data []byte) ([]byte, error) {
			r := &reader{b: data}
			var page interface{ encode(b []byte) []byte }
			switch kind % 4 {
			case 0:
				page = r.visitorPage()
			case 1:
				page = r.livePage()
			case 2:
				page = r.cellPage()
			case 3:
				page = r.idPage()
			}
			if err := r.end(); err != nil {
				return nil, err
			}
			return page.encode(nil), nil
		}
		once, err := again(data)
		if err != nil {
			require.True(t, errors.Is(err, ErrCorrupt), "%v", err)
			return
		}
		twice, err := again(once)
		require.NoError(t, err)
		if kind%4 == 0 { // the list of pages is written from its end
			twice, err = again(twice)
			require.NoError(t, err)
		}
		require.Equal(t, once, twice)
	})
}
