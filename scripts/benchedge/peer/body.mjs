// Bodies of requests, read as strictly as the endpoint reads them.
import { readBase64 } from "./formats.mjs";

export const MAX_BODY = 4096;
const NONCE_SIZE = 28, HASH_SIZE = 32;
const MAX_SEQUENCE = Number.MAX_SAFE_INTEGER;

/** The claims a presentation can disclose, in the order of receipts. */
export const LABELS = ["name", "id", "birth", "sex", "address", "photo", "over18"];
export const CLASSES = ["A", "B", "C", "D"];
const CODE = /^[a-z0-9_-]{1,32}$/;

const TEXT = 1, NUMBER = 2, TEXTS = 3;
const members = (all) => Object.assign(Object.create(null), all);
const ISSUE = members({ purpose: TEXT, party: TEXT, pageKey: TEXT });
const REDEEM = members({
	nonce: TEXT, party: TEXT, purpose: TEXT, outcome: TEXT, class: TEXT, reason: TEXT, hash: TEXT, labels: TEXTS, sequence: NUMBER,
});

/** A request that is refused, with the HTTP status and the code of the reason. */
export class Refusal {
	constructor(status, code, detail) {
		Object.assign(this, { status, code, detail });
	}
}

const malformed = (detail) => new Refusal(400, "body-malformed", detail);

const encoder = new TextEncoder(), decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const JSON_TYPE = /^application\/json(; *charset="?utf-8"?)?$/i;

/** The body of a request as text. */
export async function readText(request) {
	const { headers } = request, told = headers.get("Content-Length");
	if (!JSON_TYPE.test(headers.get("Content-Type")) || headers.has("Content-Encoding")) throw new Refusal(415, "media-type", "send application/json");
	if (Number(told) > MAX_BODY) throw new Refusal(413, "body-too-large", "over the cap of a body");
	if (told === null) return decode(await request.arrayBuffer());
	// The platform's own text() is faster. It drops a byte order mark and puts U+FFFD in place of
	// what is not UTF-8: the first shows in the length, the second is in no text that is taken.
	const text = await request.text();
	if (text.length !== Number(told) && (encoder.encode(text).length !== Number(told) || text.includes("\ufffd"))) throw malformed("not UTF-8");
	return text;
}

/** Bytes whose number nobody told as text. */
function decode(body) {
	if (body.byteLength > MAX_BODY) throw new Refusal(413, "body-too-large", "over the cap of a body");
	try {
		return decoder.decode(body);
	} catch {
		throw malformed("not UTF-8");
	}
}

/** How many strings stand in a JSON text, names among them. */
function countStrings(text) {
	let quotes = 0;
	for (let at = text.indexOf('"'); at >= 0; at = text.indexOf('"', at + 1)) quotes++;
	if (!text.includes("\\")) return quotes / 2;
	quotes = 0;
	for (let i = 0; i < text.length; i++) {
		const c = text[i];
		if (c === "\\") i++;
		else if (c === '"') quotes++;
	}
	return quotes / 2;
}

/**
 * Reads one flat object. JSON.parse keeps the last of two members of one name, which shows in
 * the number of strings, and takes 1e1 and 1.0 for whole numbers, which shows in the text.
 */
function readObject(text, types) {
	let object;
	try {
		object = JSON.parse(text);
	} catch {
		throw malformed("not a JSON object");
	}
	if (object === null || typeof object !== "object" || Array.isArray(object)) throw malformed("not a JSON object");
	let strings = 0;
	for (const name in object) {
		const value = object[name];
		switch (types[name]) {
			case TEXT:
				if (typeof value !== "string") throw malformed(name);
				strings += 2;
				break;
			case TEXTS:
				if (!Array.isArray(value)) throw malformed(name);
				for (const item of value) if (typeof item !== "string") throw malformed(name);
				strings += 1 + value.length;
				break;
			case NUMBER:
				if (typeof value !== "number" || !/"sequence"[ \t\r\n]*:[ \t\r\n]*[0-9]+[ \t\r\n]*[,}]/.test(text)) throw malformed(name);
				strings += 1;
				break;
			default:
				throw malformed("unknown member");
		}
	}
	if (countStrings(text) !== strings) throw malformed("a member stands twice");
	return object;
}

/** Text that can be shown on one line as it is, of at most 64 bytes. */
const isPartyID = (text) =>
	/^[\p{L}\p{M}\p{N}\p{P}\p{S} ]+$/u.test(text) && text.trim() === text && encoder.encode(text).length <= 64;

/** A body of POST /v1/challenges. Parties are the registered ones, by id. */
export function parseIssue(text, parties) {
	const { purpose, party, pageKey } = readObject(text, ISSUE);
	if (purpose === undefined || !CODE.test(purpose)) throw malformed("purpose");
	if (party !== undefined && !parties.has(party) && !isPartyID(party)) throw malformed("party");
	if (pageKey === undefined) return { purpose, party, pageKey: undefined };
	const key = readBase64(pageKey);
	if (key?.length !== 32 && key?.length !== 65) throw malformed("pageKey");
	return { purpose, party, pageKey: key };
}

/** A body of POST /v1/redeem, in which every member is required. Reasons: code -> {number, outcome}. */
export function parseRedeem(text, parties, reasons) {
	const o = readObject(text, REDEEM);
	for (const name in REDEEM) if (o[name] === undefined) throw malformed(name);
	const nonce = readBase64(o.nonce);
	if (nonce?.length !== NONCE_SIZE) throw malformed("nonce");
	if (!parties.has(o.party) && !isPartyID(o.party)) throw malformed("party");
	if (!CODE.test(o.purpose)) throw malformed("purpose");
	const reason = reasons.get(o.reason);
	if (!reason) throw malformed("reason");
	if (o.outcome !== reason.outcome) throw malformed("outcome");
	const passed = o.outcome === "accepted" || o.outcome === "conditional";
	if (!CLASSES.includes(o.class) && (o.class !== "" || passed)) throw malformed("class");
	const hash = readBase64(o.hash);
	if (hash?.length !== HASH_SIZE) throw malformed("hash");
	if (o.sequence > MAX_SEQUENCE) throw malformed("sequence");
	const labels = LABELS.filter((label) => o.labels.includes(label));
	if (labels.length !== o.labels.length) throw malformed("labels");
	return { nonce, party: o.party, purpose: o.purpose, reason, class: o.class, hash, labels, sequence: o.sequence };
}
