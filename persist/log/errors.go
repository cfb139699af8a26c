package log

import (
	"errors"
	"fmt"

	"github.com/ztas-io/ztas/analytics"
)

// Errors beside those that an actors.EventLog returns.
var (
	// ErrTruncated is returned for a position that the log was allowed to forget.
	ErrTruncated = errors.New("position was cut from the log")
	// ErrBeyondEnd is returned for a position that was never given: whoever asks knows more than the log, so a part of the log is missing.
	ErrBeyondEnd = errors.New("position is beyond the end of the log")
	// ErrDamaged is what every DamageError is.
	ErrDamaged = errors.New("log is damaged")
	// ErrLocked says that another process has the log open.
	ErrLocked = errors.New("log is in use by another process")
)

// DamageError says where a log is damaged. Pos is 0 when the damage belongs to no block.
type DamageError struct {
	Partition analytics.Partition
	Pos       analytics.Pos
	Reason    string
}

// Error names the place and the way out.
func (d *DamageError) Error() string {
	const hint = "; to keep what is readable run: ztas doctor --repair-log"
	if d.Pos == 0 {
		return fmt.Sprintf("log is damaged: %s%s", d.Reason, hint)
	}
	return fmt.Sprintf("log is damaged at partition %d position %d: %s%s", d.Partition, d.Pos, d.Reason, hint)
}

// Is makes errors.Is(err, ErrDamaged) true.
func (d *DamageError) Is(target error) bool { return target == ErrDamaged }

func damaged(p analytics.Partition, pos analytics.Pos, format string, args ...any) *DamageError {
	return &DamageError{p, pos, fmt.Sprintf(format, args...)}
}
