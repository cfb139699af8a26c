package persist

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/ztas-io/ztas/analytics"
)

// The keys of the store. Integers are big-endian, so that keys sort as their numbers do.
//
//	byte  then                                   names
//	0x00  0x01                                   sequence: the number of the newest transaction, u64 little-endian
//	0x00  0x02                                   unfinished: present while some site has an unfinished commit
//	0x01  length u8, site, 0x00                  root of the site
//	0x01  length u8, site, 0x01, id u64          blob of the site
//	0x01  length u8, site, 0x02                  what is left to do of the site's unfinished commit
//	0x02  text of 1 to 1,024 bytes               metadata
//	0x03  number u64                             file: a blob file that is in use, without a value
//
// Everything of a site is under one prefix, so that one DropPrefix erases it; the length before the id keeps site "a" out of the prefix of
// site "ab". Files are listed by number, without their site, so that Open finds the ones without a name from keys alone and nothing of an
// erased site stays behind.
const (
	spaceStore    = 0x00
	spaceSite     = 0x01
	spaceMetadata = 0x02
	spaceFile     = 0x03

	storeSequence   = 0x01
	storeUnfinished = 0x02

	siteRoot       = 0x00
	siteBlob       = 0x01
	siteUnfinished = 0x02
)

// MaxKey is the longest key of metadata in bytes; MaxSite is the longest site id.
const (
	MaxKey  = 1024
	MaxSite = 255
)

// KeyKind tells what a key names.
type KeyKind uint8

// The kinds of keys.
const (
	SequenceKey KeyKind = iota + 1
	UnfinishedKey
	RootKey
	BlobKey
	SiteUnfinishedKey
	MetadataKey
	FileKey
)

// Key is a decoded key. Only the fields of its kind are set.
type Key struct {
	Kind     KeyKind
	Site     analytics.SiteID // RootKey, BlobKey, SiteUnfinishedKey
	Number   uint64           // BlobKey: the blob's id; FileKey: the file's number
	Metadata string           // MetadataKey
}

// ErrBadKey is returned for a key that none of the layouts above produces.
var ErrBadKey = errors.New("not a key of the store")

// Encode gives the key's bytes, a new slice.
func (k Key) Encode() []byte {
	switch k.Kind {
	case SequenceKey:
		return []byte{spaceStore, storeSequence}
	case UnfinishedKey:
		return []byte{spaceStore, storeUnfinished}
	case RootKey:
		return append(SitePrefix(k.Site), siteRoot)
	case BlobKey:
		return binary.BigEndian.AppendUint64(append(SitePrefix(k.Site), siteBlob), k.Number)
	case SiteUnfinishedKey:
		return append(SitePrefix(k.Site), siteUnfinished)
	case MetadataKey:
		return MetadataPrefix(k.Metadata)
	case FileKey:
		return binary.BigEndian.AppendUint64([]byte{spaceFile}, k.Number)
	default:
		panic(fmt.Sprintf("persist: key of kind %d", k.Kind))
	}
}

// SitePrefix begins every key of the site. The site id has at most MaxSite bytes.
func SitePrefix(site analytics.SiteID) []byte {
	b := make([]byte, 0, 2+len(site)+1+8)
	return append(append(b, spaceSite, byte(len(site))), site...)
}

// MetadataPrefix begins every key of metadata whose text begins with prefix.
func MetadataPrefix(prefix string) []byte { return append([]byte{spaceMetadata}, prefix...) }

// SitesPrefix begins every key of every site.
func SitesPrefix() []byte { return []byte{spaceSite} }

// FilesPrefix begins every key of a file.
func FilesPrefix() []byte { return []byte{spaceFile} }

// DecodeKey reads a key. Errors are ErrBadKey.
func DecodeKey(b []byte) (Key, error) {
	if len(b) < 2 {
		return Key{}, fmt.Errorf("%d bytes: %w", len(b), ErrBadKey)
	}
	rest := b[1:]
	switch b[0] {
	case spaceStore:
		if len(rest) == 1 && rest[0] == storeSequence {
			return Key{Kind: SequenceKey}, nil
		}
		if len(rest) == 1 && rest[0] == storeUnfinished {
			return Key{Kind: UnfinishedKey}, nil
		}
	case spaceSite:
		return decodeSiteKey(rest)
	case spaceMetadata:
		if len(rest) <= MaxKey {
			return Key{Kind: MetadataKey, Metadata: string(rest)}, nil
		}
	case spaceFile:
		if len(rest) == 8 {
			return Key{Kind: FileKey, Number: binary.BigEndian.Uint64(rest)}, nil
		}
	}
	return Key{}, fmt.Errorf("space %#02x, %d bytes: %w", b[0], len(b), ErrBadKey)
}

func decodeSiteKey(b []byte) (Key, error) {
	n := int(b[0])
	if len(b) < 1+n+1 {
		return Key{}, fmt.Errorf("site key of %d bytes: %w", len(b), ErrBadKey)
	}
	site, kind, rest := analytics.SiteID(b[1:1+n]), b[1+n], b[1+n+1:]
	switch {
	case kind == siteRoot && len(rest) == 0:
		return Key{Kind: RootKey, Site: site}, nil
	case kind == siteBlob && len(rest) == 8:
		return Key{Kind: BlobKey, Site: site, Number: binary.BigEndian.Uint64(rest)}, nil
	case kind == siteUnfinished && len(rest) == 0:
		return Key{Kind: SiteUnfinishedKey, Site: site}, nil
	}
	return Key{}, fmt.Errorf("site key of kind %#02x: %w", kind, ErrBadKey)
}
