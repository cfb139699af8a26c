package commandline

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// runner is what the commands of these tests are.
type runner interface{ run() string }

type limits struct {
	Minute int `env:"TEST_LIMIT_MINUTE" default:"100" placeholder:"N" help:"Calls a minute (${default})."`
}

type upper string

func (u *upper) UnmarshalText(text []byte) error {
	if string(text) == "bad" {
		return errors.New("expected something good")
	}
	*u = upper(strings.ToUpper(string(text)))
	return nil
}

type serve struct {
	File     string        `name:"config" env:"TEST_CONFIG" type:"settings" placeholder:"FILE" group:"Server" help:"File of settings."`
	Listen   string        `env:"TEST_LISTEN" default:"here" placeholder:"ADDR" group:"Server" help:"Where (${default})."`
	DataDir  string        `default:"./data" type:"path"`
	Level    string        `default:"info" enum:"info,warn"`
	Names    []string      `env:"TEST_NAMES" default:"*"`
	Wait     time.Duration `default:"90s"`
	Share    float64
	Seed     uint8
	Quiet    bool
	Loud     upper
	internal `prefix:"limit-" group:"Limits"`
}

// internal is embedded under a name that is not exported.
type internal struct{ limits }

func (s *serve) run() string { return "serve" }

func (s *serve) Validate() error {
	if s.Listen == "nowhere" {
		return errors.New("TEST_LISTEN leads nowhere")
	}
	return nil
}

type copyFile struct {
	From   string `arg:"" name:"source" help:"What."`
	To     string `arg:""`
	Output string `short:"o" default:"in" placeholder:"FILE" help:"To (${default})."`
	Site   string `required:"" placeholder:"ID"`
	URL    string `name:"url" xor:"where"`
	Folder string `type:"existingdir" xor:"where"`
}

func (c *copyFile) run() string { return "copy " + c.From + " " + c.To }

func (c *copyFile) Defaults() map[string]string { return map[string]string{"output": "out"} }

type commands struct {
	Serve serve `cmd:"" help:"Run."`
	Files struct {
		CopyFile copyFile `cmd:"" help:"Copy a file."`
	} `cmd:"" help:"Files."`
}

func parse(t *testing.T, args ...string) (commands, runner, error) {
	t.Helper()
	var c commands
	chosen, err := Parse[runner](&Program{Name: "test", Into: &c, ReadFile: func(path string) (map[string]string, error) {
		if filepath.Base(path) != "settings" {
			return nil, errors.New("no such file")
		}
		return map[string]string{"listen": "file", "names": "a,b", "wait": "1s", "limit-minute": "7"}, nil
	}}, args)
	return c, chosen, err
}

func TestValues(t *testing.T) {
	c, chosen, err := parse(t, "serve")
	require.NoError(t, err)
	require.Equal(t, "serve", chosen.run())
	wd, err := os.Getwd()
	require.NoError(t, err)
	want := serve{Listen: "here", DataDir: filepath.Join(wd, "data"), Level: "info", Names: []string{"*"}, Wait: 90 * time.Second}
	want.Minute = 100
	require.Equal(t, want, c.Serve)

	c, _, err = parse(t, "serve", "--listen", "x", "--data-dir=/d", "--level=warn", "--names=a,b", "--names=c", "--wait=1h", "--share=0.5",
		"--seed=255", "--quiet", "--loud=x", "--limit-minute=0")
	require.NoError(t, err)
	want = serve{
		Listen: "x", DataDir: "/d", Level: "warn", Names: []string{"a", "b", "c"}, Wait: time.Hour, Share: .5, Seed: 255, Quiet: true, Loud: "X",
	}
	require.Equal(t, want, c.Serve)

	c, _, err = parse(t, "serve", "--quiet", "--quiet=no", "--listen=x", "--listen=", "--names=")
	require.NoError(t, err)
	require.False(t, c.Serve.Quiet, "the last counts")
	require.Empty(t, c.Serve.Listen)
	require.Empty(t, c.Serve.Names)
}

// TestSources: the command line wins over the environment, that over the file, that over the default; only flags with a variable are settings.
func TestSources(t *testing.T) {
	c, _, err := parse(t, "serve", "--config=settings")
	require.NoError(t, err)
	require.Equal(t, []any{"file", []string{"a", "b"}, 7, 90 * time.Second}, []any{c.Serve.Listen, c.Serve.Names, c.Serve.Minute, c.Serve.Wait})
	t.Setenv("TEST_CONFIG", "settings")
	t.Setenv("TEST_LISTEN", "environment")
	t.Setenv("TEST_NAMES", "")
	c, _, err = parse(t, "serve", "--limit-minute=8")
	require.NoError(t, err)
	require.Equal(t, []any{"environment", 0, 8}, []any{c.Serve.Listen, len(c.Serve.Names), c.Serve.Minute})
	_, _, err = parse(t, "serve", "--config=other")
	require.EqualError(t, err, "no such file")
	t.Setenv("TEST_LIMIT_MINUTE", "x")
	_, _, err = parse(t, "serve")
	require.EqualError(t, err, `--limit-minute: expected a valid 64 bit int but got "x" (from the environment variable TEST_LIMIT_MINUTE)`)
}

func TestArguments(t *testing.T) {
	c, chosen, err := parse(t, "files", "copy-file", "--site", "s", "a", "-o", "x", "--", "-b")
	require.NoError(t, err)
	require.Equal(t, "copy a -b", chosen.run())
	require.Equal(t, "x", c.Files.CopyFile.Output)
	c, _, err = parse(t, "files", "copy-file", "-", "-oy", "b", "--site=")
	require.NoError(t, err)
	require.Equal(t, []string{"-", "b", "y"}, []string{c.Files.CopyFile.From, c.Files.CopyFile.To, c.Files.CopyFile.Output})
	c, _, err = parse(t, "files", "copy-file", "a", "b", "--site=s")
	require.NoError(t, err)
	require.Equal(t, "out", c.Files.CopyFile.Output, "a default of its own")
}

func TestRefusals(t *testing.T) {
	for line, says := range map[string]string{
		"":                               `expected one of "serve", "files"`,
		"files":                          `expected one of "copy-file"`,
		"fly":                            "unexpected argument fly",
		"serve fly":                      "unexpected argument fly",
		"serve --lisen=x":                `unknown flag --lisen, did you mean "--listen"?`,
		"serve --fly":                    "unknown flag --fly",
		"--listen=x serve":               "unknown flag --listen",
		"serve -x":                       "unknown flag -x",
		"serve --listen":                 "--listen: expected a value",
		"serve --level=x":                `--level: must be one of "info","warn" but got "x"`,
		"serve --wait=7":                 `--wait: expected duration but got "7": time: missing unit in duration "7"`,
		"serve --share=x":                `--share: expected a float but got "x"`,
		"serve --seed=256":               `--seed: expected a valid 8 bit uint but got "256"`,
		"serve --quiet=x":                `--quiet: bool value must be true, 1, yes, false, 0 or no but got "x"`,
		"serve --loud=bad":               "--loud: expected something good",
		"serve --listen=nowhere":         "serve: TEST_LISTEN leads nowhere",
		"files copy-file a":              "missing flags: --site=ID",
		"files copy-file --site=s a":     `expected "<to>"`,
		"files copy-file --site=s a b c": "unexpected argument c",
		"files copy-file --site=s --folder=/no a b":       "--folder: stat /no: no such file or directory",
		"files copy-file --site=s --url=u --folder=/ a b": "--url and --folder can't be used together",
	} {
		_, _, err := parse(t, strings.Fields(line)...)
		require.EqualError(t, err, says, line)
	}
	_, err := Parse[interface{ fly() }](&Program{Name: "test", Into: new(commands)}, []string{"serve"})
	require.EqualError(t, err, "commandline: serve is no command")
	_, err = Parse[runner](&Program{Name: "test"}, nil)
	require.ErrorContains(t, err, "not a pointer to a struct")
	_, err = Flags(&struct {
		Odd complex64 `default:"1"`
		low string
	}{})
	require.ErrorContains(t, err, "low is not exported")
}

func TestFlags(t *testing.T) {
	s := serve{Listen: "x"}
	flags, err := Flags(&s)
	require.NoError(t, err)
	require.Len(t, flags, 11)
	require.Equal(t, []any{"listen", "TEST_LISTEN", "here", "x"}, []any{flags[1].Name, flags[1].Env, flags[1].Default, flags[1].Value()})
	require.Equal(t, []any{"limit-minute", "Limits"}, []any{flags[10].Name, flags[10].Group})
}

func TestHelp(t *testing.T) {
	for line, want := range map[string]string{
		"--help": `Usage: test <command>

All there is.

Flags:
  -h, --help    Show what can be given here.

Commands:
  serve              Run.
  files copy-file    Copy a file.

Run "test <command> --help" for more information on a command.
`,
		"serve -h": `Usage: test serve [flags]

Run.

Flags:
  -h, --help         Show what can be given here.
  --data-dir=TEXT
  --level=TEXT
  --names=TEXT       ($TEST_NAMES).
  --wait=TEXT
  --share=TEXT
  --seed=TEXT
  --quiet
  --loud=TEXT

Server
  --config=FILE    File of settings ($TEST_CONFIG).
  --listen=ADDR    Where (here) ($TEST_LISTEN).

Limits
  --limit-minute=N    Calls a minute (100) ($TEST_LIMIT_MINUTE).
`,
		"files copy-file x --help": `Usage: test files copy-file --site=ID <source> <to> [flags]

Copy a file.

Arguments:
  <source>    What.
  <to>

Flags:
  -h, --help           Show what can be given here.
  -o, --output=FILE    To (out).
  --site=ID
  --url=TEXT
  --folder=TEXT
`,
	} {
		var out bytes.Buffer
		_, err := Parse[runner](&Program{Name: "test", About: "All there is.", Into: new(commands), Out: &out}, strings.Fields(line))
		require.ErrorIs(t, err, ErrHelp)
		require.Equal(t, want, out.String(), line)
	}
}

func TestWrapping(t *testing.T) {
	require.Equal(t, []string{"a bc", "défghi", "j"}, wrapped(" a bc  défghi j", 6))
	var out bytes.Buffer
	writeRows(&out, [][2]string{{"a", strings.Repeat("word ", 20)}, {strings.Repeat("x", helpLeft+1), "more"}})
	require.Equal(t, "  a    "+strings.Repeat("word ", 13)+"word\n       "+strings.Repeat("word ", 5)+"word\n"+
		"  "+strings.Repeat("x", helpLeft+1)+"\n       more\n", out.String())
}
