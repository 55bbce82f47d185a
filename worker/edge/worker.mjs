// The rim of the endpoint on Cloudflare Workers: it carries bytes between requests, the Go
// program and the Durable Objects, and decides nothing. What is asked all the
// time goes to an instance of the program that stays (worker/edge/hot); any other request
// has one of its own.
import { call, getHot, readyHot, start, state } from "./instance.mjs";
export { NonceStore } from "./nonces.mjs";
export { Hub } from "./hub.mjs";

/** What is asked of the hot instance, and what it has to wait for: as in worker/edge/hot. */
const Op = { __proto__: null, issue: 1, redeem: 2, opened: 3, response: 4, poll: 5, listen: 6, resume: 7, take: 8 };
const Wait = { ask: 1, upgrade: 2 };
/** Longer bodies go to an instance of their own, which refuses them without reading. */
const MAX_BODY = 32 << 10;
/** How long an object may take where nothing is waited for, and a fault lasts until it is logged again, in ms. */
const ASK_TIMEOUT = 5000, TELL_AGAIN = 60_000;

const JSON_TYPE = /^application\/json(; *charset="?utf-8"?)?$/i;
const WAY_A = /^\/v1\/challenges\/([^/]+)\/(opened|response|events)$/;
const POSTS = { __proto__: null, "/v1/challenges": Op.issue, "/v1/redeem": Op.redeem };

/** Which operation of the hot instance a request is; undefined for what it does not know. */
function operation({ method, headers }, post, verb) {
	if (method === "GET") return verb === "response" ? Op.poll : verb === "events" && headers.get("Upgrade")?.toLowerCase() === "websocket" ? Op.listen : undefined;
	const type = method === "POST" ? headers.get("Content-Type") : "";
	return (type === "application/json" || JSON_TYPE.test(type)) && !headers.has("Content-Encoding") ? post ?? Op[verb] : undefined;
}

/** Answers by the hot instance. It is taken afresh after each wait: it may have been started anew. */
async function answer(request, env, ctx, op, id, size) {
	try {
		const { headers } = request, url = op > Op.response ? new URL(request.url) : undefined;
		const text = url ? op === Op.listen ? url.host : `${headers.get("Prefer") ?? ""}\n${url.search.slice(1)}` : await request.text();
		const authorization = headers.get(op === Op.listen ? "Sec-WebSocket-Protocol" : "Authorization") ?? "", origin = headers.get("Origin") ?? "";
		const address = env.ADDRESS_HEADER ? headers.get(env.ADDRESS_HEADER) || "unknown" : "";
		const head = `${id}\n${origin}\n${address}\n${authorization}\n`;
		let engine = readyHot() ?? await getHot(env, ctx);
		// A body that is not UTF-8 has another size as text, and is no JSON. The head is ASCII.
		let reply = call(engine, op, head + text, url ? undefined : head.length + size) ?? call(engine, op, head);
		const { flags } = reply;
		while (reply.status < 100) {
			const state = reply.text(reply.state, reply.place), object = place(env, reply);
			let word;
			if (reply.status === Wait.upgrade) {
				const socket = await object.fetch("http://hub/?" + reply.question, { headers: { Upgrade: "websocket" } });
				if (socket.status === 101) return socket;
				word = await socket.text();
			} else word = await ask(object, reply.question, reply.body().slice());
			engine = readyHot() ?? await getHot(env, ctx);
			reply = call(engine, Op.resume, `${state}\n${word}`);
		}
		return respond(engine, reply, flags, origin);
	} catch (fault) {
		return failed(fault);
	}
}

const ids = new Map(); // of the objects, since to make one costs a hash

/** The object that is asked. What it is asked stays with the reply. */
function place(env, reply) {
	const [binding, name, question] = reply.text(reply.place, reply.end).split("\n");
	if (!ids.has(name)) ids.set(name, env[binding].idFromName(name));
	reply.question = question;
	return env[binding].get(ids.get(name));
}

/** What the object says, or that it says nothing. */
async function ask(object, question, bytes) {
	let timer;
	const wait = ASK_TIMEOUT + +(/&wait=(\d+)/.exec(question)?.[1] ?? 0);
	const late = new Promise((resolve) => { timer = setTimeout(() => resolve("unavailable"), wait); });
	const word = await Promise.race([object.ask(question, bytes), late]).catch(() => "unavailable");
	clearTimeout(timer);
	return word;
}

/** Headers of answers that nothing is added to, for the second that they were made in. */
const common = { second: 0 };

function respond({ headers, origin: allow }, reply, flags, origin) {
	const { status } = reply, now = Date.now();
	if (common.second !== Math.floor(now / 1000) || common.from !== headers) {
		const all = { ...headers, Vary: "Origin", "Cache-Control": "no-store", Date: new Date(now).toUTCString() };
		const typed = (type) => new Headers(type ? { ...all, "Content-Type": type } : all);
		Object.assign(common, { second: Math.floor(now / 1000), from: headers, none: typed(), json: typed("application/json"), problem: typed("application/problem+json") });
	}
	let head = status === 204 ? common.none : status < 400 ? common.json : common.problem;
	if (reply.place > reply.state || flags !== 0) {
		head = new Headers(head);
		if (reply.place > reply.state) head.set(...reply.text(reply.state, reply.place).split(": "));
		if (flags !== 0) for (const name in allow) head.set(name, allow[name].replace("*", origin));
	}
	return new Response(status === 204 ? null : reply.body().slice(), { status, headers: head });
}

/** Answers by an instance for this request alone. */
async function once(request, env, ctx, path) {
	await getHot(env, ctx);
	const binding = {
		files: state.files, pages: env.PAGES && { fetch: (...args) => env.PAGES.fetch(...args) },
		take: (name, address, minute, burst) => +call(state.hot, Op.take, `${name}\n\n${address}\n${minute}\n${burst}`).text(),
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
		const { url, headers } = request, at = url.indexOf("/", 8), query = url.indexOf("?", at);
		const path = query < 0 ? url.slice(at) : url.slice(at, query), post = POSTS[path], box = post ? undefined : WAY_A.exec(path);
		const op = post || box && env.URL ? operation(request, post, box?.[2]) : undefined, size = op < Op.poll ? +(headers.get("Content-Length") ?? Infinity) : 0;
		return op && size <= MAX_BODY ? answer(request, env, ctx, op, box ? box[1] : "", size) : once(request, env, ctx, path).catch(failed);
	},
};
