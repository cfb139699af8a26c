package load

import "encoding/binary"

// Opcodes of RFC 6455.
const (
	opText  = 1
	opClose = 8
	opPing  = 9
	opPong  = 10
)

// nextFrame takes a server's frame off the front of data; ok is false while a part of it is missing. The payload lies in data.
func nextFrame(data []byte) (op byte, payload, rest []byte, ok bool) {
	if len(data) < 2 {
		return 0, nil, data, false
	}
	head, size := 2, uint64(data[1]&0x7f)
	switch size {
	case 126:
		if head = 4; len(data) < head {
			return 0, nil, data, false
		}
		size = uint64(binary.BigEndian.Uint16(data[2:]))
	case 127:
		if head = 10; len(data) < head {
			return 0, nil, data, false
		}
		size = binary.BigEndian.Uint64(data[2:])
	}
	if uint64(len(data)-head) < size {
		return 0, nil, data, false
	}
	end := head + int(size)
	return data[0] & 0x0f, data[head:end], data[end:], true
}

// clientFrame is a frame as a client has to send it. Its mask is zero: that leaves the bytes as they are.
func clientFrame(op byte, payload []byte) []byte {
	frame := []byte{0x80 | op, 0x80 | byte(min(len(payload), 126))}
	if len(payload) >= 126 {
		frame = binary.BigEndian.AppendUint16(frame, uint16(len(payload)))
	}
	return append(append(frame, 0, 0, 0, 0), payload...)
}
