package main

import (
	"fmt"
	"log/slog"
	"net/netip"
	"strings"

	"github.com/dustin/go-humanize"
)

// Size is a number of bytes, written as a number or with a unit (kB, MB, GB, KiB, MiB, GiB). AutoSize means that the program decides.
type Size int64

// AutoSize is written "auto".
const AutoSize Size = -1

// UnmarshalText reads a size.
func (s *Size) UnmarshalText(text []byte) error {
	if string(text) == "auto" {
		*s = AutoSize
		return nil
	}
	n, err := humanize.ParseBytes(string(text))
	if err != nil || n > 1<<62 {
		return fmt.Errorf("expected a size such as 262144 or 256MiB but got %q", text)
	}
	*s = Size(n)
	return nil
}

// String writes the size as UnmarshalText reads it.
func (s Size) String() string {
	if s == AutoSize {
		return "auto"
	}
	return fmt.Sprint(int64(s))
}

// Secret is a setting that is never printed or logged.
type Secret string

// String hides the secret.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return "[secret]"
}

// GoString hides the secret from %#v.
func (s Secret) GoString() string { return s.String() }

// MarshalText hides the secret from encoders.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// LogValue hides the secret from slog.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// UnmarshalText takes the secret as it is.
func (s *Secret) UnmarshalText(text []byte) error {
	*s = Secret(text)
	return nil
}

// Networks is a comma-separated list of CIDR ranges; an address alone is a range of one.
type Networks []netip.Prefix

// UnmarshalText reads the list.
func (n *Networks) UnmarshalText(text []byte) error {
	*n = nil
	for _, word := range strings.Split(string(text), ",") {
		word = strings.TrimSpace(word)
		if word == "" {
			continue
		}
		prefix, err := netip.ParsePrefix(word)
		if err != nil {
			addr, addrErr := netip.ParseAddr(word)
			if addrErr != nil {
				return fmt.Errorf("expected networks such as 10.0.0.0/8 but got %q", word)
			}
			prefix = netip.PrefixFrom(addr, addr.BitLen())
		}
		*n = append(*n, prefix.Masked())
	}
	return nil
}
