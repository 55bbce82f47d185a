// What the operator signs: challenges and receipts, each a COSE_Sign1 (RFC 9052 §4.2) with
// a CWT (RFC 8392) in it. What is the same each time is encoded once.
import { base45, base45Length, base64, base64Length, encode, Tagged, Writer } from "./formats.mjs";

const encoder = new TextEncoder();
const SIGNATURE_SIZE = 64, NONCE_SIZE = 28;
const ES256 = -7, AUDIENCE = "https://self-issued.me/v2";
const EMPTY = new Uint8Array();

/** Labels of claims, the registered ones and ours. */
const [ISS, AUD, EXP, IAT, CTI, NONCE] = [1, 3, 4, 6, 7, 39];
const [PARTY, PURPOSE, PAGE_KEY, CLAIMS, STATEMENT] = [-70001, -70002, -70004, -70005, -70006];

/** The Sig_structure and the message of a payload; the signature, which ends the message, is left open. */
function envelope(kid, type, payload) {
	const header = encode(new Map([[1, ES256], [4, kid], [16, type]]));
	return {
		toBeSigned: encode(["Signature1", header, EMPTY, payload]),
		message: encode(new Tagged(18, [header, new Map(), payload, new Uint8Array(SIGNATURE_SIZE)])),
	};
}

/** Where a pattern stands in bytes, once. */
function find(bytes, pattern) {
	const found = [];
	for (let at = 0; at + pattern.length <= bytes.length; at++) {
		if (pattern.every((b, i) => bytes[at + i] === b)) found.push(at);
	}
	if (found.length !== 1) throw new Error(`a pattern stands in a template ${found.length} times`);
	return found[0];
}

/** Times as JSON has them. Most requests come in the same second as the last one. */
class Clock {
	#second = -1;
	#text;

	at(second) {
		if (second !== this.#second) {
			this.#second = second;
			this.#text = encoder.encode(new Date(second * 1000).toISOString().slice(0, 19) + "Z");
		}
		return this.#text;
	}
}

const issuedText = new Clock(), expiresText = new Clock(), redeemedText = new Clock();
const TIME_SIZE = 20;

/** Challenges of one party for one purpose: they differ in times, nonce and page key. */
export class ChallengeTemplate {
	constructor({ operator, kid }, party, purpose, claims, pageKeySize) {
		const mark = (size, step) => Uint8Array.from({ length: size }, (_, i) => 0xa5 + step * i);
		const times = { iat: 0x5eed1551, exp: 0x5eed158d }, nonce = mark(NONCE_SIZE, 89), pageKey = mark(pageKeySize, 101);
		const all = new Map([[ISS, operator], [AUD, AUDIENCE], [EXP, times.exp], [IAT, times.iat], [NONCE, nonce], [PARTY, [party.id, party.name]], [PURPOSE, purpose]]);
		if (pageKeySize > 0) all.set(PAGE_KEY, pageKey);
		if (claims.length > 0) all.set(CLAIMS, claims);
		Object.assign(this, envelope(kid, "challenge+cwt", encode(all)));
		this.places = [this.toBeSigned, this.message].map((b) => ({
			view: new DataView(b.buffer), bytes: b,
			exp: find(b, encode(times.exp)) + 1, iat: find(b, encode(times.iat)) + 1,
			nonce: find(b, nonce), pageKey: pageKeySize > 0 ? find(b, pageKey) : 0,
		}));
		// {"challenge":"CH1:…","nonce":"…","issued":"…","expires":"…","renewAfter":10}
		const blank = (size) => " ".repeat(size);
		const parts = ['{"challenge":"CH1:', blank(base45Length(this.message.length)), '","nonce":"', blank(base64Length(NONCE_SIZE)),
			'","issued":"', blank(TIME_SIZE), '","expires":"', blank(TIME_SIZE), '","renewAfter":10}'];
		this.answer = encoder.encode(parts.join(""));
		const starts = parts.map((_, i) => parts.slice(0, i).join("").length);
		[, this.text, , this.nonceText, , this.issuedText, , this.expiresText] = starts;
		base45(this.answer, this.text, this.message, 0, this.message.length);
	}

	/** Fills in one challenge: what is to be signed, good until the next call, and the answer without the signature. */
	draft(iat, exp, nonce, pageKey) {
		for (const p of this.places) {
			p.view.setUint32(p.exp, exp);
			p.view.setUint32(p.iat, iat);
			p.bytes.set(nonce, p.nonce);
			if (pageKey) p.bytes.set(pageKey, p.pageKey);
		}
		const answer = this.answer.slice(), [, { exp: first, nonce: last, pageKey: key }] = this.places;
		this.#encode(answer, first, last + NONCE_SIZE);
		if (pageKey) this.#encode(answer, key, key + pageKey.length);
		base64(answer, this.nonceText, nonce);
		answer.set(issuedText.at(iat), this.issuedText);
		answer.set(expiresText.at(exp), this.expiresText);
		return answer;
	}

	/** Puts the signature into an answer. */
	finish(answer, signature) {
		const start = this.message.length - SIGNATURE_SIZE;
		this.message.set(signature, start);
		this.#encode(answer, start, this.message.length);
		return answer;
	}

	#encode(answer, start, end) {
		base45(answer, this.text, this.message, start & ~1, Math.min(end + 1 & ~1, this.message.length));
	}
}

/** Receipts: what is around the claims is the same for all, and so are most texts within. */
export class ReceiptTemplate {
	#operator;
	#texts;
	#payload = new Writer(1024);
	#toBeSigned = new Writer(2048);

	/** Known has the UTF-8 of the texts that can stand in a receipt. */
	constructor({ operator, kid }, known) {
		this.#texts = known;
		this.#operator = encoder.encode(operator);
		const { toBeSigned, message } = envelope(kid, "receipt+cwt", EMPTY);
		this.before = toBeSigned.subarray(0, -1); // of the payload, an empty byte string
		const head = message.length - SIGNATURE_SIZE - 2;
		this.start = message.subarray(0, head - 1);
		this.end = message.subarray(head, head + 2);
	}

	/** What is to be signed, good until the next call, and the message with room for the signature. */
	draft(redeemed, nonceHash, r) {
		const p = this.#payload, text = (t) => p.encodedText(this.#texts.get(t));
		p.size = 0;
		p.raw(CLAIMS_OF_RECEIPT);
		p.encodedText(this.#operator);
		p.integer(IAT);
		p.integer(redeemed);
		p.integer(CTI);
		p.byteString(nonceHash);
		p.raw(STATEMENT_OF_RECEIPT);
		text(r.party);
		text(r.purpose);
		text(r.reason.outcome);
		text(r.class);
		p.integer(r.reason.number);
		p.array(r.labels.length);
		for (const label of r.labels) text(label);
		p.byteString(r.hash);
		p.integer(r.sequence);
		const payload = p.taken(), t = this.#toBeSigned;
		t.size = 0;
		t.raw(this.before);
		t.byteString(payload);
		const m = new Writer(this.start.length + 3 + payload.length + this.end.length + SIGNATURE_SIZE);
		m.raw(this.start);
		m.byteString(payload);
		m.raw(this.end);
		m.size += SIGNATURE_SIZE;
		return { toBeSigned: t.taken(), message: m.taken() };
	}
}

const CLAIMS_OF_RECEIPT = Uint8Array.of(0xa4, ISS); // a map of four, and the first label
const STATEMENT_OF_RECEIPT = Uint8Array.of(...encode(STATEMENT), 0x88); // the label, and a list of eight

const [RECEIPT, REDEEMED, END] = ['{"receipt":"', '","redeemed":"', '"}'].map((text) => encoder.encode(text));

/** Puts the signature into a receipt and returns the answer that holds it. */
export function finishReceipt(message, signature, redeemed) {
	message.set(signature, message.length - SIGNATURE_SIZE);
	const answer = new Uint8Array(RECEIPT.length + base64Length(message.length) + REDEEMED.length + TIME_SIZE + END.length);
	answer.set(RECEIPT);
	let at = base64(answer, RECEIPT.length, message);
	for (const part of [REDEEMED, redeemedText.at(redeemed), END]) {
		answer.set(part, at);
		at += part.length;
	}
	return answer;
}
