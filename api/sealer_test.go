package api

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSealer(t *testing.T) {
	secret := []byte("0123456789abcdef0123456789abcdef")
	s, err := NewSealer(secret)
	require.NoError(t, err)
	for _, plain := range []string{"", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwT0xqVb1zN4s="} {
		sealed := s.Seal([]byte(plain))
		require.NotContains(t, string(sealed), "whsec_")
		require.NotEqual(t, sealed, s.Seal([]byte(plain)), "a nonce is used once")
		got, err := s.Open(sealed)
		require.NoError(t, err)
		require.Equal(t, plain, string(got))

		again, err := NewSealer(secret) // the next start
		require.NoError(t, err)
		got, err = again.Open(sealed)
		require.NoError(t, err)
		require.Equal(t, plain, string(got))

		other, err := NewSealer(append(bytes.Clone(secret), 'x'))
		require.NoError(t, err)
		_, err = other.Open(sealed)
		require.ErrorContains(t, err, "open sealed text")
		for i := range sealed { // every byte counts
			wrong := bytes.Clone(sealed)
			wrong[i] ^= 1
			_, err := s.Open(wrong)
			require.Error(t, err, "byte %d", i)
			_, err = s.Open(sealed[:i])
			require.Error(t, err, "cut at %d", i)
		}
	}
	_, err = NewSealer(secret[:31])
	require.EqualError(t, err, "the secret must have at least 32 bytes")
}
