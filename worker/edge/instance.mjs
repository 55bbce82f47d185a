// Instances of the Go program: one that stays, and one for each request that is not asked
// all the time.
import "./wasm_exec.js"; // the Go runtime's script, as it is
import program from "./edge.wasm";

/** Memory over which the hot instance is started anew, in bytes. */
const MAX_MEMORY = 48 << 20;
/** After how long the operator's files are read again, in ms. */
const FILES_AGE = 60_000;

const [encoder, decoder] = [new TextEncoder(), new TextDecoder()];

/** Starts the program. The runtime runs it until it waits, before this returns. */
export function start(env, ctx, binding) {
	const go = new Go();
	let ready;
	const isReady = new Promise((resolve) => { ready = resolve; });
	const instance = new WebAssembly.Instance(program, { ...go.importObject, workers: { ready } });
	globalThis.context = { env, ctx, binding };
	const ended = go.run(instance);
	return { go, exports: instance.exports, isReady, ended };
}

/** The hot instance with what came of its start, and the files it was started with. */
export const state = { hot: undefined, files: undefined, read: 0 };

/** Reads the operator's files. */
async function readFiles(env) {
	const files = {}, read = async (name) => {
		const b = await env.DATA.get(name, "arrayBuffer");
		if (b !== null) files[name] = new Uint8Array(b);
		return b !== null;
	};
	await Promise.all(["site.json", "anchor.cose", "trust.cwt", "policy.cwt"].map(read));
	for (let n = 1; await read(`status-${n}.cwt`); n++);
	return files;
}

const same = (a, b) => Object.keys({ ...a, ...b }).every((name) => a[name]?.length === b[name]?.length && a[name].every((x, i) => x === b[name][i]));

/** The hot instance, if there is one that is good: not after a panic, nor when it has grown. */
const goodHot = () => (state.hot && !state.hot.go.exited && state.hot.exports.mem.buffer.byteLength <= MAX_MEMORY ? state.hot : undefined);

/** The same where nothing has to be waited for; otherwise undefined. */
export const readyHot = () => (Date.now() - state.read <= FILES_AGE && (!state.hot?.jwk || state.hot.key) ? goodHot() : undefined);

/** The hot instance, started where there is none. From time to time the files are read again, and changed ones start it anew. */
export async function getHot(env, ctx) {
	if (state.files === undefined) {
		const files = await readFiles(env);
		Object.assign(state, state.files ? {} : { files, read: Date.now() });
	} else if (Date.now() - state.read > FILES_AGE) {
		state.read = Date.now();
		ctx.waitUntil(readFiles(env).then((files) => same(state.files, files) || Object.assign(state, { files, hot: undefined })));
	}
	const hot = goodHot() ?? boot(env, ctx);
	// Whoever comes meanwhile waits for an import of its own: requests cannot wait for each other.
	if (hot.jwk && !hot.key) hot.key = await crypto.subtle.importKey("jwk", hot.jwk, { name: hot.algorithm.name, namedCurve: hot.jwk.crv }, false, ["sign"]);
	return hot;
}

/** Starts a hot instance, all in one go. */
function boot(env, ctx) {
	const next = start(env, ctx, { hot: true, files: state.files }), reply = new Reply(next.exports, next.exports.boot(Date.now()));
	const about = reply.text();
	if (reply.status !== 200) throw new Error(about);
	const { headers, origin, key: jwk } = JSON.parse(about);
	const [name, hash] = { "P-256": ["ECDSA", "SHA-256"], "P-384": ["ECDSA", "SHA-384"], Ed25519: ["Ed25519"] }[jwk?.crv] ?? [];
	return state.hot = { ...next, buffer: { at: 0, size: 0 }, headers, origin, jwk, algorithm: { name, hash }, key: undefined };
}

/** What the hot instance says, in its memory: to be read before the next call. */
class Reply {
	constructor({ mem: { buffer } }, at) {
		const head = new Uint32Array(buffer, at, 5);
		this.status = head[0];
		this.flags = head[1];
		this.state = head[2]; // where it begins, behind the body
		this.place = head[2] + head[3];
		this.bytes = new Uint8Array(buffer, at + 20, this.place + head[4]);
	}
	body() { return this.bytes.subarray(0, this.state); }
	text(from = 0, to = this.state) { return decoder.decode(this.bytes.subarray(from, to)); }
}

/**
 * Calls the hot instance with text, or with bytes.
 * @param {number} [size]  what the text has to have in UTF-8, where that is known
 * @returns {Reply | undefined}  undefined where the text has another size: it was not UTF-8
 */
export function call({ exports, buffer }, op, text, size, first, second) {
	const room = first ? first.length + second.length : 3 * text.length;
	if (room > buffer.size) Object.assign(buffer, { at: exports.request(room), size: room });
	const memory = new Uint8Array(exports.mem.buffer, buffer.at, room);
	let written = room;
	if (first) {
		memory.set(first);
		memory.set(second, first.length);
	} else written = encoder.encodeInto(text, memory).written;
	if (size !== undefined && written !== size) return undefined;
	return new Reply(exports, exports.call(op, written, Date.now()));
}
