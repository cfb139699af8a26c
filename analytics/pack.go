package analytics

import "fmt"

// maxPacked is the most bytes of an unpacked blob; more cannot be meant.
const maxPacked = 1 << 30

// pack compresses a body behind its version and length.
func pack(version byte, body []byte) []byte {
	return partEncoder.EncodeAll(body, putUint([]byte{version}, uint64(len(body))))
}

// unpack reads what pack wrote. Errors wrap ErrCorrupt.
func unpack(what string, version byte, data []byte) ([]byte, error) {
	r := &reader{b: data}
	if v := r.bytes(1)[0]; v != version {
		return nil, fmt.Errorf("%s of version %d: %w", what, v, ErrCorrupt)
	}
	size := r.uint()
	if r.err != nil || size > maxPacked {
		return nil, fmt.Errorf("length of a %s: %w", what, ErrCorrupt)
	}
	body, err := blobDecoder.DecodeAll(r.b, make([]byte, 0, min(size, uint64(64*len(data)+4096))))
	if err != nil || uint64(len(body)) != size {
		return nil, fmt.Errorf("unpack %s (%w): %w", what, err, ErrCorrupt)
	}
	return body, nil
}
