package actors_test

import (
	"log/slog"
	"testing"

	"github.com/asynkron/protoactor-go/actor"
)

// TestRegistry: what finds the actors costs little before there is one.
func TestRegistry(t *testing.T) {
	silent := actor.WithLoggerFactory(func(*actor.ActorSystem) *slog.Logger { return slog.New(slog.DiscardHandler) })
	r := testing.Benchmark(func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			actor.NewActorSystem(silent)
		}
	})
	t.Log(r, r.MemString())
	if r.AllocedBytesPerOp() > 1<<20 {
		t.Errorf("a system without actors takes %d bytes", r.AllocedBytesPerOp())
	}
}
