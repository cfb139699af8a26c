package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/ingest/accesslog"
	"github.com/ztas-io/ztas/persist/store"
)

type importCommand struct {
	Accesslog accesslogCommand    `cmd:"" help:"Import an access log of Apache or nginx: common or combined, plain, gz or xz."`
	Events    importEventsCommand `cmd:"" help:"Import what ztas export events wrote."`
}

type accesslogCommand struct {
	Log  string `arg:"" name:"file" help:"The log; - is the standard input."`
	Site string `required:"" placeholder:"ID" help:"The site that gets the pageviews."`
	URL  string `name:"url" placeholder:"URL" xor:"where" help:"A running server (http://127.0.0.1:8080 when a key is given)."`
	Key  string `env:"ZTAS_KEY" placeholder:"KEY" help:"An API key with scope admin, or an access token, for the running server."`
	Data string `type:"path" placeholder:"DIR" xor:"where" help:"The data directory of a stopped server (DATA_DIR)."`
	All  bool   `help:"Every well-formed line is a pageview, whatever its method, status, path and user agent."`
}

// Run imports the log. Lines that cannot be read are named; only when they are all there is, that is a failure.
func (c *accesslogCommand) Run(e env) error {
	file := os.Stdin
	if c.Log != "-" {
		var err error
		if file, err = os.Open(c.Log); err != nil {
			return fmt.Errorf("open log: %w", err)
		}
		defer file.Close()
	}
	server, done, err := c.connect(e)
	if err != nil {
		return err
	}
	if err := c.load(e, file, server); err != nil {
		return errors.Join(err, done())
	}
	return done()
}

// connect finds the server to import into: a running one, or one that it starts on the data directory.
func (c *accesslogCommand) connect(e env) (server *client, done func() error, err error) {
	if c.Data == "" && (c.URL != "" || c.Key != "") {
		if c.Key == "" {
			return nil, nil, errors.New("--url needs --key: make one with scope admin under API keys")
		}
		if c.URL == "" {
			c.URL = "http://127.0.0.1:8080"
		}
		if u, err := url.Parse(c.URL); err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
			return nil, nil, fmt.Errorf("--url must be a URL such as http://127.0.0.1:8080, not %q", c.URL)
		}
		return newClient(c.URL, c.Key), func() error { return nil }, nil
	}
	args := []string{"--listen=127.0.0.1:0", "--metrics-listen=off"}
	if c.Data != "" {
		args = append(args, "--data="+c.Data)
	}
	cfg, err := loadConfig(args...)
	if err != nil {
		return nil, nil, err
	}
	cfg.TLSCert, cfg.TLSKey = "", ""
	if err := isData(cfg.Data); err != nil {
		return nil, nil, fmt.Errorf("find data directory: %w", err)
	}
	level := cfg.LogLevel
	if level == "info" {
		level = "warn" // the start and stop of the helper are no news
	}
	local, err := run(e.ctx, cfg, newLogger(e.errOut, level, cfg.LogFormat))
	if errors.Is(err, store.ErrInUse) {
		return nil, nil, fmt.Errorf("a server runs on %s: import into it with --url and --key, or stop it", cfg.Data)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("open data directory: %w", err)
	}
	token, err := local.Token(e.ctx, analytics.SiteID(c.Site))
	if err != nil {
		return nil, nil, errors.Join(fmt.Errorf("find site %s: %w", c.Site, err), stop(local))
	}
	return newClient("http://"+local.Addr(), token), func() error { return stop(local) }, nil
}

// load reads the log, sends its pageviews and prints what became of each line.
func (c *accesslogCommand) load(e env, file *os.File, server *client) error {
	bar := newImportBar(e.errOut, file)
	defer bar.close()
	in, err := accesslog.Decompress(bar.count(file))
	if err != nil {
		return fmt.Errorf("open log: %w", err)
	}
	refused := func(line int, reason string) { bar.say(e.out, fmt.Sprintf("line %d refused: %s", line, reason)) }
	send := importer{client: server, site: c.Site, reject: refused}
	convert := accesslog.Converter{
		Classifier: accesslog.Classifier{All: c.All, IsBot: botMemory{}.isBot},
		Refuse:     func(l accesslog.LineError) { refused(l.Line, l.Reason) },
		Emit: func(b accesslog.Batch) error {
			err := send.send(e.ctx, b)
			if err == nil {
				bar.stored(len(b))
			}
			return err
		},
	}
	sum, err := convert.Convert(in)
	bar.close()
	printSummary(e.out, sum, &send, err == nil)
	switch {
	case errors.Is(err, context.Canceled):
		return errors.New("import interrupted; run it again to finish it, nothing is stored twice")
	case err != nil:
		return fmt.Errorf("import log: %w; %s", err, c.advice(err))
	case sum.Lines > 0 && sum.Lines == sum.Refused+send.rejected:
		return fmt.Errorf("import log: nothing could be read of %s: is it an access log of Apache or nginx, common or combined?", c.Log)
	}
	return nil
}

// advice is what can be done about an error.
func (c *accesslogCommand) advice(err error) string {
	var refusal *apiError
	if errors.As(err, &refusal) {
		switch refusal.Status {
		case http.StatusUnauthorized:
			return fmt.Sprintf("give a --key that %s knows and that is still valid", c.URL)
		case http.StatusForbidden:
			return fmt.Sprintf("give a --key with scope admin, of somebody who is owner or admin of %s", c.Site)
		case http.StatusNotFound, http.StatusMethodNotAllowed:
			return fmt.Sprintf("--site %s must be the id of a site that the key may reach, and --url %s the server itself, without a path", c.Site, c.URL)
		}
	}
	again := "run it again to finish it, nothing is stored twice"
	var dial *net.OpError
	if errors.As(err, &dial) && dial.Op == "dial" {
		return fmt.Sprintf("does the server of --url %s run? %s", c.URL, again)
	}
	return again
}

// printSummary accounts for every line: lines = pageviews + skipped + refused.
func printSummary(out io.Writer, sum accesslog.Summary, sent *importer, complete bool) {
	refused := sum.Refused + sent.rejected
	fmt.Fprintf(out, "%s read, %s refused\n", plural(sum.Lines-refused, "line"), comma(refused))
	fmt.Fprintf(out, "  pageviews   %s\n", comma(sum.Pageviews-sent.rejected))
	for _, reason := range accesslog.SkipReasons() {
		if n := sum.Skipped[reason]; n > 0 {
			fmt.Fprintf(out, "  skipped     %s (%s)\n", comma(n), skipText[reason])
		}
	}
	fmt.Fprintf(out, "  stored      %s\n  duplicates  %s\n", comma(sent.stored), comma(sent.duplicates))
	if !complete {
		fmt.Fprintln(out, "not complete")
	}
}

var skipText = map[accesslog.SkipReason]string{
	accesslog.SkippedMethod: "method: not GET",
	accesslog.SkippedStatus: "status: not 200 to 299 or 304",
	accesslog.SkippedStatic: "static: style, script, image, font, media, archive, robots.txt, favicon or feed",
	accesslog.SkippedBot:    "bot: the user agent is one",
}
