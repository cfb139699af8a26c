package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/ztas-io/ztas/api"
	"github.com/ztas-io/ztas/api/auth"
	"github.com/ztas-io/ztas/persist/store"
)

type userCommand struct {
	Create        userCreateCommand `cmd:"" help:"Make an account, whether registration is open or not."`
	ResetPassword userResetCommand  `cmd:"" help:"Give an account another password; it is logged out everywhere."`
}

// userFlags are what both commands take.
type userFlags struct {
	Email string `arg:"" help:"The account's e-mail address."`
	Data  string `env:"DATA_DIR" default:"./data" type:"path" placeholder:"DIR" help:"The data directory of a server, running or stopped (${default})."`
	Stdin bool   `name:"password-stdin" help:"Read the password from standard input; without it one is made up and printed."`
}

type userCreateCommand struct {
	userFlags
	Name string `help:"The person's name."`
}

type userResetCommand struct{ userFlags }

// userOrder is what a command asks for.
type userOrder struct {
	Email    string  `json:"email"`
	Name     *string `json:"name"`
	Password string  `json:"password"`
}

// userResult names the account.
type userResult struct {
	ID string `json:"id"`
}

// Run makes the account.
func (c *userCreateCommand) Run(e env) error {
	order := userOrder{}
	if c.Name != "" {
		order.Name = &c.Name
	}
	return c.order(e, "/user/create", order, accountOrders.create, "created")
}

// Run sets the password.
func (c *userResetCommand) Run(e env) error {
	return c.order(e, "/user/reset-password", userOrder{}, accountOrders.resetPassword, "has a new password")
}

type userWork func(a accountOrders, ctx context.Context, o userOrder) (userResult, error)

// order has the running server do the work, or does it on the data of a stopped one.
func (f *userFlags) order(e env, path string, o userOrder, work userWork, done string) error {
	var err error
	o.Email = f.Email
	made := ""
	if f.Stdin {
		if o.Password, err = readPassword(os.Stdin); err != nil {
			return err
		}
	} else {
		made = rand.Text()
		o.Password = made
	}
	var r userResult
	err = control(e.ctx, f.Data, path, o, &r)
	if errors.Is(err, errNotRunning) {
		r, err = f.stopped(e, o, work)
		err = offline(f.Data, err)
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(e.out, "account %s of %s %s\n", r.ID, f.Email, done)
	if made != "" {
		fmt.Fprintf(e.out, "password: %s\n", made)
	}
	return nil
}

// readPassword takes the first line.
func readPassword(in io.Reader) (string, error) {
	line, err := bufio.NewReader(io.LimitReader(in, 4<<10)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("read the password: %w", err)
	}
	return strings.TrimRight(line, "\r\n"), nil
}

// stopped works on the accounts of a server that does not run.
func (f *userFlags) stopped(e env, o userOrder, work userWork) (r userResult, err error) {
	if err := isData(f.Data); err != nil {
		return r, err
	}
	logger := newLogger(e.errOut, "warn", "text")
	cfg := store.DefaultConfig(filepath.Join(f.Data, "store"))
	cfg.Logger = logger
	st, err := store.Open(cfg)
	if err != nil {
		return r, fmt.Errorf("open data directory: %w", err)
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	settings := auth.DefaultConfig()
	settings.Issuer, settings.Secret = "offline", make([]byte, 32) // nobody is let in here: no token is made or read
	accounts, err := auth.Open(settings, metaStore{st}, time.Now, logger)
	if err != nil {
		return r, fmt.Errorf("open accounts: %w", err)
	}
	activity, err := api.OpenActivities(metaStore{st}, accounts, time.Now, logger)
	if err != nil {
		return r, fmt.Errorf("open the activity log: %w", err)
	}
	return work(accountOrders{accounts, activity}, e.ctx, o)
}

// accountOrders do to accounts what commands ask for.
type accountOrders struct {
	accounts *auth.Accounts
	activity *api.Activities
}

func (a accountOrders) create(ctx context.Context, o userOrder) (userResult, error) {
	email, err := auth.NormalizeEmail(o.Email)
	if err == nil {
		err = auth.CheckPassword(o.Password, email)
	}
	if err == nil {
		o.Name, err = api.UserName(o.Name)
	}
	if err != nil {
		return userResult{}, err
	}
	u, err := a.accounts.CreateUser(ctx, email, o.Password, o.Name)
	if err != nil {
		return userResult{}, err
	}
	return userResult{u.ID}, nil
}

func (a accountOrders) resetPassword(ctx context.Context, o userOrder) (userResult, error) {
	email, err := auth.NormalizeEmail(o.Email)
	if err != nil {
		return userResult{}, err
	}
	u, ok := a.accounts.UserByEmail(email)
	if !ok {
		return userResult{}, fmt.Errorf("there is no account with the address %s", email)
	}
	if err := auth.CheckPassword(o.Password, email); err != nil {
		return userResult{}, err
	}
	if err := a.accounts.SetPassword(ctx, u.ID, o.Password); err != nil {
		return userResult{}, err
	}
	if err := a.activity.Store(ctx, api.PasswordResetByOperator(u.ID)); err != nil {
		return userResult{}, fmt.Errorf("the password is set, but the activity log does not say so yet: %w", err)
	}
	return userResult{u.ID}, nil
}

// orders is what commands may ask of a running server.
func orders(b *backups, a accountOrders) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("POST /backup", order(b.take))
	mux.Handle("POST /user/create", order(a.create))
	mux.Handle("POST /user/reset-password", order(a.resetPassword))
	return mux
}
