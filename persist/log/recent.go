package log

// recent holds the newest blocks by physical index, without gap, up to a number of bytes. It is not safe for concurrent use.
type recent struct {
	limit  int
	bytes  int
	first  uint64 // physical index of blocks[0]
	blocks [][]byte
}

// add takes the next block in and lets go of the oldest beyond the limit.
func (r *recent) add(index uint64, block []byte) {
	if index != r.first+uint64(len(r.blocks)) {
		r.clear()
		r.first = index
	}
	if cap(block)-len(block) > len(block)/4 { // a compressor asks for room for the worst case
		block = append(make([]byte, 0, len(block)), block...)
	}
	r.blocks = append(r.blocks, block)
	r.bytes += cap(block)
	for r.bytes > r.limit {
		r.drop()
	}
}

func (r *recent) drop() {
	r.bytes -= cap(r.blocks[0])
	r.blocks[0] = nil
	r.blocks = r.blocks[1:]
	r.first++
}

// find returns a block that is still held.
func (r *recent) find(index uint64) ([]byte, bool) {
	if index < r.first || index-r.first >= uint64(len(r.blocks)) {
		return nil, false
	}
	return r.blocks[index-r.first], true
}

// cut lets go of the blocks below the physical index.
func (r *recent) cut(below uint64) {
	for len(r.blocks) > 0 && r.first < below {
		r.drop()
	}
}

func (r *recent) clear() { r.blocks, r.bytes = nil, 0 }
