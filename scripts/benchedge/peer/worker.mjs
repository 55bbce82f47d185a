// A challenge endpoint written by hand in JavaScript: what worker/edge does for
// POST /v1/challenges and POST /v1/redeem, to the byte, and no more. It hashes with
// WebCrypto, or where HASH says "own" with code of its own (sha256.mjs).
// `make bench-edge` holds ours against it, and a test holds it against our Go.
import { CLASSES, LABELS, parseIssue, parseRedeem, readText, Refusal } from "./body.mjs";
import { ChallengeTemplate, finishReceipt, ReceiptTemplate } from "./documents.mjs";
import { readBase64 } from "./formats.mjs";
import { ownHashes, platformHashes } from "./hashes.mjs";
import { Terminals } from "./terminals.mjs";
export { NonceStore } from "./store.mjs";

/** How long an answer is honoured, in s. */
const HONOURED = 60;
/** Objects that redeemed nonces are spread over, as ours. */
const SHARDS = 16;
const ECDSA = { name: "ECDSA", hash: "SHA-256" };

const HEADERS = {
	"Content-Security-Policy": "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; " +
		"img-src 'self' blob: data:; connect-src 'self'; worker-src 'self'; manifest-src 'self'; " +
		"media-src 'self' blob:; font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; " +
		"require-trusted-types-for 'script'",
	"Permissions-Policy": "camera=(self), display-capture=(self), microphone=(), geolocation=(), payment=(), usb=()",
	"X-Content-Type-Options": "nosniff",
	"Referrer-Policy": "no-referrer",
	"Cross-Origin-Opener-Policy": "same-origin",
	"Cross-Origin-Resource-Policy": "same-origin",
	Vary: "Origin",
	"Cache-Control": "no-store",
};
const PROBLEM_HEADERS = { ...HEADERS, "Content-Type": "application/problem+json" };
const OK_HEADERS = { ...HEADERS, "Content-Type": "application/json" };
const ORIGIN_HEADERS = { "Access-Control-Expose-Headers": "Date, Retry-After", "Cross-Origin-Resource-Policy": "cross-origin" };

/** Headers of a second. An object of headers is copied faster than a plain one is read. */
const dated = { second: -1, headers: undefined };

/** How an answer begins, for a page of a registered origin or for another. */
function head(site, status, origin, second) {
	if (dated.second !== second) Object.assign(dated, { second, headers: new Headers({ ...OK_HEADERS, Date: new Date(1000 * second).toUTCString() }) });
	if (!site.origins.has(origin)) return { status, headers: dated.headers };
	const headers = new Headers(dated.headers);
	headers.set("Access-Control-Allow-Origin", origin);
	for (const name in ORIGIN_HEADERS) headers.set(name, ORIGIN_HEADERS[name]);
	return { status, headers };
}

const TITLES = {
	400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed", 409: "Conflict", 410: "Gone",
	413: "Request Entity Too Large", 415: "Unsupported Media Type", 500: "Internal Server Error", 503: "Service Unavailable",
};

/** What is made of the settings, once. */
let site;

async function open(env) {
	const settings = JSON.parse(env.SITE);
	settings.kid = readBase64(settings.kid);
	const texts = ["", ...CLASSES, ...LABELS, ...settings.purposes, ...settings.reasons.map((r) => r.outcome), ...settings.parties.map((p) => p.id)];
	const known = new Map(texts.map((text) => [text, encoder.encode(text)])); // in UTF-8
	const key = await crypto.subtle.importKey("jwk", JSON.parse(env.OPERATOR), { name: "ECDSA", namedCurve: "P-256" }, false, ["sign"]);
	const hashes = await (env.HASH === "own" ? ownHashes : platformHashes)(readBase64(env.SECRET));
	return site ??= {
		settings, key, known, hashes, terminals: new Terminals(hashes, settings.parties), origins: new Set(settings.parties.flatMap((p) => p.origins)), receipts: new ReceiptTemplate(settings, known), reasons: new Map(settings.reasons.map((r) => [r.code, r])), templates: new Map(), purposes: new Set(settings.purposes),
		parties: new Map(settings.parties.map((p) => [p.id, p])),
		shards: Array.from({ length: SHARDS }, (_, n) => env.NONCES.idFromName("nonces-" + n)),
	};
}

const encoder = new TextEncoder();
const CONTEXT = encoder.encode("jianzheng nonce 1\0");
const EXPIRY = 4, RANDOM = 12, TAG = 12;
const covered = new Uint8Array(CONTEXT.length + EXPIRY + RANDOM + 2 + 64 + 2 + 32);
covered.set(CONTEXT);

/** The MAC of a nonce, or a promise of it: HMAC-SHA-256(secret, context ‖ exp ‖ random ‖ party ‖ purpose), each text behind its length. */
function authenticate({ hashes, known }, nonce, party, purpose) {
	let at = CONTEXT.length;
	for (let i = 0; i < EXPIRY + RANDOM; i++) covered[at++] = nonce[i];
	for (const text of [party, purpose]) {
		const bytes = known.get(text) ?? encoder.encode(text);
		covered[at++] = bytes.length >> 8;
		covered[at++] = bytes.length;
		for (let i = 0; i < bytes.length; i++) covered[at++] = bytes[i];
	}
	return hashes.mac(covered, at);
}

/** Randomness for some hundred nonces: drawn one by one it would cost as much as all else about them. */
const random = new Uint8Array(RANDOM * 256);
let drawn = random.length;

// Bytes are set one by one here and there: a view would give these short arrays a buffer
// of their own outside of the heap.
/** A nonce that lacks its tag. */
function startNonce(exp) {
	if (drawn === random.length) {
		crypto.getRandomValues(random);
		drawn = 0;
	}
	const nonce = new Uint8Array(EXPIRY + RANDOM + TAG);
	for (let i = 0; i < EXPIRY; i++) nonce[i] = exp >>> 24 - 8 * i;
	for (let i = 0; i < RANDOM; i++) {
		nonce[EXPIRY + i] = random[drawn];
		random[drawn++] = 0;
	}
	return nonce;
}

/** Refuses a nonce of another MAC, which was not made here for the party and purpose, or has ended. */
function checkNonce(nonce, tag, now) {
	let different = 0, exp = 0;
	for (let i = 0; i < TAG; i++) different |= tag[i] ^ nonce[EXPIRY + RANDOM + i];
	if (different !== 0) throw new Refusal(404, "nonce-unknown", "nonce: not issued here for this party and purpose");
	for (let i = 0; i < EXPIRY; i++) exp = 256 * exp + nonce[i];
	if (now >= 1000 * exp) throw new Refusal(410, "nonce-expired", "nonce: no longer honoured");
}

/** A registered party that the caller may ask for; without a token, those that anybody may. */
function permitted({ parties }, id, caller) {
	const party = parties.get(id);
	if (!party) throw new Refusal(400, "body-malformed", "party: not registered here");
	if (caller && caller.party !== id) throw new Refusal(401, "unauthorized", "token: of another relying party");
	if (!caller && !party.open) throw new Refusal(401, "unauthorized", "token: missing");
	return party;
}

/** POST /v1/challenges. */
async function issue(request, site, authorization, origin) {
	const r = parseIssue(await readText(request), site.parties), caller = authorization && await site.terminals.caller(authorization);
	const party = permitted(site, r.party ?? (caller ? caller.party : site.settings.party), caller);
	const claims = party.asks[r.purpose];
	if (!claims && !site.purposes.has(r.purpose)) throw new Refusal(400, "purpose-unknown", "purpose: not in the catalogue");
	if (!claims) throw new Refusal(403, "purpose-refused", "purpose: not open to this relying party");
	const size = r.pageKey?.length ?? 0, kind = `${r.purpose} ${size} ${party.id}`;
	let template = site.templates.get(kind);
	if (!template) site.templates.set(kind, template = new ChallengeTemplate(site.settings, party, r.purpose, claims, size));
	const iat = Math.floor(Date.now() / 1000), exp = iat + HONOURED;
	const nonce = startNonce(exp);
	let tag = authenticate(site, nonce, party.id, r.purpose);
	if (site.hashes.wait) tag = await tag;
	for (let i = 0; i < TAG; i++) nonce[EXPIRY + RANDOM + i] = tag[i];
	const answer = template.draft(iat, exp, nonce, r.pageKey), { toBeSigned } = template;
	const signature = await crypto.subtle.sign(ECDSA, site.key, toBeSigned);
	return new Response(template.finish(answer, new Uint8Array(signature)), head(site, 201, origin, iat));
}

/** POST /v1/redeem. The receipt is signed first and kept with the nonce, in one statement. */
async function redeem(request, site, authorization, origin, env) {
	const r = parseRedeem(await readText(request), site.parties, site.reasons), caller = authorization && await site.terminals.caller(authorization);
	const now = Date.now(), at = Math.floor(now / 1000);
	let tag = authenticate(site, r.nonce, r.party, r.purpose);
	if (site.hashes.wait) tag = await tag;
	checkNonce(r.nonce, tag, now);
	permitted(site, r.party, caller);
	let hash = site.hashes.hash(r.nonce);
	if (site.hashes.wait) hash = await hash;
	const { toBeSigned, message } = site.receipts.draft(at, hash, r);
	const signature = await crypto.subtle.sign(ECDSA, site.key, toBeSigned);
	const answer = finishReceipt(message, new Uint8Array(signature), at);
	let outcome;
	try {
		outcome = await env.NONCES.get(site.shards[r.nonce[EXPIRY] % SHARDS]).redeem(r.nonce, now, message);
	} catch {
		throw new Refusal(503, "store-unavailable", "try again with a new challenge");
	}
	if (outcome === "used") throw new Refusal(409, "nonce-used", "nonce: redeemed before");
	if (outcome === "swept") throw new Refusal(410, "nonce-expired", "nonce: no longer honoured");
	return new Response(answer, head(site, 200, origin, at));
}

function problem({ status, code, detail }, extra) {
	const body = JSON.stringify({ type: "about:blank", title: TITLES[status], status, code, detail }) + "\n";
	return new Response(body, { status, headers: { ...PROBLEM_HEADERS, Date: new Date().toUTCString(), ...extra } });
}

const routes = new Map([["/v1/challenges", issue], ["/v1/redeem", redeem]]);

export default {
	async fetch(request, env) {
		try {
			const { url, method, headers } = request;
			const start = url.indexOf("/", 8), query = url.indexOf("?", start);
			const route = routes.get(query < 0 ? url.slice(start) : url.slice(start, query));
			if (!route) throw new Refusal(404, "not-found", "no such resource");
			if (method !== "POST") return problem(new Refusal(405, "method-not-allowed", "use POST"), { Allow: "POST" });
			const authorization = headers.get("Authorization"), origin = headers.get("Origin");
			return await route(request, site ?? await open(env), authorization, origin, env);
		} catch (e) {
			if (!(e instanceof Refusal)) console.error("peer:", e?.stack);
			return problem(e instanceof Refusal ? e : new Refusal(500, "internal", undefined), { 401: { "WWW-Authenticate": "Bearer" }, 503: { "Retry-After": "1" } }[e.status]);
		}
	},
};
