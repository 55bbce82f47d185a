package qr

// maxCodewords is what version 40 holds.
const maxCodewords = 3706

// reader reads matrices of modules. It keeps its buffers.
type reader struct {
	paths     [41][]place // by version, made when first needed
	mirror    []byte
	codewords [maxCodewords]byte // as they stand in the symbol
	blocks    [maxCodewords]byte // one after another, data first
	data      [maxCodewords]byte
	origin    [maxCodewords]uint16 // of blocks: index in codewords
	doubts    []float32            // of codewords: certainty of the least certain module
	parser    parser
}

// content is what a matrix of modules says.
type content struct {
	message
	level    Level
	mirrored bool
}

// view is a matrix as it stands or mirrored, with its format information.
type view struct {
	m           matrix
	mirrored    bool
	level       Level
	mask, wrong int
}

// read returns the content of a matrix, whose side is that of a version. It is
// read as it stands and mirrored; first the way that its format information
// suits better. It reports false when error correction fails or what
// remains is not text.
func (r *reader) read(m *matrix, charset Charset) (content, bool) {
	if contradicts(m) {
		return content{}, false
	}
	r.mirror = grow(r.mirror, len(m.modules))
	views := [2]view{{m: *m}, {m: matrix{m.size, r.mirror}, mirrored: true}}
	for y := range m.size {
		for x, v := range m.modules[y*m.size:][:m.size] {
			r.mirror[x*m.size+y] = v
		}
	}
	for i := range views {
		v := &views[i]
		v.level, v.mask, v.wrong = readFormat(&v.m)
	}
	if views[1].wrong < views[0].wrong {
		views[0], views[1] = views[1], views[0]
	}
	for i := range views {
		v := &views[i]
		if v.wrong > maxWordErrors {
			break
		}
		version := (m.size - 17) / 4
		r.unmask(&v.m, version, v.mask)
		data, ok := r.restore(blocksOf(version, v.level))
		if !ok {
			continue
		}
		if said, ok := r.parser.parse(data, version, charset); ok {
			return content{said, v.level, v.mirrored}, true
		}
	}
	return content{}, false
}

// pathOf returns the data path of a version, made when first needed.
func (r *reader) pathOf(version int) []place {
	if r.paths[version] == nil {
		r.paths[version] = dataPath(version)
	}
	return r.paths[version]
}

// unmask fills codewords from the modules.
func (r *reader) unmask(m *matrix, version, mask int) {
	period := &masks[mask]
	path := r.pathOf(version)
	for i := range len(path) / 8 {
		var c byte
		for _, p := range path[8*i:][:8] {
			c = c<<1 | m.at(p) ^ period[p.y%maskPeriod][p.x%maskPeriod]
		}
		r.codewords[i] = c
	}
}

// restore takes the codewords apart into blocks (ISO/IEC 18004, 7.6), corrects
// these, and returns the data in them, valid until the next call.
func (r *reader) restore(b blocks) ([]byte, bool) {
	at := 0
	for i := range b.data + 1 + b.check {
		for k := range b.count {
			place, ok := b.place(k, i)
			if ok {
				r.blocks[place] = r.codewords[at]
				at++
			}
		}
	}
	data := r.data[:0]
	for k := range b.count {
		start, n := b.start(k), b.length(k)
		block := r.blocks[start:][:n+b.check]
		if !correct(block, b.check, b.protect, nil) {
			return nil, false
		}
		data = append(data, block[:n]...)
	}
	return data, true
}
