package qr

// maxCodewords is what version 40 holds.
const maxCodewords = 3706

// reader reads matrices of modules. It keeps its buffers.
type reader struct {
	paths     [41][]place // by version, made when first needed
	steps     [41][]step  // the same
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
	views := [2]view{{m: *m}, {mirrored: true}}
	v := &views[0]
	v.level, v.mask, v.wrong = readFormat(m)
	if v.wrong == 0 { // nothing suits better
		if c, ok := r.readAs(v, charset); ok {
			return c, true
		}
		v.wrong = maxWordErrors + 1
	}
	r.mirror = grow(r.mirror, len(m.modules))
	for y := range m.size {
		for x, v := range m.modules[y*m.size:][:m.size] {
			r.mirror[x*m.size+y] = v
		}
	}
	v = &views[1]
	v.m = matrix{m.size, r.mirror}
	v.level, v.mask, v.wrong = readFormat(&v.m)
	if v.wrong < views[0].wrong {
		views[0], views[1] = views[1], views[0]
	}
	for i := range views {
		if c, ok := r.readAs(&views[i], charset); ok {
			return c, true
		}
	}
	return content{}, false
}

// readAs is read for one way that the matrix may stand.
func (r *reader) readAs(v *view, charset Charset) (content, bool) {
	if v.wrong > maxWordErrors {
		return content{}, false
	}
	version := (v.m.size - 17) / 4
	r.unmask(&v.m, version, v.mask)
	data, ok := r.restore(blocksOf(version, v.level))
	if !ok {
		return content{}, false
	}
	said, ok := r.parser.parse(data, version, charset)
	return content{said, v.level, v.mirrored}, ok
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
	steps := r.stepsOf(version)
	for i := range len(steps) / 8 {
		var c byte
		for _, s := range steps[8*i:][:8] {
			c = c<<1 | m.modules[s.at] ^ period[s.row][s.column]
		}
		r.codewords[i] = c
	}
}

// step is a module of the data path: its index in a matrix, and its place in a mask.
type step struct {
	at          uint16
	row, column uint8
}

// stepsOf is pathOf in steps.
func (r *reader) stepsOf(version int) []step {
	if r.steps[version] == nil {
		size := 17 + 4*version
		for _, p := range r.pathOf(version) {
			r.steps[version] = append(r.steps[version], step{uint16(int(p.y)*size + int(p.x)), p.y % maskPeriod, p.x % maskPeriod})
		}
	}
	return r.steps[version]
}

// restore takes the codewords apart into blocks (ISO/IEC 18004, 7.6), corrects
// these, and returns the data in them, valid until the next call.
func (r *reader) restore(b blocks) ([]byte, bool) {
	data := r.data[:0]
	for k := range b.count {
		start, n := b.start(k), b.length(k)
		block := r.blocks[start:][:n+b.check]
		// The first codewords of all blocks, then the second, and so on; then likewise those for correction.
		for i := range b.data {
			block[i] = r.codewords[i*b.count+k]
		}
		if n > b.data {
			block[b.data] = r.codewords[b.data*b.count+k-b.short]
		}
		check := r.codewords[b.dataCodewords()+k:]
		for i := range b.check {
			block[n+i] = check[i*b.count]
		}
		if !correct(block, b.check, b.protect, nil) {
			return nil, false
		}
		data = append(data, block[:n]...)
	}
	return data, true
}
