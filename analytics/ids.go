package analytics

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"math/big"
	"strings"

	"github.com/cespare/xxhash/v2"
)

// SiteID names a site, for example "site_abc123".
type SiteID string

// Partition is the unit of order and placement: all records of a site are in one partition.
type Partition uint8

// Partitions is the fixed number of partitions.
const Partitions = 64

// Partition returns the partition that holds the site's records.
func (s SiteID) Partition() Partition { return Partition(xxhash.Sum64String(string(s)) % Partitions) }

// Pos is the place of a block in its partition. Positions are dense and begin at 1; 0 means "before the first block".
type Pos uint64

// VisitorID is a visitor of one local day: the first 16 bytes of a keyed hash (track.md, Derivation 4).
type VisitorID [16]byte

// String returns the contract's form, "vis_" and 32 hex digits.
func (v VisitorID) String() string { return "vis_" + hex.EncodeToString(v[:]) }

// SessionID is a visitor session, hashed from its key and the id of its opening event.
type SessionID [16]byte

// String returns the contract's form, "visit_" and 20 characters.
func (s SessionID) String() string { return "visit_" + base36(s[:]) }

// base36 renders a hash as 20 characters of [0-9a-z]: the number modulo 36^20, big-endian.
func base36(hash []byte) string {
	n := new(big.Int).SetBytes(hash)
	n.Mod(n, new(big.Int).Exp(big.NewInt(36), big.NewInt(20), nil))
	text := n.Text(36)
	return strings.Repeat("0", 20-len(text)) + text
}

// HashID names what the fold or one of its effects makes: the prefix, for example "msg_", and 20 characters of a hash of the parts. The same
// parts give the same id after a replay; where one part ends matters.
func HashID(prefix string, parts ...string) string {
	h := sha256.New()
	var size [8]byte
	for _, part := range parts {
		binary.BigEndian.PutUint64(size[:], uint64(len(part)))
		h.Write(size[:])
		h.Write([]byte(part))
	}
	return prefix + base36(h.Sum(nil)[:16])
}

// EventID is an event's id in packed form: one byte that tells the shape, then the id's bytes.
// The zero value means that the client sent none; the fold then makes one from the event's position.
type EventID string

const (
	idPlain  = 0 // the text itself
	idHex    = 1 // lower-case hexadecimal, even length
	idUUID   = 2 // lower-case UUID with hyphens
	idBase64 = 3 // base64url without padding, length a multiple of 4
	idServer = 4 // partition, position and index; the text is a hash of them
)

// PackEventID packs a client's id. The text must have passed the contract's pattern (8 to 64 of [A-Za-z0-9_-]).
func PackEventID(text string) EventID {
	var buf [1 + 64]byte
	if len(text) == 36 && text[8] == '-' {
		var hexed [36]byte
		plain := append(append(append(append(append(hexed[:0], text[:8]...), text[9:13]...), text[14:18]...), text[19:23]...), text[24:]...)
		if _, err := hex.Decode(buf[1:], plain); err == nil && uuidText(buf[1:17]) == text {
			buf[0] = idUUID
			return EventID(buf[:17])
		}
	}
	if len(text)%2 == 0 && len(text) < len(buf) && isLowerHex(text) {
		buf[0] = idHex
		n := len(text) / 2
		for i := range n {
			buf[1+i] = nibble(text[2*i])<<4 | nibble(text[2*i+1])
		}
		return EventID(buf[:1+n])
	}
	if len(text)%4 == 0 {
		buf[0] = idBase64
		if n, err := base64.RawURLEncoding.Decode(buf[1:], []byte(text)); err == nil {
			return EventID(buf[:n+1])
		}
	}
	return EventID(string([]byte{idPlain}) + text)
}

// ServerEventID is the packed id of an event that came without one: its partition, its block's position and its index among the site's
// records of that block.
func ServerEventID(p Partition, pos Pos, index int) EventID {
	var b [14]byte
	b[0] = idServer
	b[1] = byte(p)
	binary.BigEndian.PutUint64(b[2:], uint64(pos))
	binary.BigEndian.PutUint32(b[10:], uint32(index))
	return EventID(b[:])
}

// before tells whether the text of e sorts before that of o. It makes the texts only where the packed bytes do not sort as they do.
func (e EventID) before(o EventID) bool {
	if e != "" && o != "" && e[0] == o[0] && e[0] != idBase64 && e[0] != idServer {
		return e[1:] < o[1:]
	}
	return e.Text() < o.Text()
}

// Text returns the id as clients see it.
func (e EventID) Text() string {
	if e == "" {
		return ""
	}
	body := string(e[1:])
	switch e[0] {
	case idHex:
		return hex.EncodeToString([]byte(body))
	case idUUID:
		return uuidText([]byte(body))
	case idBase64:
		return base64.RawURLEncoding.EncodeToString([]byte(body))
	case idServer:
		sum := sha256.Sum256([]byte(e))
		return "evt_" + base36(sum[:16])
	default:
		return body
	}
}

func uuidText(raw []byte) string {
	h := hex.EncodeToString(raw)
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

// nibble is the value of a lower-case hexadecimal digit.
func nibble(c byte) byte {
	if c <= '9' {
		return c - '0'
	}
	return c - 'a' + 10
}

func isLowerHex(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}
