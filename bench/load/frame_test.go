package load

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestNextFrame(t *testing.T) {
	for _, size := range []int{0, 1, 125, 126, 65_535, 65_536} {
		payload := bytes.Repeat([]byte{'x'}, size)
		var frame []byte
		switch {
		case size < 126:
			frame = []byte{0x81, byte(size)}
		case size < 65_536:
			frame = []byte{0x81, 126, byte(size >> 8), byte(size)}
		default:
			frame = []byte{0x81, 127, 0, 0, 0, 0, 0, byte(size >> 16), byte(size >> 8), byte(size)}
		}
		frame = append(frame, payload...)
		for _, n := range []int{0, 1, 2, 3, 9, len(frame) - 1} {
			if n < len(frame) {
				_, _, rest, whole := nextFrame(frame[:n])
				require.False(t, whole, "%d of %d bytes", n, len(frame))
				require.Len(t, rest, n)
			}
		}
		op, got, rest, whole := nextFrame(append(frame, 0x89, 0))
		require.True(t, whole)
		require.EqualValues(t, opText, op)
		require.Equal(t, payload, append([]byte{}, got...))
		op, got, rest, whole = nextFrame(rest)
		require.True(t, whole)
		require.EqualValues(t, opPing, op)
		require.Empty(t, got)
		require.Empty(t, rest)
	}
}
