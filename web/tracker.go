package web

import (
	"embed"
	"fmt"
	"io/fs"
)

// The scripts lie beside their source, not in dist: each of the two builds empties its own folder.
//
//go:embed tracker/dist
var trackerDist embed.FS

// trackerCache lets browsers and proxies keep a script for an hour; its ETag makes the next look cheap.
const trackerCache = "public, max-age=3600"

// script is where the tracker is found, scriptAliases are its other paths.
const script = "/js/analytics.js"

var scriptAliases = []string{"/track.js", "/a.js"}

// trackerFiles are the scripts that sites embed, by their paths. Any site may load them.
func trackerFiles() (map[string]file, error) {
	root, err := fs.Sub(trackerDist, "tracker/dist")
	if err != nil {
		return nil, err
	}
	files, err := readFiles(root)
	if err != nil {
		return nil, err
	}
	for name, f := range files {
		f.cache, f.public = trackerCache, true
		files[name] = f
	}
	main, ok := files[script]
	if !ok {
		return nil, fmt.Errorf("%s was not built", script)
	}
	for _, alias := range scriptAliases {
		files[alias] = main
	}
	return files, nil
}
