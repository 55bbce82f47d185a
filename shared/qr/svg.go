package qr

import "strconv"

// SVG draws the symbol as an SVG document, black on white, with quiet modules of
// white around it; the standard asks for 4, less than 0 counts as 0. A module is
// one unit and the image as large as where it is shown. Dark modules are one path, a rectangle
// for each run in a row, so no line shows between them and printing stays sharp.
func (m *Modules) SVG(quiet int) []byte {
	quiet = max(quiet, 0)
	side := strconv.Itoa(m.Size + 2*quiet)
	b := make([]byte, 0, 200+m.Size*m.Size*4)
	b = append(b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 `+side+` `+side+`" shape-rendering="crispEdges">`+
		`<path fill="#fff" d="M0 0h`+side+`v`+side+`H0z"/><path d="`...)
	for y := range m.Size {
		for x := 0; x < m.Size; x++ {
			if !m.At(x, y) {
				continue
			}
			run := 1
			for m.At(x+run, y) {
				run++
			}
			b = append(b, 'M')
			b = strconv.AppendInt(b, int64(x+quiet), 10)
			b = append(b, ' ')
			b = strconv.AppendInt(b, int64(y+quiet), 10)
			b = append(b, 'h')
			b = strconv.AppendInt(b, int64(run), 10)
			b = append(b, "v1h-"...)
			b = strconv.AppendInt(b, int64(run), 10)
			b = append(b, 'z')
			x += run
		}
	}
	return append(b, `"/></svg>`...)
}
