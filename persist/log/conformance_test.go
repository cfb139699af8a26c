package log_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/persist/log"
	"github.com/ztas-io/ztas/persist/log/logtest"
)

func TestConformanceWAL(t *testing.T) {
	for name, change := range map[string]func(*log.Config){
		"as shipped":        func(*log.Config) {},
		"many segments":     func(c *log.Config) { c.SegmentBytes = 64 << 10 },
		"readers from disk": func(c *log.Config) { c.RecentBytes = 0 },
		"no reserve":        func(c *log.Config) { c.ReserveBytes = 0 },
	} {
		t.Run(name, func(t *testing.T) {
			logtest.Run(t, func(t *testing.T) logtest.Opener {
				cfg := log.DefaultConfig(t.TempDir())
				cfg.MinFreeSpace = 1
				change(&cfg)
				return func() logtest.Log {
					l, err := log.Open(cfg)
					require.NoError(t, err)
					return l
				}
			})
		})
	}
}

func TestConformanceMemory(t *testing.T) {
	logtest.Run(t, func(*testing.T) logtest.Opener {
		m := log.NewMemory()
		return func() logtest.Log {
			m.Reopen()
			return m
		}
	})
}
