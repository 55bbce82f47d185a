// Instances of the Go program: one that stays, and one for each request that is not asked
// all the time.
import { createPrivateKey, sign } from "node:crypto";
import "./wasm_exec.js"; // the Go runtime's script, as it is
import program from "./edge.wasm";

/** Memory over which the hot instance is started anew, in bytes. */
const MAX_MEMORY = 48 << 20;
/** After how long the operator's files are read again, in ms. */
const FILES_AGE = 60_000;

const [encoder, decoder] = [new TextEncoder(), new TextDecoder()];

/** Starts the program. The runtime runs it until it waits, before this returns. */
export function start(env, ctx, binding) {
	const go = new Go(), engine = { go, bytes: new Uint8Array(), numbers: new Uint32Array(), room: { at: 0, size: 0 } };
	engine.isReady = new Promise((ready) => {
		const instance = new WebAssembly.Instance(program, { ...go.importObject, workers: { ready }, endpoint: { sign: (...args) => signFor(engine, ...args) } });
		globalThis.context = { env, ctx, binding };
		engine.exports = instance.exports;
		engine.ended = go.run(instance);
	});
	return engine;
}

/** Signs bytes of an instance with the operator's key; in Go that takes a hundred times as long. */
function signFor(engine, at, size, out) {
	const { bytes } = memory(engine), signature = sign(engine.hash, bytes.subarray(at, at + size), engine.key);
	bytes.set(signature, out);
	return signature.length;
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
export const readyHot = () => (Date.now() - state.read <= FILES_AGE ? goodHot() : undefined);

/** The hot instance, started where there is none. From time to time the files are read again, and changed ones start it anew. */
export async function getHot(env, ctx) {
	if (state.files === undefined) {
		const files = await readFiles(env);
		Object.assign(state, state.files ? {} : { files, read: Date.now() });
	} else if (Date.now() - state.read > FILES_AGE) {
		state.read = Date.now();
		ctx.waitUntil(readFiles(env).then((files) => same(state.files, files) || Object.assign(state, { files, hot: undefined })));
	}
	return goodHot() ?? boot(env, ctx);
}

/** Starts a hot instance, all in one go: requests cannot wait for each other. */
function boot(env, ctx) {
	const engine = start(env, ctx, { hot: true, files: state.files });
	const at = engine.exports.boot(Date.now()), reply = new Reply(memory(engine), at), about = reply.text();
	if (reply.status !== 200) throw new Error(about);
	const { headers, origin, key } = JSON.parse(about);
	Object.assign(engine, { headers, origin, key: key && createPrivateKey({ key, format: "jwk" }), hash: { "P-256": "sha256", "P-384": "sha384" }[key?.crv] });
	return state.hot = engine;
}

/** The memory of an instance, as bytes and as numbers. It is another one when it has grown. */
function memory(engine) {
	const { buffer } = engine.exports.mem;
	if (engine.bytes.buffer !== buffer) Object.assign(engine, { bytes: new Uint8Array(buffer), numbers: new Uint32Array(buffer) });
	return engine;
}

/** What the hot instance says, in its memory: to be read before the next call. */
class Reply {
	constructor({ bytes, numbers }, at) {
		const head = at >> 2;
		this.bytes = bytes;
		this.status = numbers[head];
		this.flags = numbers[head + 1];
		this.at = at + 20;
		this.state = this.at + numbers[head + 2];
		this.place = this.state + numbers[head + 3];
		this.end = this.place + numbers[head + 4];
	}
	body() { return this.bytes.subarray(this.at, this.state); }
	text(from = this.at, to = this.state) { return decoder.decode(this.bytes.subarray(from, to)); }
}

/** Writes text in UTF-8 and returns its length. What is short and ASCII, as most is, costs less one by one than a call of the engine. */
function write(text, bytes, at, most) {
	const { length } = text;
	let i = 0;
	for (let c; i < length && length < 512 && (c = text.charCodeAt(i)) < 128; i++) bytes[at + i] = c;
	return i === length ? i : encoder.encodeInto(text, bytes.subarray(at, at + most)).written;
}

/**
 * Calls the hot instance.
 * @param {number} [size]  what the text has to have in UTF-8, where that is known
 * @returns {Reply | undefined}  undefined where the text has another size: it was not UTF-8
 */
export function call(engine, op, text, size) {
	const { exports, room } = engine, most = 3 * text.length;
	if (most > room.size) Object.assign(room, { at: exports.request(most), size: most });
	const written = write(text, memory(engine).bytes, room.at, most);
	if (size !== undefined && written !== size) return undefined;
	const at = exports.call(op, written, Date.now());
	return new Reply(memory(engine), at);
}
