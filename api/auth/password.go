package auth

import (
	"bufio"
	"context"
	"crypto/rand"
	_ "embed"
	"encoding/base64"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/alexedwards/argon2id"

	"github.com/ztas-io/ztas/analytics"
)

// The messages of the password rule (authentication.md).
const (
	errShort  = analytics.Invalid("Password must be at least 8 characters")
	errLong   = analytics.Invalid("Password must not exceed 128 characters")
	errCommon = analytics.Invalid("Password is too common")
)

//go:embed common_passwords.txt
var commonPasswordsText string

var commonPasswords = func() map[string]bool {
	set := make(map[string]bool)
	for lines := bufio.NewScanner(strings.NewReader(commonPasswordsText)); lines.Scan(); {
		if line := lines.Text(); line != "" && !strings.HasPrefix(line, "#") {
			set[line] = true
		}
	}
	return set
}()

// CheckPassword applies the password rule. email is a normalised address. The error is analytics.Invalid.
func CheckPassword(password, email string) error {
	n := utf8.RuneCountInString(password)
	if n < 8 {
		return errShort
	}
	if n > 128 {
		return errLong
	}
	lower := strings.ToLower(password)
	local, _, _ := strings.Cut(email, "@")
	first, _ := utf8.DecodeRuneInString(password)
	if lower == email || lower == local || commonPasswords[lower] || strings.Trim(password, string(first)) == "" {
		return errCommon
	}
	return nil
}

const (
	hashers     = 4               // password hashes at a time: 19 MiB and a core each
	hashingWait = 5 * time.Second // longest wait for one of them
)

// hasher makes and checks password hashes, few at a time. Safe for concurrent use.
type hasher struct {
	params argon2id.Params
	slots  chan struct{}
	dummy  string // what an unknown e-mail is compared with, so that it takes as long as a known one
}

func newHasher(params argon2id.Params) *hasher {
	return &hasher{params: params, slots: make(chan struct{}, hashers), dummy: dummyHash(params)}
}

// dummyHash has the form and the cost of a hash, and no password. To make a real one would take 19 MiB and some 50 ms of each start.
func dummyHash(p argon2id.Params) string {
	random := func(n uint32) string {
		b := make([]byte, n)
		rand.Read(b) // never fails
		return base64.RawStdEncoding.EncodeToString(b)
	}
	return fmt.Sprintf("$argon2id$v=19$m=%d,t=%d,p=%d$%s$%s", p.Memory, p.Iterations, p.Parallelism, random(p.SaltLength), random(p.KeyLength))
}

// enter waits for a slot; release gives it back. Errors: ErrBusy, or that of ctx.
func (h *hasher) enter(ctx context.Context) (release func(), err error) {
	release = func() { <-h.slots }
	select {
	case h.slots <- struct{}{}:
		return release, nil
	default:
	}
	timer := time.NewTimer(hashingWait)
	defer timer.Stop()
	select {
	case h.slots <- struct{}{}:
		return release, nil
	case <-timer.C:
		return nil, ErrBusy
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (h *hasher) hash(ctx context.Context, password string) (string, error) {
	release, err := h.enter(ctx)
	if err != nil {
		return "", err
	}
	defer release()
	hash, err := argon2id.CreateHash(password, &h.params)
	if err != nil {
		return "", fmt.Errorf("hash password: %w", err)
	}
	return hash, nil
}

// matches compares a password with a hash; with "" it takes as long and is false.
func (h *hasher) matches(ctx context.Context, password, hash string) (bool, error) {
	release, err := h.enter(ctx)
	if err != nil {
		return false, err
	}
	defer release()
	known := hash != ""
	if !known {
		hash = h.dummy
	}
	match, err := argon2id.ComparePasswordAndHash(password, hash)
	if err != nil {
		return false, fmt.Errorf("check password: %w", err)
	}
	return match && known, nil
}
