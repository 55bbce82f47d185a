// A challenge endpoint written by hand in JavaScript: what worker/edge does for
// POST /v1/challenges and POST /v1/redeem of open parties, to the byte, and no more.
// `make bench-edge` holds ours against it, and a test holds it against our Go.
import { createHmac, hash } from "node:crypto";
import { parseIssue, parseRedeem, readText, Refusal } from "./body.mjs";
import { ChallengeTemplate, finishReceipt, ReceiptTemplate } from "./documents.mjs";
import { readBase64 } from "./formats.mjs";
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
const OK_HEADERS = { ...HEADERS, "Content-Type": "application/json" };
const PROBLEM_HEADERS = { ...HEADERS, "Content-Type": "application/problem+json" };
const CREATED = { status: 201, headers: OK_HEADERS }, DONE = { status: 200, headers: OK_HEADERS };

const TITLES = {
	400: "Bad Request", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed", 409: "Conflict", 410: "Gone",
	413: "Request Entity Too Large", 415: "Unsupported Media Type", 500: "Internal Server Error", 503: "Service Unavailable",
};

/** What is made of the settings, once. */
let site;

async function open(env) {
	const settings = JSON.parse(env.SITE);
	settings.kid = readBase64(settings.kid);
	const receipts = new ReceiptTemplate(settings);
	const reasons = new Map(settings.reasons.map((r) => [r.code, r]));
	receipts.know(["", "A", "B", "C", "D", "name", "id", "birth", "sex", "address", "photo", "over18", ...settings.purposes]);
	receipts.know(settings.reasons.map((r) => r.outcome));
	receipts.know(settings.parties.map((p) => p.id));
	const key = await crypto.subtle.importKey("jwk", JSON.parse(env.OPERATOR), { name: "ECDSA", namedCurve: "P-256" }, false, ["sign"]);
	return site ??= {
		settings, key, receipts, reasons, secret: readBase64(env.SECRET), templates: new Map(), purposes: new Set(settings.purposes),
		parties: new Map(settings.parties.map((p) => [p.id, p])),
		shards: Array.from({ length: SHARDS }, (_, n) => env.NONCES.idFromName("nonces-" + n)),
	};
}

const encoder = new TextEncoder();
const CONTEXT = encoder.encode("jianzheng nonce 1\0");
const EXPIRY = 4, RANDOM = 12, TAG = 12;
const covered = new Uint8Array(CONTEXT.length + EXPIRY + RANDOM + 2 + 256 + 2 + 32);
covered.set(CONTEXT);

/** The MAC of a nonce: HMAC-SHA-256(secret, context ‖ exp ‖ random ‖ party ‖ purpose), each text behind its length. */
function mac({ secret }, nonce, party, purpose) {
	covered.set(nonce.subarray(0, EXPIRY + RANDOM), CONTEXT.length);
	let at = CONTEXT.length + EXPIRY + RANDOM;
	for (const text of [party, purpose]) {
		const { written } = encoder.encodeInto(text, covered.subarray(at + 2));
		covered[at] = written >> 8;
		covered[at + 1] = written;
		at += 2 + written;
	}
	return createHmac("sha256", secret).update(covered.subarray(0, at)).digest();
}

function newNonce(site, exp, party, purpose) {
	const nonce = new Uint8Array(EXPIRY + RANDOM + TAG);
	crypto.getRandomValues(nonce.subarray(EXPIRY, EXPIRY + RANDOM));
	new DataView(nonce.buffer).setUint32(0, exp);
	nonce.set(mac(site, nonce, party, purpose).subarray(0, TAG), EXPIRY + RANDOM);
	return nonce;
}

/** Refuses a nonce that was not made here for the party and purpose, or has ended. */
function checkNonce(site, nonce, party, purpose, now) {
	const want = mac(site, nonce, party, purpose);
	let different = 0;
	for (let i = 0; i < TAG; i++) different |= want[i] ^ nonce[EXPIRY + RANDOM + i];
	if (different !== 0) throw new Refusal(404, "nonce-unknown", "nonce: not issued here for this party and purpose");
	if (now >= 1000 * new DataView(nonce.buffer).getUint32(0)) throw new Refusal(410, "nonce-expired", "nonce: no longer honoured");
}

/** A registered party that anybody may ask for. */
function permitted({ parties }, id) {
	const party = parties.get(id);
	if (!party) throw new Refusal(400, "body-malformed", "party: not registered here");
	return party;
}

/** POST /v1/challenges. */
async function issue(request, site) {
	const r = parseIssue(await readText(request), site.parties);
	const party = permitted(site, r.party ?? site.settings.party);
	const claims = party.asks[r.purpose];
	if (!claims && !site.purposes.has(r.purpose)) throw new Refusal(400, "purpose-unknown", "purpose: not in the catalogue");
	if (!claims) throw new Refusal(403, "purpose-refused", "purpose: not open to this relying party");
	const size = r.pageKey?.length ?? 0, kind = `${r.purpose} ${size} ${party.id}`;
	let template = site.templates.get(kind);
	if (!template) site.templates.set(kind, template = new ChallengeTemplate(site.settings, party, r.purpose, claims, size));
	const iat = Math.floor(Date.now() / 1000), exp = iat + HONOURED;
	const answer = template.draft(iat, exp, newNonce(site, exp, party.id, r.purpose), r.pageKey);
	const signature = await crypto.subtle.sign(ECDSA, site.key, template.toBeSigned);
	return new Response(template.finish(answer, new Uint8Array(signature)), CREATED);
}

/** POST /v1/redeem. The receipt is signed first and kept with the nonce, in one statement. */
async function redeem(request, site, env) {
	const r = parseRedeem(await readText(request), site.parties, site.reasons);
	const now = Date.now(), at = Math.floor(now / 1000);
	checkNonce(site, r.nonce, r.party, r.purpose, now);
	permitted(site, r.party);
	const { toBeSigned, message } = site.receipts.draft(at, hash("sha256", r.nonce, "buffer"), r);
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
	return new Response(answer, DONE);
}

function problem({ status, code, detail }, extra) {
	const body = JSON.stringify({ type: "about:blank", title: TITLES[status], status, code, detail }) + "\n";
	return new Response(body, { status, headers: { ...PROBLEM_HEADERS, ...extra } });
}

const routes = new Map([["/v1/challenges", issue], ["/v1/redeem", redeem]]);

export default {
	async fetch(request, env) {
		try {
			const { url, method } = request;
			const start = url.indexOf("/", 8), query = url.indexOf("?", start);
			const route = routes.get(query < 0 ? url.slice(start) : url.slice(start, query));
			if (!route) throw new Refusal(404, "not-found", "no such resource");
			if (method !== "POST") return problem(new Refusal(405, "method-not-allowed", "use POST"), { Allow: "POST" });
			return await route(request, site ?? await open(env), env);
		} catch (e) {
			if (!(e instanceof Refusal)) console.error("peer:", e?.stack);
			return problem(e instanceof Refusal ? e : new Refusal(500, "internal", undefined), e.status === 503 ? { "Retry-After": "1" } : undefined);
		}
	},
};
