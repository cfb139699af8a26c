package auth

import (
	"crypto/rand"
	"math/big"
	"strings"
)

const alphabet = "0123456789abcdefghijklmnopqrstuvwxyz"

// RandomText returns n random characters of [a-z0-9], each worth 5.17 bits.
func RandomText(n int) string {
	out := make([]byte, 0, n)
	buf := make([]byte, n+n/4+8)
	for {
		rand.Read(buf) // never fails
		for _, b := range buf {
			if b >= 252 { // 7 * 36: what is above would make some characters likelier
				continue
			}
			if out = append(out, alphabet[b%36]); len(out) == n {
				return string(out)
			}
		}
	}
}

// NewID makes an id of the contract's form: prefix, "_" and 20 random characters.
func NewID(prefix string) string { return prefix + "_" + RandomText(20) }

// base36 renders bytes as width digits of [0-9a-z], zeros first. width must be large enough.
func base36(b []byte, width int) string {
	text := new(big.Int).SetBytes(b).Text(36)
	return strings.Repeat("0", width-len(text)) + text
}

// isText tells whether s consists of [0-9a-z] only.
func isText(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'z') {
			return false
		}
	}
	return true
}
