package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// peer is another program that is measured.
type peer struct {
	name, version string
	program       string // "": it could not be built
	problem       string // why
}

func (p peer) built() bool { return p.program != "" }

// buildTime bounds the build of one peer: both hold a database written in C or come with one.
const buildTime = 6 * time.Minute

// buildGoatCounter builds GoatCounter as its author's release is built.
func buildGoatCounter(ctx context.Context, work string) peer {
	return build(ctx, "GoatCounter", "goatcounter", "zgo.at/goatcounter/v2", work,
		"-tags", "osusergo,netgo,sqlite_omit_load_extension", "zgo.at/goatcounter/v2/cmd/goatcounter")
}

// buildDuckDB builds the small program that asks DuckDB; the library itself comes ready from its module.
func buildDuckDB(ctx context.Context, work string) peer {
	return build(ctx, "DuckDB", "duckdb", "github.com/duckdb/duckdb-go/v2", work, ".")
}

// build builds a program of the module in a folder here, at the version its go.mod names. A failure is told, not fatal.
func build(ctx context.Context, name, dir, module, work string, args ...string) peer {
	say("building %s", name)
	ctx, cancel := context.WithTimeout(ctx, buildTime)
	defer cancel()
	p := peer{name: name, version: "unknown"}
	if text, err := goCommand(ctx, dir, "list", "-m", "-f", "{{.Version}}", module); err == nil {
		p.version = text
	}
	program := filepath.Join(work, dir)
	if _, err := goCommand(ctx, dir, append([]string{"build", "-trimpath", "-buildvcs=false", "-o", program}, args...)...); err != nil {
		p.problem = err.Error()
		say("%s cannot be built: %s", name, p.problem)
		return p
	}
	p.program = program
	return p
}

func goCommand(ctx context.Context, dir string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = filepath.Join("bench", "peers", dir)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=1", "GOFLAGS=-mod=readonly")
	var problem strings.Builder
	cmd.Stderr = &problem
	text, err := cmd.Output()
	if err != nil {
		lines := strings.Split(strings.TrimSpace(problem.String()), "\n")
		return "", fmt.Errorf("go %s: %w: %.200s", args[0], err, lines[len(lines)-1])
	}
	return strings.TrimSpace(string(text)), nil
}
