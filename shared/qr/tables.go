package qr

// correction is the error correction of one version at one level: how many of the
// codewords serve it, and into how many blocks all codewords are divided.
type correction struct{ codewords, blocks int16 }

// characteristics is one row of ISO/IEC 18004, table 9.
type characteristics struct {
	codewords int16 // in all, data and error correction
	levels    [4]correction
}

// versions is ISO/IEC 18004, table 9, by version; there is no version 0. The
// columns c, k and r of the standard follow from these; see [blocksOf].
var versions = [41]characteristics{
	// total    L            M            Q            H
	{},
	{26, [4]correction{{7, 1}, {10, 1}, {13, 1}, {17, 1}}},               // 1
	{44, [4]correction{{10, 1}, {16, 1}, {22, 1}, {28, 1}}},              // 2
	{70, [4]correction{{15, 1}, {26, 1}, {36, 2}, {44, 2}}},              // 3
	{100, [4]correction{{20, 1}, {36, 2}, {52, 2}, {64, 4}}},             // 4
	{134, [4]correction{{26, 1}, {48, 2}, {72, 4}, {88, 4}}},             // 5
	{172, [4]correction{{36, 2}, {64, 4}, {96, 4}, {112, 4}}},            // 6
	{196, [4]correction{{40, 2}, {72, 4}, {108, 6}, {130, 5}}},           // 7
	{242, [4]correction{{48, 2}, {88, 4}, {132, 6}, {156, 6}}},           // 8
	{292, [4]correction{{60, 2}, {110, 5}, {160, 8}, {192, 8}}},          // 9
	{346, [4]correction{{72, 4}, {130, 5}, {192, 8}, {224, 8}}},          // 10
	{404, [4]correction{{80, 4}, {150, 5}, {224, 8}, {264, 11}}},         // 11
	{466, [4]correction{{96, 4}, {176, 8}, {260, 10}, {308, 11}}},        // 12
	{532, [4]correction{{104, 4}, {198, 9}, {288, 12}, {352, 16}}},       // 13
	{581, [4]correction{{120, 4}, {216, 9}, {320, 16}, {384, 16}}},       // 14
	{655, [4]correction{{132, 6}, {240, 10}, {360, 12}, {432, 18}}},      // 15
	{733, [4]correction{{144, 6}, {280, 10}, {408, 17}, {480, 16}}},      // 16
	{815, [4]correction{{168, 6}, {308, 11}, {448, 16}, {532, 19}}},      // 17
	{901, [4]correction{{180, 6}, {338, 13}, {504, 18}, {588, 21}}},      // 18
	{991, [4]correction{{196, 7}, {364, 14}, {546, 21}, {650, 25}}},      // 19
	{1085, [4]correction{{224, 8}, {416, 16}, {600, 20}, {700, 25}}},     // 20
	{1156, [4]correction{{224, 8}, {442, 17}, {644, 23}, {750, 25}}},     // 21
	{1258, [4]correction{{252, 9}, {476, 17}, {690, 23}, {816, 34}}},     // 22
	{1364, [4]correction{{270, 9}, {504, 18}, {750, 25}, {900, 30}}},     // 23
	{1474, [4]correction{{300, 10}, {560, 20}, {810, 27}, {960, 32}}},    // 24
	{1588, [4]correction{{312, 12}, {588, 21}, {870, 29}, {1050, 35}}},   // 25
	{1706, [4]correction{{336, 12}, {644, 23}, {952, 34}, {1110, 37}}},   // 26
	{1828, [4]correction{{360, 12}, {700, 25}, {1020, 34}, {1200, 40}}},  // 27
	{1921, [4]correction{{390, 13}, {728, 26}, {1050, 35}, {1260, 42}}},  // 28
	{2051, [4]correction{{420, 14}, {784, 28}, {1140, 38}, {1350, 45}}},  // 29
	{2185, [4]correction{{450, 15}, {812, 29}, {1200, 40}, {1440, 48}}},  // 30
	{2323, [4]correction{{480, 16}, {868, 31}, {1290, 43}, {1530, 51}}},  // 31
	{2465, [4]correction{{510, 17}, {924, 33}, {1350, 45}, {1620, 54}}},  // 32
	{2611, [4]correction{{540, 18}, {980, 35}, {1440, 48}, {1710, 57}}},  // 33
	{2761, [4]correction{{570, 19}, {1036, 37}, {1530, 51}, {1800, 60}}}, // 34
	{2876, [4]correction{{570, 19}, {1064, 38}, {1590, 53}, {1890, 63}}}, // 35
	{3034, [4]correction{{600, 20}, {1120, 40}, {1680, 56}, {1980, 66}}}, // 36
	{3196, [4]correction{{630, 21}, {1204, 43}, {1770, 59}, {2100, 70}}}, // 37
	{3362, [4]correction{{660, 22}, {1260, 45}, {1860, 62}, {2220, 74}}}, // 38
	{3532, [4]correction{{720, 24}, {1316, 47}, {1950, 65}, {2310, 77}}}, // 39
	{3706, [4]correction{{750, 25}, {1372, 49}, {2040, 68}, {2430, 81}}}, // 40
}

// blocks is how the codewords of one version and level are divided. The first
// short blocks have data codewords for data, the others one more; all have
// check codewords for error correction.
type blocks struct {
	count, short int
	data, check  int
	protect      int // codewords of check kept for detection: p of table 9
}

// blocksOf returns the division of a version, 1 to 40, at a level.
func blocksOf(version int, level Level) blocks {
	row := &versions[version]
	total, c := int(row.codewords), row.levels[level-L]
	count, check := int(c.blocks), int(c.codewords)/int(c.blocks)
	b := blocks{count: count, short: count - total%count, data: total/count - check, check: check}
	// Table 9 keeps p codewords from correcting in the smallest symbols, where
	// what is not a symbol would too often be corrected into one.
	switch {
	case version == 1:
		b.protect = [4]int{3, 2, 1, 1}[level-L]
	case version == 2 && level == L:
		b.protect = 2
	case version == 3 && level == L:
		b.protect = 1
	}
	return b
}

// dataCodewords returns how many codewords of data all blocks hold.
func (b blocks) dataCodewords() int { return b.count*b.data + b.count - b.short }

// length returns how many codewords of data block k has.
func (b blocks) length(k int) int {
	if k < b.short {
		return b.data
	}
	return b.data + 1
}

// start returns where block k begins when the blocks lie one after another.
func (b blocks) start(k int) int { return k*(b.data+b.check) + max(k-b.short, 0) }

// place returns where codeword i of block k lies when the blocks lie one after
// another. The codeword of data that only longer blocks have is counted in all
// of them, and place reports false where it is lacking. In the symbol come the
// first codewords of all blocks, then the second, and so on (7.6).
func (b blocks) place(k, i int) (int, bool) {
	n := b.length(k)
	if i >= n && i > b.data { // after the one that may lack
		return b.start(k) + i - b.data - 1 + n, true
	}
	return b.start(k) + i, i < n
}

// mode is a mode indicator (ISO/IEC 18004, table 2), and of GB/T 18284 for Hanzi.
type mode uint8

const (
	modeEnd          mode = 0b0000
	modeNumeric      mode = 0b0001
	modeAlphanumeric mode = 0b0010
	modeAppend       mode = 0b0011 // structured append
	modeByte         mode = 0b0100
	modeFNC1First    mode = 0b0101
	modeECI          mode = 0b0111
	modeKanji        mode = 0b1000
	modeFNC1Second   mode = 0b1001
	modeHanzi        mode = 0b1101 // GB/T 18284: GB 2312
)

// countBits returns the length of a segment's character count (ISO/IEC 18004,
// table 3; GB/T 18284 counts Hanzi as Kanji), 0 for modes without one.
func countBits(m mode, version int) int {
	group := 0
	if version >= 27 {
		group = 2
	} else if version >= 10 {
		group = 1
	}
	switch m {
	case modeNumeric:
		return [3]int{10, 12, 14}[group]
	case modeAlphanumeric:
		return [3]int{9, 11, 13}[group]
	case modeByte:
		return [3]int{8, 16, 16}[group]
	case modeKanji, modeHanzi:
		return [3]int{8, 10, 12}[group]
	}
	return 0
}

// alphanumerics are the characters of alphanumeric mode by value (ISO/IEC 18004, table 5).
const alphanumerics = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
