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
	globalThis.tryCatch = (f) => { try { return { result: f() }; } catch (error) { return { error }; } };
	globalThis.context = { env, ctx, binding };
	const ended = go.run(instance);
	return { go, exports: instance.exports, isReady, ended };
}

/** The hot instance with what came of its start, and the files it was started with. */
export const state = { hot: undefined, files: undefined, read: 0 };

/** Reads the operator's files. */
async function readFiles(env) {
	const read = (name) => env.DATA.get(name, "arrayBuffer");
	const names = ["site.json", "anchor.cose", "trust.cwt", "policy.cwt"];
	const found = await Promise.all(names.map(read));
	for (let n = 1, list; (list = await read(`status-${n}.cwt`)) !== null; n++) {
		names.push(`status-${n}.cwt`);
		found.push(list);
	}
	const files = {};
	found.forEach((b, i) => { if (b !== null) files[names[i]] = new Uint8Array(b); });
	return files;
}

const same = (a, b) => a !== undefined && Object.keys({ ...a, ...b }).every((name) => a[name]?.length === b[name]?.length && a[name].every((x, i) => x === b[name][i]));

/** The hot instance: started in the first request, and again after a panic, when it has grown or the files have changed. */
export async function getHot(env, ctx) {
	if (state.files === undefined) {
		state.files = await readFiles(env);
		state.read = Date.now();
	} else if (Date.now() - state.read > FILES_AGE) {
		state.read = Date.now();
		ctx.waitUntil(readFiles(env).then((files) => {
			if (!same(state.files, files)) [state.files, state.hot] = [files, undefined];
		}));
	}
	if (state.hot && !state.hot.go.exited && state.hot.exports.mem.buffer.byteLength <= MAX_MEMORY) return state.hot;
	const next = start(env, ctx, { hot: true, files: state.files });
	const reply = readReply(next, next.exports.boot(Date.now()));
	if (reply.status !== 200) throw new Error(decoder.decode(reply.a));
	const { headers, origin, key, bodies } = JSON.parse(decoder.decode(reply.a));
	const [name, hash] = { "P-256": ["ECDSA", "SHA-256"], "P-384": ["ECDSA", "SHA-384"], Ed25519: ["Ed25519"] }[key?.crv] ?? [];
	state.hot = {
		...next, headers, origin, bodies, algorithm: { name, hash },
		key: name && await crypto.subtle.importKey("jwk", key, { name, namedCurve: key.crv }, false, ["sign"]),
	};
	return state.hot;
}

/** Calls the hot instance with text, and bytes behind it. */
export function call({ exports }, op, text, ...parts) {
	const at = exports.request(parts.reduce((n, part) => n + part.length, 3 * text.length));
	const memory = new Uint8Array(exports.mem.buffer, at);
	let size = encoder.encodeInto(text, memory).written;
	for (const part of parts) {
		memory.set(part, size);
		size += part.length;
	}
	return readReply({ exports }, exports.call(op, size, Date.now()));
}

/** status(4) flags(4) len(a)(4) len(b)(4) number(8) a b. The bytes are copied: the next call writes over them. */
function readReply({ exports }, at) {
	const head = new DataView(exports.mem.buffer, at, 24);
	const status = head.getUint32(0, true), flags = head.getUint32(4, true), number = Number(head.getBigUint64(16, true));
	const middle = at + 24 + head.getUint32(8, true), end = middle + head.getUint32(12, true);
	const a = new Uint8Array(exports.mem.buffer.slice(at + 24, middle)), b = new Uint8Array(exports.mem.buffer.slice(middle, end));
	const reply = { status, flags, number, a, b };
	if (status === 3) reply.text = decoder.decode(b); // a subprotocol
	if (status >= 400 && b.length > 0) reply.extra = Object.fromEntries([decoder.decode(b).split(": ")]);
	return reply;
}
