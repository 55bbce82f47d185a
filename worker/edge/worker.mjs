// The rim of the endpoint on Cloudflare Workers: it carries bytes between requests, the Go
// program, WebCrypto and the Durable Objects, and decides nothing. What is asked all the
// time goes to an instance of the program that stays (worker/edge/hot); any other request
// has one of its own.
import { call, getHot, readyHot, start, state } from "./instance.mjs";
export { NonceStore } from "./nonces.mjs";
export { Hub } from "./hub.mjs";

/** What is asked of the hot instance, and what it has to wait for: as in worker/edge/hot. */
const Op = { issue: 1, redeem: 2, opened: 3, response: 4, poll: 5, listen: 6, resume: 7, take: 8 };
const Wait = { sign: 1, ask: 2, upgrade: 3 };
/** Longer bodies go to an instance of their own, which refuses them without reading. */
const MAX_BODY = 32 << 10;
/** How long an object may take where nothing is waited for, and a fault lasts until it is logged again, in ms. */
const ASK_TIMEOUT = 5000, TELL_AGAIN = 60_000;

const JSON_TYPE = /^application\/json(; *charset="?utf-8"?)?$/i;
const WAY_A = /^\/v1\/challenges\/([^/]+)\/(opened|response|events)$/;
const ISSUE = { op: Op.issue, id: "" }, REDEEM = { op: Op.redeem, id: "" };

/** Which operation of the hot instance a request is, and on which box; undefined for what it does not know. */
function operation({ method, headers }, path) {
	const post = method === "POST" && JSON_TYPE.test(headers.get("Content-Type")) && +headers.get("Content-Length") <= MAX_BODY && headers.has("Content-Length") && !headers.has("Content-Encoding");
	if (!post && method !== "GET") return undefined;
	if (post && path === "/v1/challenges") return ISSUE;
	if (post && path === "/v1/redeem") return REDEEM;
	const [, id, verb] = WAY_A.exec(path) ?? [];
	if (post && verb && verb !== "events") return { op: Op[verb], id };
	if (!post && verb === "response") return { op: Op.poll, id };
	if (!post && verb === "events" && headers.get("Upgrade")?.toLowerCase() === "websocket") return { op: Op.listen, id };
}

/** Answers by the hot instance. It is taken afresh after each wait: it may have been started anew. */
async function answer(request, env, ctx, { op, id }) {
	const { headers } = request, header = (name) => headers.get(name) ?? "", url = op > Op.response && new URL(request.url);
	const text = op === Op.listen ? url.host : op === Op.poll ? `${header("Prefer")}\n${url.search.slice(1)}` : await request.text();
	const authorization = header(op === Op.listen ? "Sec-WebSocket-Protocol" : "Authorization");
	const address = env.ADDRESS_HEADER ? header(env.ADDRESS_HEADER) || "unknown" : "";
	const head = `${id}\n${header("Origin")}\n${address}\n${authorization}\n`;
	let engine = readyHot() ?? await getHot(env, ctx);
	// A body that is not UTF-8 has another size as text, and is no JSON. All of the head is ASCII.
	let reply = call(engine, op, head + text, url ? undefined : head.length + +headers.get("Content-Length")) ?? call(engine, op, head);
	for (const { flags } = reply; ; reply = call(engine, Op.resume, "", undefined, ...reply.came)) {
		if (reply.status === Wait.upgrade) {
			const socket = await place(env, reply).fetch("http://hub/?" + reply.question, { headers: { Upgrade: "websocket" } });
			return socket.status === 101 ? socket : respond(engine, call(engine, Op.resume, "p" + await socket.text()), flags, request);
		}
		if (reply.status > Wait.upgrade) return respond(engine, reply, flags, request);
		const state = reply.state().slice();
		const what = reply.status === Wait.sign ? await crypto.subtle.sign(engine.algorithm, engine.key, reply.body()) : await ask(env, reply);
		engine = readyHot() ?? await getHot(env, ctx);
		reply.came = [state, new Uint8Array(what)];
	}
}

const ids = new Map(); // of the objects, since to make one costs a hash

/** The object that is asked. What it is asked stays with the reply. */
function place(env, reply) {
	const [binding, name, question] = reply.place().split("\n");
	if (!ids.has(name)) ids.set(name, env[binding].idFromName(name));
	reply.question = question;
	return env[binding].get(ids.get(name));
}

/** What the object says, as bytes, or that it says nothing. */
async function ask(env, reply) {
	let timer;
	const object = place(env, reply), wait = ASK_TIMEOUT + +(/&wait=(\d+)/.exec(reply.question)?.[1] ?? 0);
	const late = new Promise((resolve) => { timer = setTimeout(() => resolve("unavailable"), wait); });
	const word = await Promise.race([object.ask(reply.question, reply.body().slice()), late]).catch(() => "unavailable");
	clearTimeout(timer);
	return new TextEncoder().encode(word);
}

/** Headers of answers that nothing is added to, for the second that they were made in. */
const common = { second: 0 };

function respond({ headers, origin }, reply, flags, request) {
	const { status } = reply, now = Date.now();
	if (common.second !== Math.floor(now / 1000) || common.from !== headers) {
		const all = { ...headers, Vary: "Origin", "Cache-Control": "no-store", Date: new Date(now).toUTCString() };
		const typed = (type) => new Headers(type ? { ...all, "Content-Type": type } : all);
		Object.assign(common, { second: Math.floor(now / 1000), from: headers, none: typed(), json: typed("application/json"), problem: typed("application/problem+json") });
	}
	let head = status === 204 ? common.none : status < 400 ? common.json : common.problem;
	if (reply.sizes[1] > 0 || flags !== 0) {
		head = new Headers(head);
		if (reply.sizes[1] > 0) head.set(...reply.text(reply.state()).split(": "));
		if (flags !== 0) for (const name in origin) head.set(name, origin[name].replace("*", request.headers.get("Origin")));
	}
	return new Response(status === 204 ? null : reply.text(reply.body()), { status, headers: head });
}

/** Answers by an instance for this request alone. */
async function once(request, env, ctx, path) {
	await getHot(env, ctx);
	const binding = {
		files: state.files, pages: env.PAGES && { fetch: (...args) => env.PAGES.fetch(...args) },
		take(name, address, minute, burst) {
			const reply = call(state.hot, Op.take, `${name}\n\n${address}\n${minute}\n${burst}`);
			return +reply.text(reply.body());
		},
	};
	const { isReady, ended } = start(env, ctx, binding);
	await Promise.race([isReady, ended]);
	// The library would count the bytes of a body that HEAD does not have.
	const head = request.method === "HEAD" && !WAY_A.test(path);
	const { status, headers, body } = await binding.handleRequest(head ? new Request(request, { method: "GET" }) : request);
	headers.set("Date", new Date().toUTCString());
	return new Response(head ? null : body, { status, headers, encodeBody: "manual" }); // what is compressed is so already
}

const told = new Map(); // when the log was told of a fault: one line for each, not for each request

function failed({ message }) {
	if (!(Date.now() - told.get(message) < TELL_AGAIN)) told.set(message, Date.now()), console.error("edge:", message);
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
