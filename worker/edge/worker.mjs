// The rim of the endpoint on Cloudflare Workers: it carries bytes between requests, the Go
// program, WebCrypto and the Durable Objects, and decides nothing. What is asked all the
// time goes to an instance of the program that stays (worker/edge/hot); any other request
// has one of its own.
import { call, getHot, start, state } from "./instance.mjs";
export { NonceStore } from "./nonces.mjs";
export { Hub } from "./hub.mjs";

/** Objects that redeemed nonces are spread over. To change it, let no check be under way for a minute. */
const SHARDS = 16;
/** How long the store may take, in ms, and a poll at most, in s. */
const STORE_TIMEOUT = 5000, POLL = { wait: 20, most: 30 };

/** What is asked of the hot instance, and its answers beside those of HTTP: as in worker/edge/hot. */
const Op = { issue: 1, redeem: 2, opened: 3, response: 4, poll: 5, listen: 6, finishIssue: 7, finishRedeem: 8, take: 9, refuse: 10 };
const Status = { sign: 1, post: 2, wait: 3, redeemed: 4 };

const JSON_TYPE = /^application\/json(; *charset="?utf-8"?)?$/i;
const WAY_A = /^\/v1\/challenges\/([^/]+)\/(opened|response|events)$/;

/** The object for a nonce, by its first random byte in hexadecimal, or for any other key. */
const shard = (key) => "nonces-" + (/^[0-9a-f]{2}$/.test(key) ? parseInt(key, 16) : [...key].reduce((n, c) => (Math.imul(n, 31) + c.codePointAt(0)) >>> 0, 0)) % SHARDS;
const nonces = (env, nonce) => env.NONCES.get(env.NONCES.idFromName("nonces-" + nonce[4] % SHARDS));
const hub = (env, id) => env.HUB.get(env.HUB.idFromName("hub-" + id[0]));

/** A reply as the answer of HTTP. */
function respond({ headers, origin }, { status, a, extra }, flags, request) {
	const type = status < 400 ? "application/json" : "application/problem+json";
	headers = { ...headers, ...extra, Vary: "Origin", "Cache-Control": "no-store", Date: new Date().toUTCString() };
	if (status !== 204) headers["Content-Type"] = type;
	if (flags !== 0) for (const name in origin) headers[name] = origin[name].replace("*", request.headers.get("Origin"));
	return new Response(status === 204 ? null : a, { status, headers });
}

/** A body of at most so many bytes, or the name of what is wrong with it. */
async function readBody(request, most) {
	const told = request.headers.get("Content-Length");
	try {
		if (told !== null) return Number(told) > most ? "large" : new Uint8Array(await request.arrayBuffer());
		const parts = [];
		let size = 0;
		for await (const part of request.body ?? []) {
			if ((size += part.length) > most) return "large";
			parts.push(part);
		}
		return new Uint8Array(await new Blob(parts).arrayBuffer());
	} catch {
		return "short";
	}
}

/** What a store or a hub says, or that it does not. */
async function within(promise) {
	let timer;
	const late = new Promise((resolve) => { timer = setTimeout(() => resolve("unavailable"), STORE_TIMEOUT); });
	try {
		return await Promise.race([promise, late]);
	} catch {
		return "unavailable";
	} finally {
		clearTimeout(timer);
	}
}

/** Which operation of the hot instance a request is, and on which box; undefined for what it does not know. */
function operation({ method, headers }, path) {
	if (method === "POST" && JSON_TYPE.test(headers.get("Content-Type")) && !headers.has("Content-Encoding")) {
		if (path === "/v1/challenges") return { op: Op.issue, id: "" };
		if (path === "/v1/redeem") return { op: Op.redeem, id: "" };
	} else if (method !== "GET") return undefined;
	const [, id, verb] = WAY_A.exec(path) ?? [];
	if (method === "POST" && verb && verb !== "events") return { op: Op[verb], id };
	if (method === "GET" && verb === "response") return { op: Op.poll, id };
	if (method === "GET" && verb === "events" && headers.get("Upgrade")?.toLowerCase() === "websocket") return { op: Op.listen, id };
}

/** Answers by the hot instance. It is taken afresh after each await: it may have been started anew. */
async function answer(request, env, ctx, { op, id }, url) {
	const header = (name) => request.headers.get(name) ?? "";
	const { bodies } = await getHot(env, ctx);
	let body = request.method === "GET" ? new Uint8Array() : await readBody(request, op === Op.response ? bodies.post : bodies.body);
	let engine = await getHot(env, ctx);
	if (typeof body === "string") return respond(engine, call(engine, Op.refuse, body), 0, request);
	const authorization = header(op === Op.listen ? "Sec-WebSocket-Protocol" : "Authorization");
	const address = env.ADDRESS_HEADER ? header(env.ADDRESS_HEADER) || "unknown" : "";
	let reply = call(engine, op, `${id}\n${header("Origin")}\n${address}\n${authorization}\n${op === Op.listen ? url.host : ""}`, body);
	const flags = reply.flags;
	if (reply.status === Status.sign) {
		const signature = new Uint8Array(await crypto.subtle.sign(engine.algorithm, engine.key, reply.a));
		engine = await getHot(env, ctx);
		reply = call(engine, op === Op.issue ? Op.finishIssue : Op.finishRedeem, "", reply.b, signature);
	}
	let done = reply, outcome = "done";
	if (reply.status === Status.redeemed) {
		outcome = await within(nonces(env, reply.b).redeem(reply.b, Date.now()));
		done = { status: 200, a: reply.a };
	} else if (reply.status === Status.post) {
		outcome = await within(hub(env, id).put(id, reply.number, reply.a.length > 0 ? reply.a : null));
		done = { status: 204 };
	} else if (reply.status === Status.wait) {
		const query = new URLSearchParams({ id, ends: reply.number });
		if (op === Op.listen) query.set("protocol", reply.text);
		query.set("seen", url.searchParams.get("seen") === "opened" ? "opened" : "waiting");
		query.set("wait", 1000 * Math.min(Number(/(?:^|,) *wait=(\d+)/.exec(header("Prefer"))?.[1] ?? POLL.wait), POLL.most));
		const told = await hub(env, id).fetch("http://hub/?" + query, { headers: op === Op.listen ? { Upgrade: "websocket" } : {} });
		if (told.status === 101) return told;
		if (told.status === 200) done = { status: 200, a: await told.arrayBuffer() };
		else outcome = "unavailable";
	}
	if (outcome !== "done") done = call(await getHot(env, ctx), Op.refuse, outcome);
	return respond(engine, done, flags, request);
}

/** Answers by an instance for this request alone. */
async function once(request, env, ctx, url) {
	const engine = await getHot(env, ctx);
	const binding = {
		files: state.files, shard, hub: (id) => "hub-" + id[0],
		pages: env.PAGES && { fetch: (...args) => env.PAGES.fetch(...args) },
		take: (name, address, minute, burst) => call(state.hot ?? engine, Op.take, `${name}\n\n${address}\n${minute}\n${burst}`).number,
	};
	const { isReady, ended } = start(env, ctx, binding);
	await Promise.race([isReady, ended]);
	// The library would count the bytes of a body that HEAD does not have.
	const head = request.method === "HEAD" && !WAY_A.test(url.pathname);
	const { status, headers, body } = await binding.handleRequest(head ? new Request(request, { method: "GET" }) : request);
	headers.set("Date", new Date().toUTCString());
	return new Response(head ? null : body, { status, headers, encodeBody: "manual" }); // what is compressed is so already
}

export default {
	async fetch(request, env, ctx) {
		try {
			const url = new URL(request.url);
			const what = operation(request, url.pathname);
			return await (what && (env.URL || what.id === "") ? answer(request, env, ctx, what, url) : once(request, env, ctx, url));
		} catch (fault) {
			console.error("edge:", fault?.message);
			return Response.json({ type: "about:blank", title: "Internal Server Error", status: 500, code: "internal" },
				{ status: 500, headers: { "Content-Type": "application/problem+json", "Cache-Control": "no-store" } });
		}
	},
};
