package web

import (
	"errors"
	"maps"
	"regexp"
	"strings"
)

// assetCache lets browsers keep an asset of the dashboard for good: another build has another address.
const assetCache = "public, max-age=31536000, immutable"

// assetOf finds where the page names an asset: /assets/<version>/<name>. The build puts the version in, the hash of all assets.
var assetOf = regexp.MustCompile(`"/assets/([0-9a-f]{16})/`)

// withVersion moves the assets, which dist has under their bare names, to the addresses that its page names. A page that was open while the
// server was updated asks for the rest of its own build: it gets that from the browser's memory, or 404 and says so. It never gets a file of
// another build, whose exports mean other things.
func withVersion(files map[string]file) (map[string]file, error) {
	page := files["/index.html"]
	if len(page.variants) == 0 {
		return nil, errors.New("index.html was not built")
	}
	version := assetOf.FindSubmatch(page.variants[len(page.variants)-1].body)
	if version == nil {
		return nil, errors.New("index.html names no version of its assets")
	}
	moved := maps.Clone(files)
	for name, f := range files {
		if rest, ok := strings.CutPrefix(name, "/assets/"); ok {
			f.cache = assetCache
			delete(moved, name)
			moved["/assets/"+string(version[1])+"/"+rest] = f
		}
	}
	return moved, nil
}
