// The encodings of the endpoint: deterministic CBOR (RFC 8949 §4.2.1), Base45 (RFC 9285)
// and base64url (RFC 4648 §5).

const encoder = new TextEncoder();
const [UINT, NEGATIVE, BYTES, TEXT, ARRAY, MAP, TAG] = [0, 1, 2, 3, 4, 5, 6].map((major) => major << 5);

/** A tagged value, for {@link encode}. */
export class Tagged {
	constructor(tag, value) {
		Object.assign(this, { tag, value });
	}
}

/** Bytes that are written one after another. */
export class Writer {
	size = 0;

	constructor(room) {
		this.bytes = new Uint8Array(room);
	}

	/** The head of an item, in the shortest of its forms. */
	head(major, n) {
		const b = this.bytes;
		if (n < 24) {
			b[this.size++] = major | n;
		} else if (n < 0x100) {
			b[this.size++] = major | 24;
			b[this.size++] = n;
		} else if (n < 0x10000) {
			b[this.size++] = major | 25;
			b[this.size++] = n >> 8;
			b[this.size++] = n;
		} else if (n < 0x100000000) {
			b[this.size++] = major | 26;
			this.uint32(n);
		} else {
			b[this.size++] = major | 27;
			this.uint32(Math.floor(n / 0x100000000));
			this.uint32(n % 0x100000000);
		}
	}

	uint32(n) {
		const b = this.bytes;
		b[this.size++] = n >>> 24;
		b[this.size++] = n >>> 16;
		b[this.size++] = n >>> 8;
		b[this.size++] = n;
	}

	raw(bytes) {
		this.bytes.set(bytes, this.size);
		this.size += bytes.length;
	}

	integer(n) {
		if (n < 0) this.head(NEGATIVE, -1 - n);
		else this.head(UINT, n);
	}

	byteString(bytes) {
		this.head(BYTES, bytes.length);
		this.raw(bytes);
	}

	text(text) {
		this.encodedText(encoder.encode(text));
	}

	/** A text whose UTF-8 is there already. */
	encodedText(bytes) {
		this.head(TEXT, bytes.length);
		this.raw(bytes);
	}

	array(length) {
		this.head(ARRAY, length);
	}

	/** Any value: a number, text, bytes, an array, a Map with integers as keys, or Tagged. */
	value(v) {
		if (typeof v === "number") this.integer(v);
		else if (typeof v === "string") this.text(v);
		else if (v instanceof Uint8Array) this.byteString(v);
		else if (v instanceof Tagged) {
			this.head(TAG, v.tag);
			this.value(v.value);
		} else if (Array.isArray(v)) {
			this.array(v.length);
			for (const item of v) this.value(item);
		} else {
			// Of integers the bytes sort as: not negative, smaller first, then negative, nearer to 0 first.
			const keys = [...v.keys()].sort((a, b) => a < 0 === b < 0 ? Math.abs(a) - Math.abs(b) : b - a);
			this.head(MAP, keys.length);
			for (const key of keys) {
				this.integer(key);
				this.value(v.get(key));
			}
		}
	}

	taken() {
		return this.bytes.subarray(0, this.size);
	}
}

/** A value as deterministic CBOR. */
export function encode(value) {
	const w = new Writer(2048);
	w.value(value);
	return w.taken().slice();
}

const ALPHABET45 = encoder.encode("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:");
/** The three characters of each pair of bytes, as one number. */
const PAIRS = Uint32Array.from({ length: 1 << 16 }, (_, n) =>
	ALPHABET45[n % 45] | ALPHABET45[Math.floor(n / 45) % 45] << 8 | ALPHABET45[Math.floor(n / 2025)] << 16);

/** The length of the Base45 text of so many bytes. */
export const base45Length = (n) => (n >> 1) * 3 + (n & 1) * 2;

/** Writes the text of from[start:end], of a text that begins at out[at]. Start is even, and so is end, or else that of all. */
export function base45(out, at, from, start, end) {
	at += (start >> 1) * 3;
	let i = start;
	for (; i + 1 < end; i += 2) {
		const three = PAIRS[from[i] << 8 | from[i + 1]];
		out[at++] = three;
		out[at++] = three >> 8;
		out[at++] = three >> 16;
	}
	if (i < end) {
		out[at++] = ALPHABET45[from[i] % 45];
		out[at++] = ALPHABET45[Math.floor(from[i] / 45)];
	}
}

const ALPHABET64 = encoder.encode("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");
const VALUES64 = new Int8Array(128).fill(-1);
ALPHABET64.forEach((c, value) => { VALUES64[c] = value; });

/** The length of the base64url text of so many bytes. */
export const base64Length = (n) => Math.ceil(n * 4 / 3);

/** Writes the base64url text of bytes at out[at], and returns where it ends. */
export function base64(out, at, bytes) {
	let i = 0;
	for (; i + 2 < bytes.length; i += 3) {
		const n = bytes[i] << 16 | bytes[i + 1] << 8 | bytes[i + 2];
		out[at++] = ALPHABET64[n >> 18];
		out[at++] = ALPHABET64[n >> 12 & 63];
		out[at++] = ALPHABET64[n >> 6 & 63];
		out[at++] = ALPHABET64[n & 63];
	}
	const left = bytes.length - i;
	if (left > 0) {
		const n = bytes[i] << 16 | (left > 1 ? bytes[i + 1] << 8 : 0);
		out[at++] = ALPHABET64[n >> 18];
		out[at++] = ALPHABET64[n >> 12 & 63];
		if (left > 1) out[at++] = ALPHABET64[n >> 6 & 63];
	}
	return at;
}

/** Reads base64url without padding, one text for one value; undefined for anything else. */
export function readBase64(text) {
	const over = text.length % 4;
	if (over === 1) return undefined;
	const out = new Uint8Array(text.length * 3 >> 2);
	let bits = 0, held = 0, size = 0;
	for (let i = 0; i < text.length; i++) {
		const c = text.charCodeAt(i), value = c < 128 ? VALUES64[c] : -1;
		if (value < 0) return undefined;
		held = (held << 6 | value) & 0xffffff;
		if ((bits += 6) >= 8) out[size++] = held >> (bits -= 8);
	}
	return held & (1 << bits) - 1 ? undefined : out; // loose bits
}
