package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// writePair writes a certificate for this machine with its key, and gives the certificate.
func writePair(t *testing.T, certFile, keyFile string, serial int64) *x509.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(serial), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	private, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(certFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
	require.NoError(t, os.WriteFile(keyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}), 0o600))
	cert, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	return cert
}

// TestTLS: the server speaks TLS with the pair that is set, and with one that takes its place while it runs; half of a new pair changes nothing.
func TestTLS(t *testing.T) {
	dir := t.TempDir()
	certFile, keyFile := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	roots := x509.NewCertPool()
	roots.AddCert(writePair(t, certFile, keyFile, 1))
	cfg, err := loadConfig("--data="+filepath.Join(dir, "data"), "--listen=127.0.0.1:0", "--metrics-listen=off", "--tls-cert="+certFile, "--tls-key="+keyFile)
	require.NoError(t, err)
	server, err := run(t.Context(), cfg, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, stop(server)) })
	serial := func() int64 {
		client := http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, DisableKeepAlives: true}}
		res, err := client.Get("https://" + server.Addr() + "/api/ready")
		require.NoError(t, err)
		defer res.Body.Close()
		require.Equal(t, http.StatusOK, res.StatusCode)
		return res.TLS.PeerCertificates[0].SerialNumber.Int64()
	}
	require.EqualValues(t, 1, serial())

	again, err := openCertificate(&cfg)
	require.NoError(t, err)
	again.keep(server, time.Millisecond)
	number := func() int64 { return again.pair.Load().Leaf.SerialNumber.Int64() }
	roots.AddCert(writePair(t, certFile, filepath.Join(dir, "later.pem"), 2))
	require.ErrorContains(t, again.read(), "TLS_CERT and TLS_KEY: ")
	require.EqualValues(t, 1, number())
	require.NoError(t, os.Rename(filepath.Join(dir, "later.pem"), keyFile))
	require.Eventually(t, func() bool { return number() == 2 }, 10*time.Second, time.Millisecond)
}

// TestBadTLSFiles: files that are no pair end the start with the settings' names, before anything is made.
func TestBadTLSFiles(t *testing.T) {
	dir := t.TempDir()
	file := func(name string) string { return filepath.Join(dir, name) }
	writePair(t, file("a.pem"), file("a.key"), 1)
	writePair(t, file("b.pem"), file("b.key"), 2)
	for _, pair := range [][2]string{{"a.pem", "none"}, {"none", "a.key"}, {"a.pem", "b.key"}, {"a.key", "a.key"}} {
		code, _, errOut := ztas(t.Context(), "serve", "--data="+file("data"), "--listen=127.0.0.1:0", "--metrics-listen=off",
			"--tls-cert="+file(pair[0]), "--tls-key="+file(pair[1]))
		require.Equal(t, 1, code)
		require.Regexp(t, "^ztas: start: TLS_CERT and TLS_KEY: ", errOut)
		require.NoDirExists(t, file("data"))
	}
}
