package ingest

import (
	"encoding/binary"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/maxmind/mmdbwriter"
	"github.com/maxmind/mmdbwriter/mmdbtype"
	"github.com/stretchr/testify/require"
)

func TestBuiltInCountries(t *testing.T) {
	g := NewGeo(nil)
	f := func(ip, want string) {
		t.Helper()
		require.Equal(t, place{country: want}, g.locate(ip), ip)
	}
	f("8.8.8.8", "US")
	f("::ffff:8.8.8.8", "US")
	f("193.0.6.139", "NL")
	f("2001:4860:4860::8888", "US")
	for _, ip := range []string{"", "host.example", "10.0.0.1", "127.0.0.1", "0.0.0.0", "0.0.0.1", "255.255.255.255", "192.168.1.1", "::", "::1", "fe80::1", "fd00::1", "ff02::1", "64:ff9b::1"} {
		f(ip, "ZZ")
	}
	for i := uint64(0); i < 1<<32; i += 1<<32/50_000 + 7 { // every answer is a code
		var b [4]byte
		binary.BigEndian.PutUint32(b[:], uint32(i))
		require.Len(t, g.locate(netip.AddrFrom4(b).String()).country, 2)
	}
	for i := range 1 << 16 {
		var b [16]byte
		binary.BigEndian.PutUint16(b[:], uint16(i))
		require.Len(t, g.locate(netip.AddrFrom16(b).String()).country, 2)
	}
}

func writeDatabase(t *testing.T, path, country, region string, at time.Time) {
	t.Helper()
	w, err := mmdbwriter.New(mmdbwriter.Options{DatabaseType: "Test-City", RecordSize: 24, IncludeReservedNetworks: true})
	require.NoError(t, err)
	_, network, err := net.ParseCIDR("81.2.69.0/24")
	require.NoError(t, err)
	require.NoError(t, w.Insert(network, mmdbtype.Map{
		"country":      mmdbtype.Map{"iso_code": mmdbtype.String(country)},
		"subdivisions": mmdbtype.Slice{mmdbtype.Map{"iso_code": mmdbtype.String(region)}},
	}))
	f, err := os.Create(path)
	require.NoError(t, err)
	_, err = w.WriteTo(f)
	require.NoError(t, err)
	require.NoError(t, f.Close())
	require.NoError(t, os.Chtimes(path, at, at))
}

func TestGeoDatabase(t *testing.T) {
	path := filepath.Join(t.TempDir(), "city.mmdb")
	at := time.UnixMilli(now)
	_, err := OpenGeoDatabase(path)
	require.ErrorIs(t, err, os.ErrNotExist)
	writeDatabase(t, path, "GB", "ENG", at)
	d, err := OpenGeoDatabase(path)
	require.NoError(t, err)
	g := NewGeo(d)
	require.Equal(t, place{"GB", "GB-ENG"}, g.locate("81.2.69.142"))
	require.Equal(t, place{"US", ""}, g.locate("8.8.8.8"), "what the file does not know, the built-in table does")

	changed, err := d.Reload()
	require.NoError(t, err)
	require.False(t, changed)
	writeDatabase(t, path, "FR", "IDF", at.Add(time.Second))
	changed, err = d.Reload()
	require.NoError(t, err)
	require.True(t, changed)
	require.Equal(t, place{"FR", "FR-IDF"}, g.locate("81.2.69.142"))

	require.NoError(t, os.WriteFile(path, []byte("no database"), 0o600))
	_, err = d.Reload()
	require.Error(t, err)
	require.Equal(t, place{"FR", "FR-IDF"}, g.locate("81.2.69.142"), "the old content stays in use")
}

func TestTrustedHeaders(t *testing.T) {
	p := testPipeline(t)
	f := func(country, region, wantCountry, wantRegion string) {
		t.Helper()
		r := testRequest(func(r *Request) { r.IP, r.Country, r.Region = "8.8.8.8", country, region })
		e, _ := passHit(t, p, testSite(), r, hit(t, `{"type":"pageview"}`))
		require.Equal(t, []string{wantCountry, wantRegion}, []string{e.Country, e.Region}, "%s %s", country, region)
	}
	f("", "", "US", "")
	f("de", "BY", "DE", "DE-BY")
	f("DE", "de-by", "DE", "DE-BY")
	f("GB", "ENG", "GB", "GB-ENG")
	f("DE", "Bayern", "DE", "")
	f("DE", "<x>", "DE", "")
	f("XX", "BY", "US", "")
	f("T1", "", "US", "")
	require.Len(t, strings.Fields(countryCodes), 249)
	for _, code := range []string{"EU", "UK", "AP", "A1", "A2", "XK", "AN", "ZZ", "D", "DE,", "ſ", "É", "{a"} { // none of ISO 3166-1
		f(code, "BY", "US", "")
	}
	f("Germany", "BY", "US", "")
	f("", "BY", "US", "")
}
