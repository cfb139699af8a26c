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

	"github.com/alecthomas/kong"
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

// env is what a command gets from the process.
type env struct {
	ctx         context.Context // done at SIGINT or SIGTERM
	out, errOut io.Writer
}

// errReported ends the program with code 1 without another message.
var errReported = errors.New("reported")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	code := execute(env{ctx, os.Stdout, os.Stderr}, os.Args[1:])
	stop()
	os.Exit(code)
}

// execute runs one command line and returns the exit code: 0 done, 1 failed, 2 not understood.
func execute(e env, args []string) int {
	exited := -1
	parser, err := kong.New(&cli{}, kong.Name("ztas"), kong.Description("Self-hosted realtime web analytics."),
		kong.Configuration(loadYAML), kong.Writers(e.out, e.errOut), kong.Exit(func(code int) { exited = code }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, NoExpandSubcommands: false}))
	if err != nil {
		fmt.Fprintln(e.errOut, "ztas:", err)
		return 1
	}
	ctx, err := parser.Parse(args)
	if exited >= 0 { // --help
		return exited
	}
	if err != nil {
		fmt.Fprintln(e.errOut, "ztas:", err)
		return 2
	}
	if err := ctx.Run(e); err != nil {
		if !errors.Is(err, errReported) {
			fmt.Fprintln(e.errOut, "ztas:", err)
		}
		return 1
	}
	return 0
}
