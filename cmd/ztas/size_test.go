package main

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestProgramSize: the program is small. Far above the limit, something finds methods by their names again (docs/adr/009-no-methods-by-name.md);
// go build -ldflags=-dumpdep 2>&1 | grep ReflectMethod says what.
func TestProgramSize(t *testing.T) {
	const most = 40_000_000 // bytes
	program, err := builtProgram()
	require.NoError(t, err)
	info, err := os.Stat(program)
	require.NoError(t, err)
	t.Logf("%.1f MB", float64(info.Size())/1e6)
	require.Less(t, info.Size(), int64(most))
}
