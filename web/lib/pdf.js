// Finds the pictures in a PDF (ISO 32000-1), so that a code in it can be read: image streams,
// as they are when they are JPEG (§7.4.8), inflated when they are Flate (§7.4.4). It follows no
// tables and draws no page; a code that is drawn as lines, a scan in fax coding and an encrypted
// file are not found, and the page asks for a screenshot instead. What it gives is never trusted:
// a picture is looked at for a code, and that is checked like any other.

/** Larger files, more pictures and larger ones are not looked at. */
export const maxFileBytes = 20 << 20;
const maxImages = 24;
const maxPixels = 24_000_000;

/** A dictionary before its stream is not longer. */
const maxDictionary = 4096;

/**
 * @typedef {object} Picture
 * @property {number} width
 * @property {number} height
 * @property {number} bits    per component
 * @property {string} filter  'DCTDecode' or 'FlateDecode'
 * @property {boolean} predicted  rows begin with a PNG filter (§7.4.4.4)
 * @property {number} columns
 * @property {number} colours of the prediction
 * @property {number} start
 * @property {number} end
 */

/**
 * The pictures of a file, in its order.
 * @param {Uint8Array} bytes
 * @returns {Picture[]}  empty for a file that is none, encrypted or too large
 */
export function picturesIn(bytes) {
  const text = latin1(bytes);
  if (bytes.length > maxFileBytes || !text.slice(0, 1024).includes('%PDF-') || /\/Encrypt\s+\d+\s+\d+\s+R/.test(text)) return [];
  const found = [];
  for (let at = text.indexOf('stream'); at >= 0 && found.length < maxImages; at = text.indexOf('stream', at + 6)) {
    if (text.startsWith('end', at - 3)) continue;
    const start = at + (text[at + 6] === '\r' ? 8 : 7); // CR LF, or LF
    const picture = describe(text, at, start);
    if (picture) found.push(picture);
  }
  return found;
}

/**
 * @param {string} text
 * @param {number} at     of the word stream
 * @param {number} start  of its bytes
 * @returns {Picture | null}
 */
function describe(text, at, start) {
  const from = Math.max(text.lastIndexOf(' obj', at), text.lastIndexOf('endobj', at), at - maxDictionary);
  const dictionary = text.slice(from, at);
  if (!/\/Subtype\s*\/Image\b/.test(dictionary)) return null;
  const number = (/** @type {string} */ name) => Number(new RegExp(`/${name}\\s+(\\d{1,9})\\b(?!\\s+\\d+\\s+R)`).exec(dictionary)?.[1] ?? 0);
  const filters = /\/Filter\s*(?:\[([^\]]*)\]|\/(\w+))/.exec(dictionary);
  const filter = (filters?.[1] ?? filters?.[2] ?? '').replace(/[/\s]+/g, ' ').trim();
  const width = number('Width');
  const height = number('Height');
  if (filter !== 'DCTDecode' && filter !== 'FlateDecode') return null;
  if (!width || !height || width * height > maxPixels) return null;
  const length = number('Length');
  const told = length > 0 && /^\s*endstream/.test(text.slice(start + length, start + length + 12));
  const end = told ? start + length : text.indexOf('endstream', start);
  if (end < 0) return null;
  return {
    width, height, filter, start, end,
    bits: /\/ImageMask\s+true/.test(dictionary) ? 1 : number('BitsPerComponent') || 8,
    predicted: number('Predictor') >= 10, columns: number('Columns') || width, colours: number('Colors') || 1,
  };
}

/**
 * A picture as a file that browsers open, or null for one that is not as it says.
 * @param {Uint8Array} bytes
 * @param {Picture} picture
 * @returns {Promise<Blob | null>}
 */
export async function pictureFile(bytes, picture) {
  const raw = /** @type {Uint8Array<ArrayBuffer>} */ (bytes.slice(picture.start, picture.end));
  if (picture.filter === 'DCTDecode') return new Blob([raw], { type: 'image/jpeg' });
  const { width, height, bits } = picture;
  const most = Math.ceil(width * 4 * Math.max(bits, 8) / 8 + 1) * height;
  let samples = await inflate(raw, most);
  if (samples && picture.predicted) samples = unpredict(samples, picture);
  const grey = samples && toGrey(samples, picture);
  return grey && new Blob([bitmap(grey, width, height)], { type: 'image/bmp' });
}

/**
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @param {number} most  more than so many are not taken
 * @returns {Promise<Uint8Array | null>}
 */
async function inflate(bytes, most) {
  const reader = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate')).getReader();
  const out = new Uint8Array(most);
  let filled = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      if (filled + value.length > most) return null;
      out.set(value, filled);
      filled += value.length;
    }
  } catch {
    // Line ends after the data count as trailing bytes; what came before them is whole.
  }
  return out.subarray(0, filled);
}

/**
 * Undoes the filters of PNG rows (PNG, third edition, §9).
 * @param {Uint8Array} bytes
 * @param {Picture} picture
 */
function unpredict(bytes, { columns, colours, bits, height }) {
  const step = Math.max(1, colours * bits >> 3);
  const row = Math.ceil(columns * colours * bits / 8);
  const out = new Uint8Array(row * height);
  for (let y = 0; y < height; y++) {
    const from = y * (row + 1);
    const kind = bytes[from];
    for (let x = 0; x < row; x++) {
      const at = y * row + x;
      const a = x >= step ? out[at - step] : 0;
      const b = y ? out[at - row] : 0;
      const c = x >= step && y ? out[at - row - step] : 0;
      const guess = kind === 1 ? a : kind === 2 ? b : kind === 3 ? (a + b) >> 1 : kind === 4 ? paeth(a, b, c) : 0;
      out[at] = (bytes[from + 1 + x] ?? 0) + guess;
    }
  }
  return out;
}

/**
 * @param {number} a
 * @param {number} b
 * @param {number} c
 */
function paeth(a, b, c) {
  const [pa, pb, pc] = [Math.abs(b - c), Math.abs(a - c), Math.abs(a + b - 2 * c)];
  return pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
}

/**
 * Grey levels, however many colours there are: that number follows from the length. Levels are
 * stretched, since those of a palette may be 0 and 1.
 * @param {Uint8Array} samples
 * @param {Picture} picture
 */
function toGrey(samples, { width, height, bits }) {
  if (bits !== 1 && bits !== 2 && bits !== 4 && bits !== 8) return null;
  const parts = bits === 8 ? Math.min(4, Math.floor(samples.length / (width * height))) : 1;
  const row = Math.ceil(width * parts * bits / 8);
  if (!parts || samples.length < row * height) return null;
  const grey = new Uint8Array(width * height);
  let [low, high] = [255, 0];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let value = 0;
      if (bits < 8) value = samples[y * row + (x * bits >> 3)] >> (8 - bits - (x * bits & 7)) & ((1 << bits) - 1);
      else {
        const at = y * row + x * parts;
        // Of four inks the last is black, and all take light away.
        value = parts === 1 ? samples[at] : parts === 4 ? 255 - Math.min(255, Math.max(samples[at], samples[at + 1], samples[at + 2]) + samples[at + 3])
          : (samples[at] + samples[at + 1] + (samples[at + 2] ?? samples[at + 1])) / 3;
      }
      grey[y * width + x] = value;
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  const scale = high > low ? 255 / (high - low) : 0;
  return grey.map((value) => (value - low) * scale);
}

/**
 * A Windows bitmap of 256 greys, which every browser opens.
 * @param {Uint8Array} grey
 * @param {number} width
 * @param {number} height
 */
function bitmap(grey, width, height) {
  const row = (width + 3) & ~3;
  const head = 54 + 1024;
  const file = new Uint8Array(head + row * height);
  const view = new DataView(file.buffer);
  view.setUint16(0, 0x424d); // "BM"
  for (const [at, value] of [[2, file.length], [10, head], [14, 40], [18, width], [22, -height], [34, row * height], [46, 256]]) view.setInt32(at, value, true);
  view.setUint16(26, 1, true);
  view.setUint16(28, 8, true);
  for (let i = 0; i < 256; i++) file.fill(i, 54 + 4 * i, 57 + 4 * i);
  for (let y = 0; y < height; y++) file.set(grey.subarray(y * width, (y + 1) * width), head + y * row);
  return file;
}

/**
 * One character a byte, so that places in the text are places in the file.
 * @param {Uint8Array} bytes
 */
function latin1(bytes) {
  const parts = [];
  for (let i = 0; i < bytes.length; i += 0x8000) parts.push(String.fromCharCode(...bytes.subarray(i, i + 0x8000)));
  return parts.join('');
}
