package api

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image/jpeg"
	"image/png"
)

// maxSide is the longest side of a picture, px.
const maxSide = 20_000

// pictureFormat is what the bytes of a picture say of it.
type pictureFormat struct {
	media         string // image/png, image/jpeg, image/webp
	width, height int    // px
}

// readPictureFormat tells what picture the bytes are. It looks at the frame of the file only and decodes no pixel, as a few bytes can be a
// hundred million pixels. ok is false when they are none of the three types, end early, or have a side of 0 or beyond the limit.
func readPictureFormat(b []byte) (f pictureFormat, ok bool) {
	switch {
	case bytes.HasPrefix(b, pngSignature):
		c, err := png.DecodeConfig(bytes.NewReader(b))
		f, ok = pictureFormat{"image/png", c.Width, c.Height}, err == nil && wholePNG(b)
	case bytes.HasPrefix(b, []byte{0xFF, 0xD8, 0xFF}):
		c, err := jpeg.DecodeConfig(bytes.NewReader(b))
		f, ok = pictureFormat{"image/jpeg", c.Width, c.Height}, err == nil && wholeJPEG(b)
	default:
		f.media = "image/webp"
		f.width, f.height, ok = webpSize(b)
	}
	return f, ok && 0 < f.width && f.width <= maxSide && 0 < f.height && f.height <= maxSide
}

var pngSignature = []byte("\x89PNG\r\n\x1a\n")

// wholePNG tells whether the chunks are undamaged, some hold pixels, and the last says that it is the last.
func wholePNG(b []byte) bool {
	pixels := false
	for b = b[len(pngSignature):]; len(b) >= 12; {
		size := int64(binary.BigEndian.Uint32(b))
		if size > int64(len(b)-12) {
			return false
		}
		end := 8 + int(size)
		if crc32.ChecksumIEEE(b[4:end]) != binary.BigEndian.Uint32(b[end:]) {
			return false
		}
		switch string(b[4:8]) {
		case "IDAT":
			pixels = true
		case "IEND":
			return pixels
		}
		b = b[end+4:]
	}
	return false
}

// wholeJPEG tells whether there is a scan and an end of the image behind it.
func wholeJPEG(b []byte) bool {
	const scan, end = 0xDA, 0xD9
	for b = b[2:]; len(b) >= 4 && b[0] == 0xFF; {
		if b[1] == 0xFF { // filler
			b = b[1:]
			continue
		}
		size := 2 + int(binary.BigEndian.Uint16(b[2:]))
		if size < 4 || size > len(b) {
			return false
		}
		if b[1] == scan {
			return bytes.Contains(b[size:], []byte{0xFF, end})
		}
		b = b[size:]
	}
	return false
}

// webpSize reads the container of a WebP file (RFC 9649) and the size of its picture. The standard library does not know the format.
func webpSize(b []byte) (width, height int, ok bool) {
	if len(b) < 12 || string(b[:4]) != "RIFF" || string(b[8:12]) != "WEBP" {
		return 0, 0, false
	}
	whole := int64(binary.LittleEndian.Uint32(b[4:])) // "WEBP" and the chunks
	if whole < 4 || whole > int64(len(b)-8) {
		return 0, 0, false
	}
	pixels := false
	for b = b[12 : 8+whole]; len(b) >= 8; {
		name, size := string(b[:4]), int64(binary.LittleEndian.Uint32(b[4:]))
		if size > int64(len(b)-8) {
			return 0, 0, false
		}
		w, h, known := webpChunkSize(name, b[8:8+size])
		if known && width == 0 { // the first says it; in the extended format that is the canvas
			width, height = w, h
		}
		pixels = pixels || known && name != "VP8X" || name == "ANMF"
		b = b[min(8+size+size&1, int64(len(b))):]
	}
	return width, height, pixels && width != 0
}

// webpChunkSize reads the size that one chunk says, if it is of those that do.
func webpChunkSize(name string, c []byte) (width, height int, ok bool) {
	u24 := func(b []byte) int { return int(b[0]) | int(b[1])<<8 | int(b[2])<<16 }
	switch {
	case name == "VP8X" && len(c) >= 10:
		return 1 + u24(c[4:]), 1 + u24(c[7:]), true
	case name == "VP8L" && len(c) >= 5 && c[0] == 0x2F:
		bits := binary.LittleEndian.Uint32(c[1:])
		return 1 + int(bits&0x3FFF), 1 + int(bits>>14&0x3FFF), true
	case name == "VP8 " && len(c) >= 10 && c[0]&1 == 0 && bytes.Equal(c[3:6], []byte{0x9D, 0x01, 0x2A}): // a key frame
		return int(binary.LittleEndian.Uint16(c[6:]) & 0x3FFF), int(binary.LittleEndian.Uint16(c[8:]) & 0x3FFF), true
	}
	return 0, 0, false
}
