package backup

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"github.com/ztas-io/ztas/persist"
)

// sumLine begins the last member of a manifest: the SHA-256 of all bytes before it.
const sumLine = ",\n\t\"sum\": \""

// encode gives the manifest as it is written.
func (m *Manifest) encode() ([]byte, error) {
	b, err := json.MarshalIndent(m, "", "\t")
	if err != nil {
		return nil, fmt.Errorf("encode manifest: %w", err)
	}
	b = bytes.TrimSuffix(b, []byte("\n}"))
	sum := sha256.Sum256(b)
	return fmt.Appendf(b, "%s%s\"\n}\n", sumLine, hex.EncodeToString(sum[:])), nil
}

// decodeManifest reads one. Those from before there were identities have no sum. Errors are persist.ErrCorrupt.
func decodeManifest(b []byte) (*Manifest, error) {
	m := new(Manifest)
	if err := json.Unmarshal(b, m); err != nil {
		return nil, fmt.Errorf("%w: %w", err, persist.ErrCorrupt)
	}
	at := bytes.LastIndex(b, []byte(sumLine))
	if at < 0 {
		if m.Server != "" {
			return nil, fmt.Errorf("it has no sum: %w", persist.ErrCorrupt)
		}
		return m, nil
	}
	sum := sha256.Sum256(b[:at])
	if string(b[at:]) != fmt.Sprintf("%s%s\"\n}\n", sumLine, hex.EncodeToString(sum[:])) {
		return nil, fmt.Errorf("checksum: %w", persist.ErrCorrupt)
	}
	return m, nil
}
