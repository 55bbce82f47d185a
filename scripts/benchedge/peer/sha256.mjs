// SHA-256 and HMAC (FIPS 180-4, RFC 2104) of short messages. Here they take a microsecond;
// a call of WebCrypto costs some five, and one of node:crypto ten, most of it for garbage.

const ROUNDS = new Int32Array(64), START = new Int32Array(8);
{
	const fraction = (x) => (x - Math.floor(x)) * 0x100000000 | 0;
	const isPrime = (n) => { for (let d = 2; d * d <= n; d++) if (n % d === 0) return false; return true; };
	for (let n = 2, i = 0; i < 64; n++) {
		if (!isPrime(n)) continue;
		if (i < 8) START[i] = fraction(Math.sqrt(n));
		ROUNDS[i++] = fraction(Math.cbrt(n));
	}
}

const BLOCK = 64;
export const HASH_SIZE = 32;
const words = new Int32Array(64);

/** Takes one block into the state. */
function compress(state, bytes, at) {
	const w = words;
	for (let i = 0; i < 16; i++, at += 4) w[i] = bytes[at] << 24 | bytes[at + 1] << 16 | bytes[at + 2] << 8 | bytes[at + 3];
	for (let i = 16; i < 64; i++) {
		const x = w[i - 15], y = w[i - 2];
		w[i] = w[i - 16] + w[i - 7] + ((x >>> 7 | x << 25) ^ (x >>> 18 | x << 14) ^ x >>> 3) + ((y >>> 17 | y << 15) ^ (y >>> 19 | y << 13) ^ y >>> 10) | 0;
	}
	let a = state[0], b = state[1], c = state[2], d = state[3], e = state[4], f = state[5], g = state[6], h = state[7];
	for (let i = 0; i < 64; i++) {
		const t1 = h + ((e >>> 6 | e << 26) ^ (e >>> 11 | e << 21) ^ (e >>> 25 | e << 7)) + (e & f ^ ~e & g) + ROUNDS[i] + w[i] | 0;
		const t2 = ((a >>> 2 | a << 30) ^ (a >>> 13 | a << 19) ^ (a >>> 22 | a << 10)) + (a & b ^ a & c ^ b & c) | 0;
		h = g; g = f; f = e; e = d + t1 | 0; d = c; c = b; b = a; a = t1 + t2 | 0;
	}
	state[0] += a; state[1] += b; state[2] += c; state[3] += d; state[4] += e; state[5] += f; state[6] += g; state[7] += h;
}

const state = new Int32Array(8), padded = new Uint8Array(8 * BLOCK);

/** Hashes bytes[0:size], of at most 500 bytes, on top of a state that has taken so many bytes, into out[at]. */
function finish(from, taken, bytes, size, out, at) {
	state.set(from);
	const end = (size + 9 + BLOCK - 1 & -BLOCK);
	for (let i = 0; i < size; i++) padded[i] = bytes[i];
	padded[size] = 0x80;
	padded.fill(0, size + 1, end - 4);
	const bits = 8 * (taken + size);
	for (let i = 0; i < 4; i++) padded[end - 1 - i] = bits >>> 8 * i;
	for (let i = 0; i < end; i += BLOCK) compress(state, padded, i);
	for (let i = 0; i < 8; i++, at += 4) {
		const n = state[i];
		out[at] = n >>> 24;
		out[at + 1] = n >>> 16;
		out[at + 2] = n >>> 8;
		out[at + 3] = n;
	}
}

/** The SHA-256 of a short message. */
export function sha256(bytes) {
	const out = new Uint8Array(HASH_SIZE);
	finish(START, 0, bytes, bytes.length, out, 0);
	return out;
}

/** A key of HMAC-SHA-256, of at most 64 bytes. */
export class Hmac {
	#inner = START.slice();
	#outer = START.slice();
	#middle = new Uint8Array(HASH_SIZE);

	constructor(key) {
		for (const [state, pad] of [[this.#inner, 0x36], [this.#outer, 0x5c]]) {
			compress(state, Uint8Array.from({ length: BLOCK }, (_, i) => (key[i] ?? 0) ^ pad), 0);
		}
	}

	/** Writes the MAC of bytes[0:size] to out, which may be kept and used again. */
	sign(bytes, size, out) {
		finish(this.#inner, BLOCK, bytes, size, this.#middle, 0);
		finish(this.#outer, BLOCK, this.#middle, HASH_SIZE, out, 0);
	}
}
