package api

import (
	"sync"

	"github.com/ztas-io/ztas/analytics"
)

// zones keeps the loaded time zones, of which there are about 600.
var zones sync.Map // string → analytics.Zone

// zoneOf finds a time zone by its IANA name.
func zoneOf(name string) (analytics.Zone, error) {
	if z, ok := zones.Load(name); ok {
		return z.(analytics.Zone), nil
	}
	z, err := analytics.LoadZone(name)
	if err == nil {
		zones.Store(name, z)
	}
	return z, err
}
