package main

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"github.com/ztas-io/ztas/persist"
	"github.com/ztas-io/ztas/persist/jwtkey"
	"github.com/ztas-io/ztas/persist/salts"
)

// checkKeys looks at the two files of a data directory that nothing else of it would show to be damaged. Each error says what to do.
func checkKeys(out io.Writer, data string, meta persist.MetaStore) error {
	err := errors.Join(jwtkey.Check(data, meta), salts.Check(filepath.Join(data, "salts")))
	if err == nil {
		fmt.Fprintln(out, "keys: jwt.key and salts are as they were written")
	}
	return err
}
