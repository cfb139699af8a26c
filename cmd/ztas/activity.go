package main

import (
	"errors"
	"fmt"
	"path/filepath"

	"github.com/ztas-io/ztas/api"
	"github.com/ztas-io/ztas/persist/store"
)

type activityCommand struct {
	Verify activityVerifyCommand `cmd:"" help:"Recompute the activity log of a stopped server."`
}

type activityVerifyCommand struct {
	Data string `env:"DATA_DIR" default:"./data" type:"path" placeholder:"DIR" help:"The data directory of a stopped server (${default})."`
}

// Run recomputes the chain. What it prints about the last link shows later, when somebody has kept it, that nothing before it was replaced.
func (c *activityVerifyCommand) Run(e env) (err error) {
	if err := isData(c.Data); err != nil { // an empty log fits
		return err
	}
	st, err := store.Open(store.DefaultConfig(filepath.Join(c.Data, "store")))
	if err != nil {
		return fmt.Errorf("open data directory: %w", err)
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	r, err := api.VerifyActivity(metaStore{st})
	if err != nil {
		return err
	}
	fmt.Fprintf(e.out, "activity: %d entries, of which %d are erased and %d are without what told of people\n", r.Entries, r.Erased, r.Anonymous)
	if !r.Fits {
		fmt.Fprintf(e.out, "activity: entry %d does not fit: %s\n", r.First, r.Fault)
		return errReported
	}
	fmt.Fprintf(e.out, "activity: every entry fits; the last link is %s\n", r.Link)
	return nil
}
