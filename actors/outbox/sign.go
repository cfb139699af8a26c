package outbox

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
)

const secretPrefix = "whsec_"

// sign makes one Standard Webhooks signature. timestamp is in Unix seconds.
func sign(secret, id, timestamp, body string) (string, error) {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, secretPrefix))
	if err != nil {
		return "", fmt.Errorf("secret of a webhook: %w", err)
	}
	return "v1," + base64.StdEncoding.EncodeToString(sum(key, id, ".", timestamp, ".", body)), nil
}

// signLegacy makes the signature of the older scheme: the key is the secret as shown, the text the body alone.
func signLegacy(secret, body string) string {
	return "sha256=" + hex.EncodeToString(sum([]byte(secret), body))
}

func sum(key []byte, parts ...string) []byte {
	mac := hmac.New(sha256.New, key)
	for _, part := range parts {
		mac.Write([]byte(part))
	}
	return mac.Sum(nil)
}
