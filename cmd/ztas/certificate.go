package main

import (
	"crypto/tls"
	"fmt"
	"sync/atomic"
	"time"
)

// certificateEvery is how often the files of TLS_CERT and TLS_KEY are read.
const certificateEvery = time.Minute

// certificate is the pair of TLS_CERT and TLS_KEY. Safe for concurrent use.
type certificate struct {
	certFile, keyFile string
	pair              atomic.Pointer[tls.Certificate]
}

// openCertificate reads the pair; nil when none is set.
func openCertificate(cfg *Config) (*certificate, error) {
	if cfg.TLSCert == "" {
		return nil, nil
	}
	c := &certificate{certFile: cfg.TLSCert, keyFile: cfg.TLSKey}
	return c, c.read()
}

// read takes the pair as the files have it now. After an error, as between the writing of the one file and of the other, the last one stays.
func (c *certificate) read() error {
	pair, err := tls.LoadX509KeyPair(c.certFile, c.keyFile)
	if err != nil {
		return fmt.Errorf("TLS_CERT and TLS_KEY: %w", err)
	}
	c.pair.Store(&pair)
	return nil
}

// keep reads the pair again until Close: one that was renewed needs no restart.
func (c *certificate) keep(i *instance, every time.Duration) {
	i.every("certificate", every, func() {
		if err := c.read(); err != nil {
			i.logger.Error("certificate could not be read again; the old one stays", "error", err)
		}
	})
}

// config is what a TLS server needs.
func (c *certificate) config() *tls.Config {
	return &tls.Config{GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return c.pair.Load(), nil }}
}
