package machine

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestDescribe(t *testing.T) {
	m := Describe(context.Background())
	require.Equal(t, runtime.NumCPU(), m.Cores)
	require.Contains(t, m.Go, runtime.Version())
	for _, text := range []string{m.CPU, m.Memory, m.Kernel, m.Commit, m.Busy, m.Page} {
		require.NotEmpty(t, text)
	}
	require.Contains(t, m.String(), m.Kernel)
	if runtime.GOOS == "linux" {
		require.Regexp(t, `^[0-9.e+-]+ µs(, huge pages (always|madvise|never))?$`, m.Page)
	}
}

func TestField(t *testing.T) {
	file := filepath.Join(t.TempDir(), "info")
	require.NoError(t, os.WriteFile(file, []byte("vendor : x\nmodel name\t: A CPU: fast\n"), 0o600))
	require.Equal(t, "A CPU: fast", field(file, "model name"))
	require.Equal(t, "unknown", field(file, "model"))
	require.Equal(t, "unknown", field(file+".none", "model name"))
}
