//go:build !unix

package ws

import "errors"

// canTry tells whether writeNow works here.
const canTry = false

func writeNow(uintptr, []byte) (int, error) { return 0, errors.ErrUnsupported }
