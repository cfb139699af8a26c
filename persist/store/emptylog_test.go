package store

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/persist"
)

// TestEmptyLogsDoNotStopAStart leaves what a kill leaves between the making of a log and the setting of its length: the store opens, what was
// acknowledged is there, and it goes on.
func TestEmptyLogsDoNotStopAStart(t *testing.T) {
	for _, name := range []string{"00099.mem", "000099.vlog", "000000.vlog", "000001.vlog"} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "store")
			s := openAt(t, dir)
			require.NoError(t, s.Txn(persist.Put("key", []byte("value"))))
			require.NoError(t, s.Close())
			require.NoError(t, os.WriteFile(filepath.Join(dir, name), nil, 0o600))
			for range 2 {
				s = openAt(t, dir)
				b, _, err := s.Get("key")
				require.NoError(t, err)
				require.Equal(t, "value", string(b))
				require.NoError(t, s.Txn(persist.Put("more", []byte("1"))))
				require.NoError(t, s.Close())
			}
		})
	}
}

// TestFirstStartKilled is a first start that was killed as early as it can be.
func TestFirstStartKilled(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "store")
	require.NoError(t, os.MkdirAll(dir, 0o700))
	for _, name := range []string{"00001.mem", "000001.vlog"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), nil, 0o600))
	}
	s := openAt(t, dir)
	require.NoError(t, s.Txn(persist.Put("key", []byte("value"))))
	require.NoError(t, s.Close())
}
