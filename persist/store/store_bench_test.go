package store

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/ztas-io/ztas/actors"
	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/persist"
	"github.com/ztas-io/ztas/persist/store/storetest"
)

// BenchmarkTxn is metadata from 64 callers at once: what group commit is for.
func BenchmarkTxn(b *testing.B) {
	for _, callers := range []int{1, 64} {
		b.Run(fmt.Sprint(callers), func(b *testing.B) {
			s := openAt(b, b.TempDir())
			var n atomic.Int64
			b.SetParallelism(max(1, callers/runtime.GOMAXPROCS(0)))
			if callers == 1 {
				for b.Loop() {
					txn(b, s, n.Add(1))
				}
				return
			}
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					txn(b, s, n.Add(1))
				}
			})
		})
	}
}

func txn(b *testing.B, s *Store, n int64) {
	if err := s.Txn(persist.Put(fmt.Sprintf("key/%d", n%1000), make([]byte, 200))); err != nil {
		b.Error(err)
	}
}

// BenchmarkCommit is a checkpoint of 10 MB: in 4 KiB blobs, and in files.
func BenchmarkCommit(b *testing.B) {
	for _, size := range []int{4 << 10, 256 << 10} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			s := openAt(b, b.TempDir())
			b.SetBytes(10 << 20)
			next := uint64(0)
			for b.Loop() {
				c := actors.Checkpoint{Site: "s", Root: []byte("r"), Put: map[uint64][]byte{}}
				for range (10 << 20) / size {
					if next >= 10<<20/uint64(size) {
						c.Free = append(c.Free, next-10<<20/uint64(size))
					}
					c.Put[next] = storetest.Bytes(next, size)
					next++
				}
				if err := s.Commit([]actors.Checkpoint{c}); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(anonymousMB(), "anon-MB")
		})
	}
}

// BenchmarkBlob reads one of many blobs.
func BenchmarkBlob(b *testing.B) {
	for _, size := range []int{4 << 10, 256 << 10} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			dir := b.TempDir()
			s := openAt(b, dir)
			n := uint64(64 << 20 / size)
			for i := range n {
				if i%64 == 0 {
					c := actors.Checkpoint{Site: analytics.SiteID(fmt.Sprint("s", i/64)), Put: map[uint64][]byte{}}
					for j := range min(64, n-i) {
						c.Put[j] = storetest.Bytes(i+j, size)
					}
					if err := s.Commit([]actors.Checkpoint{c}); err != nil {
						b.Fatal(err)
					}
				}
			}
			for i := uint64(0); b.Loop(); i = (i + 7919) % n {
				if _, err := s.Blob(analytics.SiteID(fmt.Sprint("s", i/64)), i%64); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// anonymousMB is the process's anonymous memory, after a collection; 0 where the system does not tell.
func anonymousMB() float64 {
	runtime.GC()
	status, _ := os.ReadFile("/proc/self/status")
	for line := range strings.Lines(string(status)) {
		var kb float64
		if _, err := fmt.Sscanf(line, "RssAnon: %f kB", &kb); err == nil {
			return kb / 1024
		}
	}
	return 0
}
