package api

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	"image/jpeg"
	"image/png"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/api/auth"
)

func pngPicture(width, height int) []byte {
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, width, height))); err != nil {
		panic(err)
	}
	return b.Bytes()
}

func jpegPicture(width, height int) []byte {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, image.NewGray(image.Rect(0, 0, width, height)), nil); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// longPNG is a good picture of a number of bytes.
func longPNG(size int) []byte {
	b := pngPicture(3, 2)
	end := len(b) - 12 // of the last chunk
	chunk := make([]byte, size-len(b))
	binary.BigEndian.PutUint32(chunk, uint32(len(chunk)-12))
	copy(chunk[4:], "tEXt")
	for i := 8; i < len(chunk)-4; i++ {
		chunk[i] = byte(i * i >> 3)
	}
	binary.BigEndian.PutUint32(chunk[len(chunk)-4:], crc32.ChecksumIEEE(chunk[4:len(chunk)-4]))
	return bytes.Join([][]byte{b[:end], chunk, b[end:]}, nil)
}

func unbase64(s string) []byte {
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		panic(err)
	}
	return b
}

// Pictures of one pixel that encoders made.
var (
	webpLossy    = unbase64("UklGRiIAAABXRUJQVlA4IBYAAAAwAQCdASoBAAEADsD+JaQAA3AAAAAA")
	webpLossless = unbase64("UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA==")
)

// webpExtended puts a picture on a canvas.
func webpExtended(width, height int, inner []byte) []byte {
	u24 := func(n int) []byte { return []byte{byte(n), byte(n >> 8), byte(n >> 16)} }
	body := bytes.Join([][]byte{[]byte("WEBPVP8X\x0a\x00\x00\x00"), {0x10, 0, 0, 0}, u24(width - 1), u24(height - 1), inner[12:]}, nil)
	return bytes.Join([][]byte{[]byte("RIFF"), binary.LittleEndian.AppendUint32(nil, uint32(len(body))), body}, nil)
}

func TestPictureFormat(t *testing.T) {
	f := func(name string, b []byte, want pictureFormat) {
		t.Helper()
		got, ok := readPictureFormat(b)
		require.Equal(t, want, got, name)
		require.True(t, ok, name)
		for n := range len(b) { // whatever ends early is none
			if _, ok := readPictureFormat(b[:n]); ok {
				t.Errorf("%s: %d bytes of %d were taken", name, n, len(b))
			}
		}
	}
	f("png", pngPicture(31, 17), pictureFormat{"image/png", 31, 17})
	f("jpeg", jpegPicture(31, 17), pictureFormat{"image/jpeg", 31, 17})
	f("lossy", webpLossy, pictureFormat{"image/webp", 1, 1})
	f("lossless", webpLossless, pictureFormat{"image/webp", 1, 1})
	f("extended", webpExtended(20_000, 4200, webpLossy), pictureFormat{"image/webp", 20_000, 4200})
	f("wide", pngPicture(20_000, 1), pictureFormat{"image/png", 20_000, 1})

	damaged := pngPicture(31, 17)
	damaged[45] ^= 1
	noScan := bytes.Replace(jpegPicture(9, 9), []byte{0xFF, 0xDA}, []byte{0xFF, 0xE0}, 1)
	animated := webpExtended(9, 9, append([]byte("RIFF\x00\x00\x00\x00WEBP"), "ANMF\x00\x00\x00\x00"...))
	_, ok := readPictureFormat(animated)
	require.True(t, ok)
	for name, b := range map[string][]byte{
		"nothing": nil, "text": []byte("<svg xmlns='http://www.w3.org/2000/svg'/>"), "gif": []byte("GIF89a\x01\x00\x01\x00\x00\x00\x00;"),
		"damaged png": damaged, "jpeg without scan": noScan, "tall": pngPicture(1, 20_001), "wide": pngPicture(20_001, 1),
		"canvas beyond": webpExtended(20_001, 1, webpLossy), "canvas only": webpExtended(9, 9, []byte("RIFF\x00\x00\x00\x00WEBP")),
		"no key frame":         bytes.Replace(webpLossy, []byte{0x30, 0x01, 0x00}, []byte{0x31, 0x01, 0x00}, 1),
		"riff of no length":    []byte("RIFF\x00\x00\x00\x00WEBP"), // found by fuzzing
		"riff of three bytes":  append([]byte("RIFF\x03\x00\x00\x00WEBP"), webpLossy[12:]...),
		"riff of another kind": bytes.Replace(webpLossy, []byte("WEBP"), []byte("WAVE"), 1),
	} {
		got, ok := readPictureFormat(b)
		require.False(t, ok, "%s: %+v", name, got)
	}
}

// FuzzPictureFormat looks for bytes that are no picture and break the reader.
func FuzzPictureFormat(f *testing.F) {
	for _, b := range [][]byte{pngPicture(3, 2), jpegPicture(3, 2), webpLossy, webpLossless, webpExtended(9, 9, webpLossless)} {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if got, ok := readPictureFormat(b); ok && (got.width < 1 || got.width > maxSide || got.height < 1 || got.height > maxSide) {
			t.Errorf("%+v", got)
		}
	})
}

func TestPictures(t *testing.T) {
	w := newWorld(t, unlimited)
	owner, token := w.user("owner@example.com")
	site := w.addSite(owner, "example.com")
	base := "/api/heatmaps/screenshots?siteId=" + string(site)
	add := func(query string, content []byte) (p pictureView) {
		t.Helper()
		w.call("POST", base+query, token, string(content)).read(201, &p)
		return p
	}
	list := func(query string) (ids []string) {
		t.Helper()
		var all []pictureView
		w.call("GET", base+query, token, nil).read(200, &all)
		for _, p := range all {
			ids = append(ids, p.ID)
		}
		return ids
	}
	content := longPNG(381_274)
	a := w.call("POST", base+"&path=/pricing", token, string(content))
	var p pictureView
	a.read(201, &p)
	require.Regexp(t, `^shot_[a-z0-9]{20}$`, p.ID)
	want := `{"id":"` + p.ID + `","siteId":"` + string(site) + `","path":"/pricing","device":"desktop","type":"image/png","width":3,"height":2,` +
		`"bytes":381274,"createdAt":"2026-01-15T16:30:20.000Z"}`
	require.Equal(t, `{"data":`+want+`}`, strings.TrimSpace(a.text))
	w.call("GET", base, token, nil).wantData(200, "["+want+"]")

	shown := w.call("GET", "/api/heatmaps/screenshots/"+p.ID, token, nil)
	require.Equal(t, []any{200, "image/png", "nosniff", string(content)},
		[]any{shown.code, shown.head.Get("Content-Type"), shown.head.Get("X-Content-Type-Options"), shown.text})

	mobile, about := add("&path=/pricing&device=mobile", jpegPicture(4, 5)), add("&path=/about&device=tablet", webpLossy)
	webp := add("&path=%20/pricing%01/x", webpLossless)
	require.Equal(t, []string{"/pricing/x", "image/webp"}, []string{webp.Path, webp.Type})
	require.Equal(t, []string{about.ID, p.ID, mobile.ID, webp.ID}, list(""))
	require.Equal(t, []string{p.ID, mobile.ID}, list("&path=/pricing"))
	require.Equal(t, []string{mobile.ID}, list("&device=mobile"))
	require.Empty(t, list("&path=/about&device=mobile"))

	next := add("&path=/pricing&device=desktop", pngPicture(7, 7)) // takes the other's place
	require.Equal(t, []string{next.ID, mobile.ID}, list("&path=/pricing"))
	w.call("GET", "/api/heatmaps/screenshots/"+p.ID, token, nil).wantError(404, "Picture not found", "not_found")

	w.start() // nothing is lost, nothing comes back
	require.Equal(t, []string{about.ID, next.ID, mobile.ID, webp.ID}, list(""))
	require.Equal(t, string(jpegPicture(4, 5)), w.call("GET", "/api/heatmaps/screenshots/"+mobile.ID, token, nil).text)

	w.call("DELETE", "/api/heatmaps/screenshots?id="+next.ID, token, nil).wantData(200, `{"success":true,"message":"Picture deleted"}`)
	w.call("DELETE", "/api/heatmaps/screenshots/"+mobile.ID+"?id="+mobile.ID, token, nil, odd).wantData(200, `{"success":true,"message":"Picture deleted"}`)
	w.call("DELETE", "/api/heatmaps/screenshots/"+mobile.ID, token, nil).wantError(404, "Picture not found", "not_found")
	require.Equal(t, []string{about.ID, webp.ID}, list(""))
	require.Equal(t, 4, w.pictureKeys()) // two pictures of one piece
}

// pictureKeys counts everything that the store holds of pictures.
func (w *world) pictureKeys() (n int) {
	w.t.Helper()
	require.NoError(w.t, w.meta.Scan("picture", func(_ string, val []byte) error {
		if len(val) > 64<<10 {
			return fmt.Errorf("a value of %d bytes", len(val))
		}
		n++
		return nil
	}))
	return n
}

func TestPictureErrors(t *testing.T) {
	w := newWorld(t, unlimited)
	owner, token := w.user("owner@example.com")
	site := w.addSite(owner, "example.com")
	base := "/api/heatmaps/screenshots"
	good := string(pngPicture(1, 1))
	f := func(method, query, body string, code int, message string) {
		t.Helper()
		word := map[int]string{400: "validation_failed", 403: "forbidden", 404: "not_found", 413: "payload_too_large"}[code]
		w.call(method, base+query, token, body).wantError(code, message, word)
	}
	at := "?siteId=" + string(site)
	f("POST", "?path=/", good, 400, "Site ID and path are required")
	f("POST", at, good, 400, "Site ID and path are required")
	f("POST", at+"&path=/&device=watch", good, 400, "Invalid device")
	f("POST", at+"&path=/"+strings.Repeat("x", 2048), good, 400, "path must not exceed 2048 characters")
	f("POST", at+"&path=/", "", 400, "Unsupported image")
	f("POST", at+"&path=/", `{"image":"png"}`, 400, "Unsupported image")
	f("POST", at+"&path=/", good[:len(good)-1], 400, "Unsupported image")
	f("POST", at+"&path=/", string(pngPicture(20_001, 1)), 400, "Unsupported image")
	f("POST", "?path=/&siteId=site_00000000000000000000", "no picture", 400, "Unsupported image")
	f("POST", "?path=/&siteId=site_00000000000000000000", good, 404, "Site not found")
	f("GET", "", "", 400, "Site ID required")
	f("GET", at+"&device=watch", "", 400, "Invalid device")
	f("GET", "/shot_00000000000000000000", "", 404, "Picture not found")
	f("DELETE", "", "", 400, "ID required")
	f("DELETE", "/shot_00000000000000000000?id=shot_00000000000000000001", "", 400, "ID mismatch")
	f("DELETE", "?id=shot_00000000000000000000", "", 404, "Picture not found")

	undeclared := func(r *http.Request) { r.ContentLength = -1 }
	limit := string(longPNG(5 << 20))
	w.call("POST", base+at+"&path=/", token, limit+"x").wantError(413, "Request body too large", "payload_too_large")
	w.call("POST", base+at+"&path=/", token, limit+"x", undeclared).wantError(413, "Request body too large", "payload_too_large")
	w.call("POST", base+at+"&path=/", "", limit+"x").wantError(413, "Request body too large", "payload_too_large") // size goes first
	require.Equal(t, 0, w.pictureKeys())
	require.Equal(t, 201, w.call("POST", base+at+"&path=/", token, limit, undeclared).code)
	require.Equal(t, 1+86, w.pictureKeys())
	w.call("POST", "/api/goals", token, limit).wantError(413, "Request body too large", "payload_too_large") // no other route takes that much
}

func TestPictureLimit(t *testing.T) {
	w := newWorld(t, unlimited)
	owner, token := w.user("owner@example.com")
	site, other := w.addSite(owner, "example.com"), w.addSite(owner, "other.example.com")
	for i := range maxPictures {
		require.NoError(t, w.pictures.put(&Picture{Site: site, Path: fmt.Sprint("/", i), Device: "desktop", CreatedAt: w.clock.Now()}, pngPicture(1, 1)))
	}
	post := func(site, path string) answer {
		return w.call("POST", "/api/heatmaps/screenshots?siteId="+site+"&path="+path, token, string(pngPicture(2, 2)))
	}
	keys := w.pictureKeys()
	post(string(site), "/500").wantError(403, "Picture limit reached", "limit_reached")
	require.Equal(t, keys, w.pictureKeys())
	require.Equal(t, 201, post(string(site), "/499").code) // replaces
	require.Equal(t, 201, post(string(other), "/500").code)
}

// dyingMeta stops to write after a number of transactions; the last may have happened before that was heard.
type dyingMeta struct {
	*memoryMeta
	left  int
	heard bool
}

func (m *dyingMeta) Txn(ops ...MetaOp) error {
	m.left--
	switch {
	case m.left > 0:
		return m.memoryMeta.Txn(ops...)
	case m.left == 0 && !m.heard:
		_ = m.memoryMeta.Txn(ops...)
	}
	return fmt.Errorf("the power is off")
}

// After a crash at any moment of an upload there is the old picture or the new one, all of it, and nothing else.
func TestPictureCrash(t *testing.T) {
	site := Picture{Site: "site_abc123", Path: "/", Device: "desktop", CreatedAt: time.UnixMilli(1)}
	before, after := longPNG(200_000), longPNG(1_300_000)
	for died := 1; ; died++ {
		for _, heard := range []bool{true, false} {
			meta := &memoryMeta{values: make(map[string][]byte)}
			pictures, err := OpenPictures(meta)
			require.NoError(t, err)
			first := site
			require.NoError(t, pictures.put(&first, before))
			second := site
			pictures.meta = &dyingMeta{meta, died, heard}
			pictures.shelf.meta = pictures.meta
			failed := pictures.put(&second, after)

			pictures, err = OpenPictures(meta)
			require.NoError(t, err)
			all := pictures.of(site.Site)
			require.Len(t, all, 1)
			content, err := pictures.content(all[0])
			require.NoError(t, err)
			want := before
			if failed == nil || !heard && all[0].ID == second.ID {
				want = after
			}
			require.True(t, bytes.Equal(want, content), "died at transaction %d", died)
			require.Len(t, meta.values, 1+(len(want)+pictureChunk-1)/pictureChunk, "died at transaction %d", died)
			if failed == nil {
				require.Equal(t, 9, died) // mark, six of pieces, the change
				return
			}
		}
	}
}

// What the store cannot give back whole is no picture.
func TestPictureDamaged(t *testing.T) {
	w := newWorld(t, unlimited)
	owner, token := w.user("owner@example.com")
	site := w.addSite(owner, "example.com")
	p := &Picture{Site: site, Path: "/", Device: "desktop", Type: "image/png", CreatedAt: w.clock.Now()}
	require.NoError(t, w.pictures.put(p, longPNG(200_000)))
	delete(w.meta.values, piece(p, pictureChunk))
	w.call("GET", "/api/heatmaps/screenshots/"+p.ID, token, nil).wantError(500, "Internal server error", "internal_error")
}

// Reading is a viewer's, changing an admin's.
func TestPictureRoles(t *testing.T) {
	w := newWorld(t, unlimited)
	owner, _ := w.user("owner@example.com")
	site := w.addSite(owner, "example.com")
	viewer, token := w.user("viewer@example.com")
	w.join(site, viewer, auth.Viewer)
	p := &Picture{Site: site, Path: "/", Device: "desktop", Type: "image/png", CreatedAt: w.clock.Now()}
	require.NoError(t, w.pictures.put(p, pngPicture(1, 1)))
	require.Equal(t, 200, w.call("GET", "/api/heatmaps/screenshots/"+p.ID, token, nil).code)
	w.call("DELETE", "/api/heatmaps/screenshots/"+p.ID, token, nil).wantError(403, "Access denied", "forbidden")
	w.call("POST", "/api/heatmaps/screenshots?path=/&siteId="+string(site), token, string(pngPicture(1, 1))).wantError(403, "Access denied", "forbidden")
	_, key := w.key(owner, auth.Read, "", 0)
	a := w.call("DELETE", "/api/heatmaps/screenshots/"+p.ID, key, nil)
	a.wantError(403, "Insufficient permissions. This key has read-only access.", "insufficient_scope")
}
