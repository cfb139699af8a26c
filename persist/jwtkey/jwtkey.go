// Package jwtkey keeps the key of the access tokens that the server made itself: 64 hexadecimal characters and a line feed in the file jwt.key of the
// data directory, mode 0600. Every text of 32 and more characters would do as a key, so one flipped bit of the file would be another key, with which
// no session and no secret of a webhook is valid. Therefore the store has the SHA-256 of every key that there was, and a file that is none of them is
// refused.
package jwtkey

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ztas-io/ztas/persist"
)

// File is the name of the file in a data directory.
const File = "jwt.key"

const (
	metaKey  = "jwtkey" // of the metadata: the sums of the keys, JSON, the newest last
	maxSums  = 16
	minBytes = 32
)

// ErrChanged says that the file is not the key that it was.
var ErrChanged = errors.New("it is not the key that it was: a byte of it has changed. Put back the jwt.key of a backup; or delete the file: then a new " +
	"key is made, everybody has to log in again, and webhooks need new secrets. A key of your own belongs into JWT_SECRET")

// Open reads the key, or makes it. Where one was kept and the file is gone a new one is made with a warning. Errors: ErrChanged, what disk or store say.
func Open(data string, meta persist.MetaStore, log *slog.Logger) ([]byte, error) {
	path := filepath.Join(data, File)
	sums, err := known(meta)
	if err != nil {
		return nil, err
	}
	b, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if len(sums) > 0 {
			log.Warn("the key of the access tokens is gone, a new one is made: everybody has to log in again, and webhooks need new secrets. "+
				"With the jwt.key of a backup in its place all is as before", "file", path)
		}
		return create(path, meta, sums)
	case err != nil:
		return nil, fmt.Errorf("key of the tokens: %w", err)
	}
	key := strip(b)
	switch {
	case len(sums) > 0 && !slices.Contains(sums, sum(key)):
		return nil, fmt.Errorf("key of the tokens: %s: %w", path, ErrChanged)
	case len(key) < minBytes:
		return nil, fmt.Errorf("key of the tokens: %s holds fewer than %d characters", path, minBytes)
	case len(sums) == 0: // it was made before sums were kept
		return key, keep(meta, nil, key)
	}
	return key, nil
}

// create makes a key. In the place of another one its sum is kept first, so that after a crash there is a file that is known, or none; the very first
// is taken as it is.
func create(path string, meta persist.MetaStore, sums []string) ([]byte, error) {
	raw := make([]byte, minBytes)
	rand.Read(raw) // never fails
	key := []byte(hex.EncodeToString(raw))
	steps := []func() error{
		func() error { return persist.WriteFile(path, append(slices.Clone(key), '\n'), 0o600) },
		func() error { return keep(meta, sums, key) },
	}
	if len(sums) > 0 {
		slices.Reverse(steps)
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return nil, fmt.Errorf("key of the tokens: %w", err)
		}
	}
	return key, nil
}

// Check tells whether the file is the key that it was; none is no error. Errors: ErrChanged, what disk or store say.
func Check(data string, meta persist.MetaStore) error {
	path := filepath.Join(data, File)
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = CheckBytes(b, meta)
	}
	if err != nil {
		return fmt.Errorf("key of the tokens: %s: %w", path, err)
	}
	return nil
}

// CheckBytes is Check of what a file holds.
func CheckBytes(b []byte, meta persist.MetaStore) error {
	sums, err := known(meta)
	if err == nil && len(sums) > 0 && !slices.Contains(sums, sum(strip(b))) {
		err = ErrChanged
	}
	return err
}

// strip gives the key of what a file holds.
func strip(b []byte) []byte { return []byte(strings.TrimSpace(string(b))) }

func sum(key []byte) string {
	s := sha256.Sum256(key)
	return hex.EncodeToString(s[:])
}

func known(meta persist.MetaStore) (sums []string, err error) {
	val, _, err := meta.Get(metaKey)
	if errors.Is(err, persist.ErrNotFound) {
		return nil, nil
	}
	if err == nil {
		err = json.Unmarshal(val, &sums)
	}
	if err != nil {
		return nil, fmt.Errorf("read what the key of the tokens must be: %w", err)
	}
	return sums, nil
}

func keep(meta persist.MetaStore, sums []string, key []byte) error {
	sums = append(slices.Clone(sums), sum(key))
	val, err := json.Marshal(sums[max(0, len(sums)-maxSums):])
	if err == nil {
		err = meta.Txn(persist.Put(metaKey, val))
	}
	if err != nil {
		return fmt.Errorf("note what the key of the tokens must be: %w", err)
	}
	return nil
}
