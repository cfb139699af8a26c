package persist

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/ztas-io/ztas/analytics"
)

func anyKey() *rapid.Generator[Key] {
	return rapid.Custom(func(t *rapid.T) Key {
		k := Key{Kind: KeyKind(rapid.IntRange(int(SequenceKey), int(FileKey)).Draw(t, "kind"))}
		switch k.Kind {
		case RootKey, BlobKey, SiteUnfinishedKey:
			k.Site = analytics.SiteID(rapid.StringN(0, 40, MaxSite).Draw(t, "site"))
		case MetadataKey:
			k.Metadata = rapid.StringN(1, 60, MaxKey).Draw(t, "metadata")
		}
		if k.Kind == BlobKey || k.Kind == FileKey {
			k.Number = rapid.Uint64().Draw(t, "number")
		}
		return k
	})
}

func TestKeysComeBackAsTheyWere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := anyKey().Draw(t, "key")
		got, err := DecodeKey(want.Encode())
		if err != nil {
			t.Fatalf("decode %+v: %v", want, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("key changed (-want +got):\n%s", diff)
		}
	})
}

func TestBlobKeysSortByID(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.Uint64().Draw(t, "a"), rapid.Uint64().Draw(t, "b")
		order := bytes.Compare(Key{Kind: BlobKey, Site: "s", Number: a}.Encode(), Key{Kind: BlobKey, Site: "s", Number: b}.Encode())
		if (a < b) != (order < 0) || (a == b) != (order == 0) {
			t.Fatalf("keys of %d and %d compare as %d", a, b, order)
		}
	})
}

func TestNoSiteIsInAnothersPrefix(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := analytics.SiteID(rapid.StringMatching(`[ab]{0,4}`).Draw(t, "a"))
		b := analytics.SiteID(rapid.StringMatching(`[ab]{0,4}`).Draw(t, "b"))
		inside := bytes.HasPrefix(Key{Kind: RootKey, Site: b}.Encode(), SitePrefix(a))
		if inside != (a == b) {
			t.Fatalf("root of %q has the prefix of %q: %v", b, a, inside)
		}
	})
}

func TestBadKeysAreRefused(t *testing.T) {
	for _, b := range []string{
		"", "\x00", "\x00\x03", "\x00\x01x", "\x01\x05ab", "\x01\x01a", "\x01\x01a\x00x", "\x01\x01a\x01short", "\x01\x01a\x03",
		"\x02", "\x02" + strings.Repeat("x", MaxKey+1), "\x03\x00\x00", "\x04ab",
	} {
		if k, err := DecodeKey([]byte(b)); !errors.Is(err, ErrBadKey) {
			t.Errorf("%q was read as %+v, %v", b, k, err)
		}
	}
}

func FuzzDecodeKey(f *testing.F) {
	f.Add(Key{Kind: BlobKey, Site: "site_abc123", Number: 7}.Encode())
	f.Add(Key{Kind: MetadataKey, Metadata: "site/site_abc123"}.Encode())
	f.Add(Key{Kind: FileKey, Number: 1 << 40}.Encode())
	f.Add([]byte{1, 255, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		k, err := DecodeKey(b)
		if err == nil && !bytes.Equal(k.Encode(), b) {
			t.Fatalf("%x was read as %+v, which is %x", b, k, k.Encode())
		}
	})
}
