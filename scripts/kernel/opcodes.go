package main

// The instructions that the kernel uses, by their names in the text format of
// WebAssembly (core specification 2.0, 5.4). The number says what follows.
var opcodes = map[string]struct {
	code    []byte
	operand operand
}{
	"block": {[]byte{0x02, 0x40}, opens}, "loop": {[]byte{0x03, 0x40}, opens}, "if": {[]byte{0x04, 0x40}, opens},
	"else": {[]byte{0x05}, none}, "return": {[]byte{0x0f}, none},
	"end": {[]byte{0x0b}, none}, "br": {[]byte{0x0c}, index}, "br_if": {[]byte{0x0d}, index}, "call": {[]byte{0x10}, function},
	"select":    {[]byte{0x1b}, none},
	"local.get": {[]byte{0x20}, local}, "local.set": {[]byte{0x21}, local}, "local.tee": {[]byte{0x22}, local},
	"i32.const": {[]byte{0x41}, number}, "i64.const": {[]byte{0x42}, number},
	"i64.load": {[]byte{0x29}, address8}, "i32.load8_u": {[]byte{0x2d}, address1}, "i32.load16_u": {[]byte{0x2f}, address2},
	"i32.store": {[]byte{0x36}, address4}, "i32.store16": {[]byte{0x3b}, address2},
	"i32.eqz": {[]byte{0x45}, none}, "i32.lt_s": {[]byte{0x48}, none}, "i32.le_s": {[]byte{0x4c}, none}, "i32.ge_s": {[]byte{0x4e}, none},
	"i32.ne": {[]byte{0x47}, none}, "i32.lt_u": {[]byte{0x49}, none}, "i32.le_u": {[]byte{0x4d}, none}, "i32.mul": {[]byte{0x6c}, none}, "i32.and": {[]byte{0x71}, none},
	"i32.add": {[]byte{0x6a}, none}, "i32.sub": {[]byte{0x6b}, none}, "i32.or": {[]byte{0x72}, none},
	"i32.shl": {[]byte{0x74}, none}, "i32.shr_u": {[]byte{0x76}, none},
	"i64.eqz": {[]byte{0x50}, none}, "i64.ctz": {[]byte{0x7a}, none}, "i64.sub": {[]byte{0x7d}, none}, "i64.and": {[]byte{0x83}, none},
	"i64.or": {[]byte{0x84}, none}, "i64.xor": {[]byte{0x85}, none}, "i64.shl": {[]byte{0x86}, none}, "i64.shr_u": {[]byte{0x88}, none},
	"i32.wrap_i64": {[]byte{0xa7}, none}, "i64.extend_i32_u": {[]byte{0xad}, none},

	"v128.load": {vector(0x00), address1}, "v128.load8x8_u": {vector(0x02), address1}, "v128.load16_splat": {vector(0x08), address1}, "v128.store": {vector(0x0b), address1},
	"i8x16.shuffle": {vector(0x0d), lanes}, "i8x16.extract_lane_u": {vector(0x16), lane}, "i32x4.extract_lane": {vector(0x1b), lane},
	"i16x8.splat": {vector(0x10), none}, "i32x4.splat": {vector(0x11), none},
	"v128.and": {vector(0x4e), none}, "v128.xor": {vector(0x51), none},
	"v128.or": {vector(0x50), none}, "i32x4.ge_u": {vector(0x40), none},
	"i8x16.lt_u": {vector(0x26), none}, "i32x4.eq": {vector(0x37), none}, "i32x4.all_true": {vector(0xa3), none},
	"i8x16.bitmask": {vector(0x64), none}, "i8x16.narrow_i16x8_u": {vector(0x66), none}, "i16x8.narrow_i32x4_u": {vector(0x86), none},
	"i8x16.sub": {vector(0x71), none}, "i8x16.min_u": {vector(0x77), none}, "i8x16.max_u": {vector(0x79), none},
	"i16x8.extadd_pairwise_i8x16_u": {vector(0x7d), none}, "i32x4.extadd_pairwise_i16x8_u": {vector(0x7f), none},
	"i16x8.add": {vector(0x8e), none}, "i16x8.shr_u": {vector(0x8d), none},
	"i32x4.add": {vector(0xae), none}, "i32x4.shr_u": {vector(0xad), none}, "i64x2.shr_u": {vector(0xcd), none},
	"i32x4.dot_i16x8_s": {vector(0xba), none}, "i16x8.sub": {vector(0x91), none}, "i16x8.mul": {vector(0x95), none},
	"i32x4.extmul_low_i16x8_u": {vector(0xbe), none}, "i32x4.extmul_high_i16x8_u": {vector(0xbf), none},
	"f32x4.div": {vector(0xe7), none}, "f32x4.convert_i32x4_u": {vector(0xfb), none}, "i32x4.trunc_sat_f32x4_u": {vector(0xf9), none},
}

// operand says what stands behind an instruction.
type operand uint8

const (
	none     operand = iota
	opens            // a block without results
	index            // a number of blocks
	local            // the name of a local
	function         // the name of a function
	number           // a constant
	lane
	lanes    // sixteen of them
	address1 // an offset, if any; aligned to 1 byte
	address2
	address4
	address8
)

// vector is the encoding of a vector instruction.
func vector(code uint32) []byte { return append([]byte{0xfd}, unsigned(code)...) }
