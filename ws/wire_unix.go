//go:build unix

package ws

import (
	"errors"
	"syscall"
)

// canTry tells whether writeNow works here.
const canTry = true

// writeNow writes what the socket takes without waiting; n is 0 when it takes nothing.
func writeNow(fd uintptr, data []byte) (n int, err error) {
	for {
		n, err = syscall.Write(int(fd), data)
		switch {
		case errors.Is(err, syscall.EINTR):
			continue
		case errors.Is(err, syscall.EAGAIN):
			return 0, nil
		case err != nil:
			return 0, err
		}
		return n, nil
	}
}
