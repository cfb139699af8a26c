package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/ztas-io/ztas/persist/store"
)

// A running server takes orders from commands on the same machine by a socket in its data directory, which only the server's user may enter.
const (
	controlSocket  = "control.sock"
	maxControlBody = 64 << 10
	maxSocketPath  = 100 // bytes; the systems' own limits are a little above
)

// orderTime is how long a server that stops waits for an order before it tells it to end.
const orderTime = time.Second

// serveControl listens in the data directory until Close. A socket that a killed server left is replaced: the store's lock says that none runs.
func (i *instance) serveControl(data string, handler http.Handler) error {
	dir, err := os.Open(data)
	if err != nil {
		return fmt.Errorf("listen for commands: %w", err)
	}
	path := filepath.Join(data, controlSocket)
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return errors.Join(fmt.Errorf("listen for commands: %w", err), dir.Close())
	}
	listener, err := net.Listen("unix", socketPath(data, dir))
	if err == nil {
		err = os.Chmod(path, 0o600)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("listen for commands: %w", err), dir.Close())
	}
	orders, end := context.WithCancel(context.Background())
	server := &http.Server{
		Handler: handler, ReadHeaderTimeout: 5 * time.Second, BaseContext: func(net.Listener) context.Context { return orders },
	}
	i.onClose("commands", func(ctx context.Context) error {
		late := time.AfterFunc(orderTime, end) // a backup may take an hour, and can be made again
		defer late.Stop()
		defer end()
		return errors.Join(server.Shutdown(ctx), dir.Close(), ignoreMissing(os.Remove(path)))
	})
	go i.report("commands", func() error { return server.Serve(listener) })
	return nil
}

func ignoreMissing(err error) error {
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}

// socketPath names the socket shortly enough for the system: by the open directory where the full name is too long.
func socketPath(data string, dir *os.File) string {
	if path := filepath.Join(data, controlSocket); len(path) <= maxSocketPath {
		return path
	}
	return filepath.Join("/proc/self/fd", strconv.Itoa(int(dir.Fd())), controlSocket)
}

// errNotRunning says that no server works on a data directory.
var errNotRunning = errors.New("no server runs on this data directory")

// offline explains the error of an order that was tried on the data itself because no server took it.
func offline(data string, err error) error {
	if errors.Is(err, store.ErrInUse) {
		return fmt.Errorf("a server runs on %s and takes no commands yet: try again when it is ready, or has stopped, or the command that works there is done (%w)", data, err)
	}
	return err
}

// control sends an order to the server that runs on a data directory and decodes its answer. Errors: errNotRunning, what the server
// says.
func control(ctx context.Context, data, path string, body, answer any) error {
	dir, err := os.Open(data)
	if err != nil {
		return fmt.Errorf("open data directory: %w", err)
	}
	defer dir.Close()
	client := http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "unix", socketPath(data, dir))
	}}}
	defer client.CloseIdleConnections()
	read, write := io.Pipe()
	go func() { write.CloseWithError(json.NewEncoder(write).Encode(body)) }()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://ztas"+path, read)
	if err != nil {
		return fmt.Errorf("ask the server: %w", err)
	}
	res, err := client.Do(req)
	var dial *net.OpError
	if errors.As(err, &dial) && dial.Op == "dial" {
		return errNotRunning
	}
	if errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET) {
		return fmt.Errorf("the server on %s ended before it had answered: try again (%w)", data, err)
	}
	if err != nil {
		return fmt.Errorf("ask the server: %w", err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		text, err := io.ReadAll(io.LimitReader(res.Body, maxControlBody))
		return errors.Join(errors.New(string(text)), err)
	}
	if err := json.NewDecoder(res.Body).Decode(answer); err != nil {
		return fmt.Errorf("the answer of the server: %w", err)
	}
	return nil
}

// order makes a handler of a function: its argument and its result are JSON, an error is text.
func order[In, Out any](do func(ctx context.Context, in In) (Out, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var in In
		if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxControlBody)).Decode(&in); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		out, err := do(r.Context(), in)
		if err != nil {
			w.WriteHeader(http.StatusInternalServerError)
			_, _ = io.WriteString(w, err.Error())
			return
		}
		_ = json.NewEncoder(w).Encode(out) // who asked has gone
	}
}
