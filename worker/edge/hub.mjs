// The boxes of way A at the edge: what a phone posts to a challenge, until the page that
// asked has it. What may be posted and who may listen is decided in Go before a request
// comes here; worker/mail does the same on one machine, in memory. A box is kept on disk,
// so that an object that was evicted finds it again, and it is deleted when the page has
// it or when it ends, 120 s after the challenge at the latest.
import { DurableObject } from "cloudflare:workers";

/** Most boxes of one object, and most listeners of one box. */
const MAX_BOXES = 4096;
const MAX_LISTENERS = 8;

const SCHEMA = `CREATE TABLE IF NOT EXISTS boxes (
	id         TEXT PRIMARY KEY,
	state      TEXT NOT NULL, -- opened, answered, delivered; one that waits has no row
	ciphertext BLOB,
	ends       INTEGER NOT NULL -- Unix ms
) STRICT, WITHOUT ROWID;`;

const base64url = (b) => btoa(String.fromCharCode(...new Uint8Array(b))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
const news = (state, ciphertext) => JSON.stringify(ciphertext ? { state, ciphertext: base64url(ciphertext) } : { state });

export class Hub extends DurableObject {
	/** @type {Map<string, Set<{seen: string, tell: (text: string) => void}>>} by box */
	#polls = new Map();
	#alarm = null;

	constructor(ctx, env) {
		super(ctx, env);
		this.sql = ctx.storage.sql;
		this.sql.exec(SCHEMA);
		ctx.blockConcurrencyWhile(async () => { this.#alarm = await ctx.storage.getAlarm(); });
	}

	#box(id) { return this.sql.exec("SELECT state, ciphertext FROM boxes WHERE id = ?", id).toArray()[0]; }

	/**
	 * Takes a post of a phone. The first answer wins; to have been opened before changes nothing.
	 * @param {Uint8Array | null} ciphertext  null where the phone says that it opened the challenge
	 * @returns {Promise<"done" | "answered" | "over" | "full">}
	 */
	async put(id, ends, ciphertext) {
		if (Date.now() >= ends) return "over";
		const box = this.#box(id);
		if (box && box.state !== "opened") return ciphertext ? "answered" : "done";
		if (!box && this.sql.exec("SELECT count(*) AS n FROM boxes").one().n >= MAX_BOXES) return "full";
		this.sql.exec(`INSERT INTO boxes VALUES (?1, ?2, ?3, ?4)
			ON CONFLICT DO UPDATE SET state = ?2, ciphertext = ?3`, id, ciphertext ? "answered" : "opened", ciphertext, ends);
		this.#wakeAt(ends);
		await this.ctx.storage.sync(); // what the page hears of must not be forgotten
		this.#tell(id);
		return "done";
	}

	/** Tells those who listen to a box what has become of it. One of them is given the answer. */
	#tell(id) {
		const box = this.#box(id);
		if (!box) return;
		const listeners = this.ctx.getWebSockets(id).map((socket) => ({ socket, about: socket.deserializeAttachment() }));
		const polls = [...this.#polls.get(id) ?? []];
		if (box.state === "answered") {
			if (listeners.some((l) => l.about.taken)) return;
			const text = news("answered", box.ciphertext);
			const last = listeners.at(-1); // the page was loaded again: the one before it is gone
			if (last) {
				last.socket.serializeAttachment({ ...last.about, taken: true });
				this.#send(last.socket, text);
			} else if (polls.length > 0) {
				polls[0].tell(text);
				this.#deliver(id);
			}
			return;
		}
		for (const { socket, about } of listeners) {
			if (about.seen === box.state) continue;
			socket.serializeAttachment({ ...about, seen: box.state });
			this.#send(socket, news(box.state));
			if (box.state === "delivered") socket.close(1000);
		}
		for (const poll of polls) if (poll.seen !== box.state) poll.tell(news(box.state));
	}

	#send(socket, text) {
		try { socket.send(text); } catch { /* it is closing, and webSocketClose will follow */ }
	}

	/** Forgets the answer, which the page has. The state stays, so that no second one is taken. */
	#deliver(id) {
		this.sql.exec("UPDATE boxes SET state = 'delivered', ciphertext = NULL WHERE id = ?", id);
		this.#tell(id);
	}

	/** What worker.mjs asks, once it was let through: to take a post, or to tell of the next change. */
	ask(question, body) {
		const query = new URLSearchParams(question), id = query.get("id"), ends = Number(query.get("ends"));
		if (!query.has("seen")) return this.put(id, ends, body.length > 0 ? body : null);
		return this.#crowded(id) ? "full" : this.#poll(id, ends, query.get("seen"), Number(query.get("wait")));
	}

	/** The WebSocket of a page that was let through, or the post of an instance for one request. */
	async fetch(request) {
		const { search, searchParams: query } = new URL(request.url);
		if (request.method === "POST") return new Response(await this.ask(search, new Uint8Array(await request.arrayBuffer())));
		if (this.#crowded(query.get("id"))) return new Response("full", { status: 503 });
		return this.#listen(query.get("id"), Number(query.get("ends")), query.get("protocol"));
	}

	#crowded(id) { return this.ctx.getWebSockets(id).length + (this.#polls.get(id)?.size ?? 0) >= MAX_LISTENERS; }

	#listen(id, ends, protocol) {
		const [page, socket] = Object.values(new WebSocketPair());
		for (const old of this.ctx.getWebSockets(id)) {
			if (old.deserializeAttachment().taken) { // it was given the answer and never said that it has it
				old.serializeAttachment({ ...old.deserializeAttachment(), taken: false });
				old.close(1001);
			}
		}
		this.ctx.acceptWebSocket(socket, [id]);
		socket.serializeAttachment({ id, ends, seen: "waiting", taken: false });
		this.#wakeAt(ends);
		this.#tell(id);
		return new Response(null, { status: 101, webSocket: page, headers: { "Sec-WebSocket-Protocol": protocol } });
	}

	async webSocketMessage(socket, text) {
		const { id, taken } = socket.deserializeAttachment();
		if (text !== "got") return socket.close(1008);
		if (!taken) return;
		socket.serializeAttachment({ ...socket.deserializeAttachment(), seen: "delivered", taken: false });
		this.#deliver(id);
		socket.close(1000);
	}

	async webSocketClose(socket) {
		const about = socket.deserializeAttachment();
		socket.serializeAttachment({ ...about, taken: false });
		if (about.taken) this.#tell(about.id); // the next one is given the answer
	}

	async webSocketError(socket) { await this.webSocketClose(socket); }

	/** Answers when the box is in another state than seen, or after a wait in ms. */
	#poll(id, ends, seen, wait) {
		return new Promise((tell) => {
			const poll = { seen, tell };
			const all = this.#polls.get(id) ?? new Set();
			this.#polls.set(id, all.add(poll));
			const over = ends - Date.now();
			const timer = setTimeout(() => poll.tell(news(over <= wait ? "expired" : seen)), Math.max(0, Math.min(wait, over)));
			poll.tell = (text) => {
				clearTimeout(timer);
				all.delete(poll);
				if (all.size === 0) this.#polls.delete(id);
				tell(text);
			};
			this.#tell(id);
		});
	}

	#wakeAt(time) {
		if (this.#alarm !== null && this.#alarm <= time) return;
		this.#alarm = time;
		this.ctx.storage.setAlarm(time);
	}

	/** Deletes the boxes that are over and sends their listeners away. */
	async alarm() {
		const now = Date.now();
		this.sql.exec("DELETE FROM boxes WHERE ends <= ?", now);
		let next = this.sql.exec("SELECT min(ends) AS ends FROM boxes").one().ends ?? Infinity;
		for (const socket of this.ctx.getWebSockets()) {
			const { ends } = socket.deserializeAttachment();
			if (ends <= now) socket.close(1001);
			else next = Math.min(next, ends);
		}
		this.#alarm = null;
		if (next < Infinity) this.#wakeAt(next);
	}
}
