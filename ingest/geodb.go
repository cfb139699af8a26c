package ingest

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/oschwald/maxminddb-golang/v2"
)

// GeoDatabase is the operator's lookup file in MaxMind's format (GEO_DB_PATH). The file is read into memory, so that one that is overwritten in
// place cannot hurt a lookup. Safe for concurrent use.
type GeoDatabase struct {
	path    string
	current atomic.Pointer[maxminddb.Reader]

	mu     sync.Mutex // of Reload
	loaded time.Time  // modification time of the file that is in use
	size   int64
}

// OpenGeoDatabase reads the file.
func OpenGeoDatabase(path string) (*GeoDatabase, error) {
	d := &GeoDatabase{path: path}
	if _, err := d.Reload(); err != nil {
		return nil, err
	}
	return d, nil
}

// Reload reads the file again if its time or size changed, and tells whether it did. After an error the old content stays in use. The caller
// decides how often; once a minute is enough.
func (d *GeoDatabase) Reload() (changed bool, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	info, err := os.Stat(d.path)
	if err != nil {
		return false, fmt.Errorf("geo database: %w", err)
	}
	if d.current.Load() != nil && info.ModTime().Equal(d.loaded) && info.Size() == d.size {
		return false, nil
	}
	content, err := os.ReadFile(d.path)
	if err != nil {
		return false, fmt.Errorf("geo database: %w", err)
	}
	reader, err := maxminddb.OpenBytes(content)
	if err != nil {
		return false, fmt.Errorf("geo database %s: %w", d.path, err)
	}
	if reader.Metadata.IPVersion != 4 && reader.Metadata.IPVersion != 6 {
		return false, fmt.Errorf("geo database %s: %w", d.path, errNoAddresses)
	}
	d.current.Store(reader)
	d.loaded, d.size = info.ModTime(), info.Size()
	return true, nil
}

// Built tells what kind of database the file says it is, such as GeoLite2-City, and when it was made.
func (d *GeoDatabase) Built() (kind string, at time.Time) {
	m := &d.current.Load().Metadata
	return m.DatabaseType, m.BuildTime()
}

var errNoAddresses = errors.New("not a database of IP addresses")

// locate finds an address; ok is false when the file does not know its country.
func (d *GeoDatabase) locate(addr netip.Addr) (p place, ok bool) {
	found := d.current.Load().Lookup(addr)
	var country, region string
	if !found.Found() || found.DecodePath(&country, "country", "iso_code") != nil {
		return p, false
	}
	p.country = countryCode(country)
	if found.DecodePath(&region, "subdivisions", 0, "iso_code") == nil {
		p.region = regionCode(p.country, region)
	}
	return p, p.country != nowhere.country
}
