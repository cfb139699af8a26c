package analytics

import (
	"encoding/base64"
	"encoding/hex"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestIDsSortByText: packed ids sort as their texts do, whatever shapes meet.
func TestIDsSortByText(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	raw := func(n int) []byte {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte(rng.IntN(4)) * 85 // many equal beginnings
		}
		return b
	}
	make1 := func() EventID {
		switch rng.IntN(6) {
		case 0:
			return PackEventID(hex.EncodeToString(raw(8 + rng.IntN(3))))
		case 1:
			return PackEventID(uuidText(raw(16)))
		case 2:
			return PackEventID(base64.RawURLEncoding.EncodeToString(raw(9)))
		case 3:
			return ServerEventID(Partition(rng.IntN(2)), Pos(rng.IntN(9)), rng.IntN(9))
		case 4:
			return ""
		default:
			return PackEventID("plain." + string(rune('a'+rng.IntN(3))) + hex.EncodeToString(raw(3)))
		}
	}
	kinds := make(map[byte]int)
	for range 20_000 {
		a, b := make1(), make1()
		require.Equal(t, a.Text() < b.Text(), a.before(b), "%q %q", a.Text(), b.Text())
		if a != "" {
			kinds[a[0]]++
		}
	}
	require.Len(t, kinds, 5)
}
