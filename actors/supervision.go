package actors

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/asynkron/protoactor-go/actor"
)

// stopChild is the supervisor: whatever failed is stopped, its parent rebuilds it.
type stopChild struct{}

func (stopChild) HandleFailure(_ *actor.ActorSystem, supervisor actor.Supervisor, child *actor.PID, _ *actor.RestartStatistics, _ any, _ any) {
	supervisor.StopChildren(child)
}

// fatal is the partitions' supervisor: a panic there is a broken invariant, and a restart of the process is the one clean way back.
type fatal struct{ s *System }

func (f fatal) HandleFailure(_ *actor.ActorSystem, _ actor.Supervisor, child *actor.PID, _ *actor.RestartStatistics, reason any, _ any) {
	select {
	case f.s.failure <- fmt.Errorf("actors: %s failed: %v", child.Id, reason):
	default:
	}
}

// Failure gives an error from which only a restart of the process recovers.
func (s *System) Failure() <-chan error { return s.failure }

func (s *System) deadLetter(event any) {
	letter, ok := event.(*actor.DeadLetterEvent)
	if !ok {
		return
	}
	switch m := letter.Message.(type) {
	case *foldSection:
		m.credit.release()
	case *checkpointDone, *rested, *actor.Terminated, *actor.Watch, *actor.Unwatch, *actor.Stop, *actor.PoisonPill:
		return // to a site that was stopped meanwhile
	}
	if s.ctx.Err() == nil {
		s.metrics.DeadLetters.Inc()
	}
}

// loud lets the library's warnings and errors through; its notes about starts and dead letters are our metrics.
type loud struct{ slog.Handler }

// Enabled tells whether a record is worth making.
func (l loud) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn && l.Handler.Enabled(ctx, level)
}

// WithAttrs keeps the level.
func (l loud) WithAttrs(attrs []slog.Attr) slog.Handler { return loud{l.Handler.WithAttrs(attrs)} }

// WithGroup keeps the level.
func (l loud) WithGroup(name string) slog.Handler { return loud{l.Handler.WithGroup(name)} }
