package auth

import (
	"fmt"
	"hash/crc32"
	"strconv"
	"strings"
)

// KeyPrefix begins every API key; by it a key is told from a JWT.
const KeyPrefix = "zta_live_"

const (
	keyRandom = 31 // characters: 160 bits
	keyCheck  = 5  // CRC-32 (IEEE) of the random ones modulo 36^5, in base 36
	keyShown  = 13 // characters of the key that lists show
)

// newKeyText makes a key.
func newKeyText() string {
	random := RandomText(keyRandom)
	return KeyPrefix + random + keyDigits(random)
}

// isKeyText tells whether a text has a key's form and check digits; if not, it needs no look-up.
func isKeyText(s string) bool {
	body, ok := strings.CutPrefix(s, KeyPrefix)
	return ok && len(body) == keyRandom+keyCheck && isText(body) && keyDigits(body[:keyRandom]) == body[keyRandom:]
}

func keyDigits(random string) string {
	const modulus = 36 * 36 * 36 * 36 * 36
	n := crc32.ChecksumIEEE([]byte(random)) % modulus
	return fmt.Sprintf("%0*s", keyCheck, strconv.FormatUint(uint64(n), 36))
}
