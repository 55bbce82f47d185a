// Tokens of terminals: base64url of MAC(16) ‖ issued(4) ‖ exp(4) ‖ party "/" terminal.
import { Refusal } from "./body.mjs";
import { readBase64 } from "./formats.mjs";

const TAG = 16, TIMES = 8, MAX_TEXT = 256;
const CONTEXT = new TextEncoder().encode("jianzheng token 1\0");
const BEARER = /^bearer (.*)$/is, NAME = /^([a-z0-9-]{1,64})\/([a-z0-9_-]{1,32})$/;
const decoder = new TextDecoder();

const refused = (detail) => new Refusal(401, "unauthorized", detail);

export class Terminals {
	#hashes;
	#parties;

	constructor(hashes, parties) {
		this.#hashes = hashes;
		this.#parties = new Set(parties.map((p) => p.id));
	}

	/** The party and terminal of an Authorization header. */
	async caller(authorization) {
		const [, text] = BEARER.exec(authorization) ?? [];
		if (text === undefined || text.length > MAX_TEXT) throw refused("token: send it as Bearer");
		const token = readBase64(text);
		if (!token || token.length <= TAG + TIMES) throw refused("token: not made here");
		const covered = new Uint8Array(CONTEXT.length + token.length - TAG);
		covered.set(CONTEXT);
		covered.set(token.subarray(TAG), CONTEXT.length);
		const mac = await this.#hashes.mac(covered, covered.length);
		let different = 0;
		for (let i = 0; i < TAG; i++) different |= mac[i] ^ token[i];
		if (different !== 0) throw refused("token: not made here");
		if (Date.now() >= 1000 * new DataView(token.buffer).getUint32(TAG + 4)) throw refused("token: has ended");
		const [, party, terminal] = NAME.exec(decoder.decode(token.subarray(TAG + TIMES))) ?? [];
		if (!party) throw refused("token: not made here");
		if (!this.#parties.has(party)) throw new Refusal(403, "terminal-revoked", "terminal: out of service");
		return { party, terminal };
	}
}
