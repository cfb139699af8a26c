package accesslog

import (
	"fmt"
	"path"
	"strings"
)

// SkipReason says why a well-formed line is no pageview.
type SkipReason uint8

// The reasons, in the order in which they are tested; the first that holds counts.
const (
	NotSkipped    SkipReason = 0 // the line is a pageview
	SkippedMethod SkipReason = 1 // another method than GET
	SkippedStatus SkipReason = 2 // status not 200 to 299 and not 304
	SkippedStatic SkipReason = 3 // style, script, image, font, media, archive, robots.txt, favicon, feed
	SkippedBot    SkipReason = 4 // the user agent is a bot
	skipReasons              = 5
)

var skipNames = [skipReasons]string{"", "method", "status", "static", "bot"}

// String returns the reason's name.
func (r SkipReason) String() string {
	if r < skipReasons {
		return skipNames[r]
	}
	return fmt.Sprintf("reason(%d)", uint8(r))
}

// SkipReasons lists every reason.
func SkipReasons() []SkipReason {
	return []SkipReason{SkippedMethod, SkippedStatus, SkippedStatic, SkippedBot}
}

// Classifier decides which lines are pageviews.
type Classifier struct {
	All   bool                        // every well-formed line is one
	IsBot func(userAgent string) bool // nil: none is
}

// Classify returns NotSkipped for a pageview, else the reason.
func (c Classifier) Classify(e *Entry) SkipReason {
	switch {
	case c.All:
		return NotSkipped
	case e.Method != "GET":
		return SkippedMethod
	case (e.Status < 200 || e.Status > 299) && e.Status != 304:
		return SkippedStatus
	case IsStatic(e.Path()):
		return SkippedStatic
	case e.UserAgent != "" && c.IsBot != nil && c.IsBot(e.UserAgent):
		return SkippedBot
	}
	return NotSkipped
}

var staticExtensions = setOf(
	"css scss less js mjs cjs map wasm",                                              // styles and scripts
	"png jpg jpeg jpe gif webp avif svg svgz ico cur bmp tif tiff xbm xpm heic apng", // images
	"woff woff2 ttf otf eot",                                                         // fonts
	"mp3 mp4 m4a m4v mov avi wmv flv webm ogg oga ogv opus wav au aif aiff mid midi mpg mpeg mpe mkv ram ra rm swf m3u8 ts 3gp flac aac", // media
	"zip gz tgz bz2 tbz tbz2 xz txz zst 7z rar tar jar war deb rpm apk iso dmg z lz lzma cab exe msi",                                    // archives and installers
	"rss atom rdf", // feeds
)

var staticNames = setOf("robots.txt", "favicon", "feed feeds rss atom", "rss.xml atom.xml feed.xml feeds.xml rss2.xml feed.json feed.php rss.php atom.php")

// IsStatic tells whether a path, with or without query, names a static file or a feed. Case does not matter.
func IsStatic(p string) bool {
	if i := strings.IndexAny(p, "?#;"); i >= 0 {
		p = p[:i]
	}
	name := strings.ToLower(path.Base(p))
	if staticNames[name] {
		return true
	}
	ext := path.Ext(name)
	return ext != "" && !strings.HasSuffix(p, "/") && (staticExtensions[ext[1:]] || strings.HasPrefix(name, "favicon."))
}

func setOf(lists ...string) map[string]bool {
	set := map[string]bool{}
	for _, list := range lists {
		for _, word := range strings.Fields(list) {
			set[word] = true
		}
	}
	return set
}
