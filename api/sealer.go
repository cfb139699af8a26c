package api

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"errors"
	"fmt"
)

// aeadSealer seals with AES-256-GCM. A sealed text is the version, the nonce, and the encrypted text with its tag; the version is
// authenticated too, so that a later scheme cannot be taken for this one.
type aeadSealer struct{ aead cipher.AEAD }

const (
	sealVersion = 1
	minSecret   = 32 // bytes
	// sealPurpose keeps the key apart from all others that are made of the server's secret.
	sealPurpose = "ztas webhook secrets v1"
)

// NewSealer derives the key from the server's secret (JWT_SECRET, at least 32 bytes) by HKDF with SHA-256. Who changes that secret loses
// what was sealed with it.
func NewSealer(secret []byte) (Sealer, error) {
	if len(secret) < minSecret {
		return nil, fmt.Errorf("the secret must have at least %d bytes", minSecret)
	}
	key, err := hkdf.Key(sha256.New, secret, nil, sealPurpose, 32)
	if err != nil {
		return nil, fmt.Errorf("derive the sealing key: %w", err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("make the sealing cipher: %w", err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, fmt.Errorf("make the sealing cipher: %w", err)
	}
	return aeadSealer{aead}, nil
}

// Seal encrypts; the same text gives another result each time.
func (s aeadSealer) Seal(plain []byte) []byte {
	return s.aead.Seal([]byte{sealVersion}, nil, plain, []byte{sealVersion})
}

// Open decrypts.
func (s aeadSealer) Open(sealed []byte) ([]byte, error) {
	if len(sealed) == 0 || sealed[0] != sealVersion {
		return nil, errors.New("open sealed text: unknown version")
	}
	plain, err := s.aead.Open(nil, nil, sealed[1:], sealed[:1])
	if err != nil {
		return nil, fmt.Errorf("open sealed text: %w", err)
	}
	return plain, nil
}
