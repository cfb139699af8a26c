// Command ztas is the server and its tools: self-hosted realtime web analytics in one binary.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/ztas-io/ztas/internal/commandline"
)

// cli is the command line.
type cli struct {
	Serve    serveCommand    `cmd:"" help:"Run the server."`
	Demo     demoCommand     `cmd:"" help:"Run the server with an account, a site and visitors, to look at."`
	Export   exportCommand   `cmd:"" help:"Write out history."`
	Import   importCommand   `cmd:"" help:"Import history."`
	Backup   backupCommand   `cmd:"" help:"Copy the data of a server, running or stopped."`
	Restore  restoreCommand  `cmd:"" help:"Make a data directory of a backup."`
	Verify   verifyCommand   `cmd:"" help:"Recount every day of a stopped server from its events, or check a backup."`
	Activity activityCommand `cmd:"" help:"Examine the activity log."`
	User     userCommand     `cmd:"" help:"Make accounts and reset passwords."`
	Config   configCommand   `cmd:"" help:"Look at the settings."`
	Doctor   doctorCommand   `cmd:"" help:"Examine the data of a stopped server; repair its log."`
	Version  versionCommand  `cmd:"" help:"Print the version."`
}

// command is what each command of cli is.
type command interface{ Run(e env) error }

// env is what a command gets from the process.
type env struct {
	ctx         context.Context // done at one of endSignals
	out, errOut io.Writer
}

// errReported ends the program with code 1 without another message.
var errReported = errors.New("reported")

// endSignals end a command in order: a supervisor's, Ctrl-C, and that of a terminal that was closed, unless nohup has it ignored.
func endSignals() []os.Signal {
	all := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) {
		all = append(all, syscall.SIGHUP)
	}
	return all
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), endSignals()...)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	code := execute(env{ctx, os.Stdout, os.Stderr}, os.Args[1:])
	stop()
	os.Exit(code)
}

// execute runs one command line and returns the exit code: 0 done, 1 failed, 2 not understood.
func execute(e env, args []string) int {
	chosen, err := commandline.Parse[command](&commandline.Program{
		Name: "ztas", About: "Self-hosted realtime web analytics.", Into: &cli{}, Out: e.out, ReadFile: readSettings,
	}, args)
	if errors.Is(err, commandline.ErrHelp) {
		return 0
	}
	if err != nil {
		fmt.Fprintln(e.errOut, "ztas:", err)
		return 2
	}
	if err := chosen.Run(e); err != nil {
		if !errors.Is(err, errReported) {
			fmt.Fprintln(e.errOut, "ztas:", err)
		}
		return 1
	}
	return 0
}
