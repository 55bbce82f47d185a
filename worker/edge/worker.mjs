// The rim of the endpoint on Cloudflare Workers: it carries bytes between requests, the Go
// program, WebCrypto and the Durable Objects, and decides nothing. What is asked all the
// time goes to an instance of the program that stays (worker/edge/hot); any other request
// has one of its own.
import { call, getHot, readyHot, start, state } from "./instance.mjs";
export { NonceStore } from "./nonces.mjs";
export { Hub } from "./hub.mjs";

/** Objects that redeemed nonces are spread over. To change it, let no check be under way for a minute. */
const SHARDS = 16;
/** How long the store may take, in ms, and a poll at most, in s. */
const STORE_TIMEOUT = 5000, POLL = { wait: 20, most: 30 };
/** After how long a fault that lasts is logged again, in ms. */
const TELL_AGAIN = 60_000;

/** What is asked of the hot instance, and its answers beside those of HTTP: as in worker/edge/hot. */
const Op = { issue: 1, redeem: 2, opened: 3, response: 4, poll: 5, listen: 6, finishIssue: 7, finishRedeem: 8, take: 9, refuse: 10 };
const Status = { sign: 1, post: 2, wait: 3, redeemed: 4 };

const JSON_TYPE = /^application\/json(; *charset="?utf-8"?)?$/i;
const WAY_A = /^\/v1\/challenges\/([^/]+)\/(opened|response|events)$/;

/** The object for a nonce, by its first random byte in hexadecimal, or for any other key. */
const shard = (key) => "nonces-" + (/^[0-9a-f]{2}$/.test(key) ? parseInt(key, 16) : [...key].reduce((n, c) => (Math.imul(n, 31) + c.codePointAt(0)) >>> 0, 0)) % SHARDS;
const ids = []; // of the objects, by number, since to make one costs a hash
const nonces = (env, nonce) => env.NONCES.get(ids[nonce[4] % SHARDS] ??= env.NONCES.idFromName("nonces-" + nonce[4] % SHARDS));
const hub = (env, id) => env.HUB.get(env.HUB.idFromName("hub-" + id[0]));

/** Headers of answers that nothing is added to, for the second that they were made in. */
const common = { second: 0 };

/** An answer of HTTP. */
function respond({ headers, origin }, status, body, flags, request, extra) {
	const now = Date.now();
	if (common.second !== Math.floor(now / 1000) || common.from !== headers) {
		const all = { ...headers, Vary: "Origin", "Cache-Control": "no-store", Date: new Date(now).toUTCString() };
		const json = { ...all, "Content-Type": "application/json" }, problem = { ...all, "Content-Type": "application/problem+json" };
		Object.assign(common, { second: Math.floor(now / 1000), from: headers, none: new Headers(all), json: new Headers(json), problem: new Headers(problem) });
	}
	let head = status === 204 ? common.none : status < 400 ? common.json : common.problem;
	if (extra || flags !== 0) {
		head = new Headers(head);
		if (extra) head.set(...extra.split(": "));
		if (flags !== 0) for (const name in origin) head.set(name, origin[name].replace("*", request.headers.get("Origin")));
	}
	return new Response(body, { status, headers: head });
}

/** A refusal that the hot instance has put into words. */
const refused = (engine, reply, flags, request) => respond(engine, reply.status, reply.text(), flags, request, reply.textB());

/** A body that comes without its length, as text with its size; undefined where it has more than so many bytes. */
async function readParts(request, most) {
	const parts = [];
	let size = 0;
	for await (const part of request.body ?? []) {
		if ((size += part.length) > most) return { size };
		parts.push(part);
	}
	return { text: await new Blob(parts).text(), size };
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

const ISSUE = { op: Op.issue, id: "" }, REDEEM = { op: Op.redeem, id: "" };

/** Which operation of the hot instance a request is, and on which box; undefined for what it does not know. */
function operation({ method, headers }, path) {
	const post = method === "POST" && JSON_TYPE.test(headers.get("Content-Type")) && !headers.has("Content-Encoding");
	if (!post && method !== "GET") return undefined;
	if (post && path === "/v1/challenges") return ISSUE;
	if (post && path === "/v1/redeem") return REDEEM;
	const [, id, verb] = WAY_A.exec(path) ?? [];
	if (post && verb && verb !== "events") return { op: Op[verb], id };
	if (!post && verb === "response") return { op: Op.poll, id };
	if (!post && verb === "events" && headers.get("Upgrade")?.toLowerCase() === "websocket") return { op: Op.listen, id };
}

/** Answers by the hot instance. It is taken afresh after each await: it may have been started anew. */
async function answer(request, env, ctx, { op, id }) {
	const { headers } = request, header = (name) => headers.get(name) ?? "";
	let engine = readyHot() ?? await getHot(env, ctx), text = "", size, wrong;
	if (op !== Op.poll && op !== Op.listen) {
		const most = op === Op.response ? engine.bodies.post : engine.bodies.body, told = headers.get("Content-Length");
		try {
			if (told === null) ({ text, size } = await readParts(request, most));
			else if ((size = +told) <= most) text = await request.text();
			if (size > most) wrong = "large";
		} catch {
			wrong = "short";
		}
		engine = readyHot() ?? await getHot(env, ctx);
	}
	const authorization = header(op === Op.listen ? "Sec-WebSocket-Protocol" : "Authorization");
	const address = env.ADDRESS_HEADER ? header(env.ADDRESS_HEADER) || "unknown" : "";
	const head = `${id}\n${header("Origin")}\n${address}\n${authorization}\n${op === Op.listen ? new URL(request.url).host : ""}`;
	// Text that is not UTF-8 has another size than was sent. What stands before it is ASCII, as all of a head is.
	let reply = wrong === undefined && call(engine, op, head + text, undefined, undefined, size && head.length + size) || call(engine, Op.refuse, wrong ?? "short");
	const { flags } = reply;
	if (reply.status === Status.sign) {
		const draft = reply.b().slice();
		const signature = await crypto.subtle.sign(engine.algorithm, engine.key, reply.a());
		engine = readyHot() ?? await getHot(env, ctx);
		reply = call(engine, op === Op.issue ? Op.finishIssue : Op.finishRedeem, "", draft, new Uint8Array(signature));
	}
	let outcome, done = "";
	switch (reply.status) {
		case Status.redeemed:
			done = reply.text();
			outcome = await within(nonces(env, reply.b()).redeem(reply.b().slice(), Date.now()));
			break;
		case Status.post:
			outcome = await within(hub(env, id).put(id, reply.number, reply.sizeA > 0 ? reply.a().slice() : null));
			break;
		case Status.wait: {
			const query = new URLSearchParams({ id, ends: reply.number });
			if (op === Op.listen) query.set("protocol", reply.textB());
			query.set("seen", new URL(request.url).searchParams.get("seen") === "opened" ? "opened" : "waiting");
			query.set("wait", 1000 * Math.min(Number(/(?:^|,) *wait=(\d+)/.exec(header("Prefer"))?.[1] ?? POLL.wait), POLL.most));
			const told = await hub(env, id).fetch("http://hub/?" + query, { headers: op === Op.listen ? { Upgrade: "websocket" } : {} });
			if (told.status === 101) return told;
			[outcome, done] = told.status === 200 ? ["done", await told.text()] : ["unavailable"];
			break;
		}
		default:
			return refused(engine, reply, flags, request); // or a challenge
	}
	engine = readyHot() ?? await getHot(env, ctx);
	if (outcome !== "done") return refused(engine, call(engine, Op.refuse, outcome), flags, request);
	return op === Op.opened || op === Op.response ? respond(engine, 204, null, flags, request) : respond(engine, 200, done, flags, request);
}

/** Answers by an instance for this request alone. */
async function once(request, env, ctx, path) {
	await getHot(env, ctx);
	const binding = {
		files: state.files, shard, hub: (id) => "hub-" + id[0],
		pages: env.PAGES && { fetch: (...args) => env.PAGES.fetch(...args) },
		take: (name, address, minute, burst) => call(state.hot, Op.take, `${name}\n\n${address}\n${minute}\n${burst}`).number,
	};
	const { isReady, ended } = start(env, ctx, binding);
	await Promise.race([isReady, ended]);
	// The library would count the bytes of a body that HEAD does not have.
	const head = request.method === "HEAD" && !WAY_A.test(path);
	const { status, headers, body } = await binding.handleRequest(head ? new Request(request, { method: "GET" }) : request);
	headers.set("Date", new Date().toUTCString());
	return new Response(head ? null : body, { status, headers, encodeBody: "manual" }); // what is compressed is so already
}

/** The last fault that the log was told of: one line for each, not for each request. */
const told = { message: "", at: 0 };

function failed(fault) {
	if (told.message !== fault?.message || Date.now() - told.at > TELL_AGAIN) {
		Object.assign(told, { message: fault?.message, at: Date.now() });
		console.error("edge:", told.message);
	}
	return Response.json({ type: "about:blank", title: "Internal Server Error", status: 500, code: "internal" },
		{ status: 500, headers: { "Content-Type": "application/problem+json", "Cache-Control": "no-store" } });
}

export default {
	fetch(request, env, ctx) {
		const { url } = request, at = url.indexOf("/", 8), query = url.indexOf("?", at);
		const path = query < 0 ? url.slice(at) : url.slice(at, query);
		const what = operation(request, path);
		return (what && (what.id === "" || env.URL) ? answer(request, env, ctx, what) : once(request, env, ctx, path)).catch(failed);
	},
};
