// What was redeemed, and how far registers went that were signed for: the store of
// the edge, as Durable Objects with SQLite. worker/store has the same for one machine,
// and one suite of tests runs on both.
import { DurableObject } from "cloudflare:workers";

/** How long after its expiry a row is kept, in seconds: so long its receipt can be fetched. */
const GRACE = 24 * 60 * 60;
/** The least pause between two clean-ups, and how many rows one transaction of it removes. */
const SWEEP_PAUSE = 60_000;
const SWEEP_ROWS = 1000;
/** How long the first of a group waits for others, in ms. */
const GATHER = 1;
const NONCE = 28;

const SCHEMA = `
CREATE TABLE IF NOT EXISTS redeemed (
	nonce    BLOB PRIMARY KEY,
	redeemed INTEGER NOT NULL, -- Unix ms
	receipt  BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS swept (
	one    INTEGER PRIMARY KEY CHECK (one = 1),
	expiry INTEGER NOT NULL -- Unix s: of the last nonce removed
) STRICT, WITHOUT ROWID;
INSERT INTO swept VALUES (1, 0) ON CONFLICT DO NOTHING;
CREATE TABLE IF NOT EXISTS counts (
	key   TEXT PRIMARY KEY,
	count BLOB NOT NULL -- 8 bytes, big-endian: compares as the number does
) STRICT, WITHOUT ROWID;`;

const INSERT = "INSERT INTO redeemed VALUES (?, ?, ?) ON CONFLICT DO NOTHING";
const RAISE = `INSERT INTO counts VALUES (?, ?)
	ON CONFLICT DO UPDATE SET count = excluded.count WHERE excluded.count > count RETURNING 1`;

/** When a nonce ends, Unix s: its first four bytes. */
const expiry = (nonce) => new DataView(nonce.buffer, nonce.byteOffset).getUint32(0);
const json = (value) => Response.json(value);
const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));

export class NonceStore extends DurableObject {
	#waiting = [];
	#alarmed = false;
	#swept;

	constructor(ctx, env) {
		super(ctx, env);
		this.sql = ctx.storage.sql;
		this.sql.exec(SCHEMA);
		this.#swept = this.sql.exec("SELECT expiry FROM swept").one().expiry;
	}

	/**
	 * Keeps a nonce unless it is there already, in one atomic step that is on disk before it
	 * is answered.
	 * @param {Uint8Array} row  the nonce, and behind it its receipt
	 * @param {number} redeemed  Unix ms
	 * @returns {Promise<"done" | "used" | "swept">}
	 */
	redeem(row, redeemed) {
		return new Promise((resolve, reject) => {
			if (this.#waiting.push({ row, redeemed, resolve, reject }) === 1) setTimeout(() => this.#commit(), GATHER);
		});
	}

	/** What worker.mjs asks: to redeem a row at a time. */
	ask(redeemed, row) { return this.redeem(row, +redeemed); }

	/**
	 * Group commit: what is written in one go is one transaction. The runtime holds the answers
	 * back until it is on disk, and breaks the object where it cannot be.
	 */
	#commit() {
		const batch = this.#waiting;
		this.#waiting = [];
		for (const { row, redeemed, resolve, reject } of batch) {
			try {
				resolve(this.#insert(row, redeemed));
			} catch (fault) {
				reject(fault);
			}
		}
		if (!this.#alarmed) this.#arm();
	}

	#insert(row, redeemed) {
		const nonce = row.subarray(0, NONCE);
		if (expiry(nonce) <= this.#swept) return this.receipt(nonce) ? "used" : "swept";
		return this.sql.exec(INSERT, nonce, redeemed, row.subarray(NONCE)).rowsWritten > 0 ? "done" : "used";
	}

	/** @returns {ArrayBuffer | undefined} the receipt kept for a nonce */
	receipt(nonce) {
		return this.sql.exec("SELECT receipt FROM redeemed WHERE nonce = ?", nonce).toArray()[0]?.receipt;
	}

	/** Keeps a count that is greater than the last one. Counts are never swept. */
	advance(key, count) {
		const number = new DataView(new ArrayBuffer(8));
		number.setBigUint64(0, BigInt(count));
		return this.sql.exec(RAISE, key, number.buffer).toArray().length > 0 ? "done" : "behind";
	}

	/** Removes rows whose nonce ended before a time, in s, and remembers the last of them. */
	sweep(before) {
		const bound = new DataView(new ArrayBuffer(4));
		bound.setUint32(0, Math.max(0, Math.min(before, 0xffffffff)));
		let removed = 0;
		for (let some = SWEEP_ROWS; some === SWEEP_ROWS; removed += some) {
			some = this.ctx.storage.transactionSync(() => {
				const rows = this.sql.exec(`DELETE FROM redeemed WHERE nonce IN
					(SELECT nonce FROM redeemed WHERE nonce < ? ORDER BY nonce LIMIT ?) RETURNING nonce`, bound.buffer, SWEEP_ROWS).toArray();
				const last = rows.reduce((most, r) => Math.max(most, expiry(new Uint8Array(r.nonce))), this.#swept);
				if (last > this.#swept) this.sql.exec("UPDATE swept SET expiry = ?", last);
				this.#swept = last;
				return rows.length;
			});
		}
		return removed;
	}

	/** Sees to it that a clean-up will come. */
	async #arm() {
		this.#alarmed = true;
		if ((await this.ctx.storage.getAlarm()) !== null) return;
		const oldest = this.sql.exec("SELECT nonce FROM redeemed ORDER BY nonce LIMIT 1").toArray()[0];
		this.#alarmed = oldest !== undefined;
		if (oldest) {
			const due = (expiry(new Uint8Array(oldest.nonce)) + GRACE + 1) * 1000;
			await this.ctx.storage.setAlarm(Math.max(due, Date.now() + SWEEP_PAUSE));
		}
	}

	async alarm() {
		this.sweep(Math.floor(Date.now() / 1000) - GRACE);
		this.#alarmed = false;
		await this.#arm();
	}

	/** The same by HTTP, for worker/store's Remote. */
	async fetch(request) {
		const url = new URL(request.url);
		if (request.method === "GET") {
			// An answer without a body is one that the library of the Go side cannot read.
			if (url.pathname === "/ping") return json({ outcome: "done" });
			const receipt = this.receipt(bytes(url.searchParams.get("nonce")));
			return new Response(receipt ?? "none", { status: receipt ? 200 : 404 });
		}
		const body = await request.json();
		switch (url.pathname) {
			case "/redeem": {
				const [nonce, receipt] = [bytes(body.nonce), bytes(body.receipt)];
				const row = new Uint8Array(nonce.length + receipt.length);
				row.set(nonce);
				row.set(receipt, nonce.length);
				return json({ outcome: await this.redeem(row, body.redeemed) });
			}
			case "/advance":
				return json({ outcome: this.advance(body.key, body.count) });
			case "/sweep":
				return json({ removed: this.sweep(body.before) });
		}
		return new Response(null, { status: 404 });
	}
}
