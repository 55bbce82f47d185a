// What was redeemed, in a plain Durable Object: one INSERT for each request. The runtime
// holds an answer back until what was written before it is on disk.
import { DurableObject } from "cloudflare:workers";

/** How long after its expiry a row is kept, in seconds, and the least pause between two clean-ups, in ms. */
const GRACE = 24 * 60 * 60, SWEEP_PAUSE = 60_000;

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
INSERT INTO swept VALUES (1, 0) ON CONFLICT DO NOTHING;`;

const expiry = (nonce) => new DataView(nonce.buffer, nonce.byteOffset).getUint32(0);

export class NonceStore extends DurableObject {
	#swept;
	#armed = false;

	constructor(ctx, env) {
		super(ctx, env);
		this.sql = ctx.storage.sql;
		this.sql.exec(SCHEMA);
		this.#swept = this.sql.exec("SELECT expiry FROM swept").one().expiry;
	}

	/** Keeps a nonce unless it is there already: "done", "used" or "swept". */
	redeem(nonce, redeemed, receipt) {
		if (expiry(nonce) <= this.#swept) {
			return this.sql.exec("SELECT 1 FROM redeemed WHERE nonce = ?", nonce).toArray().length > 0 ? "used" : "swept";
		}
		const { rowsWritten } = this.sql.exec("INSERT INTO redeemed VALUES (?, ?, ?) ON CONFLICT DO NOTHING", nonce, redeemed, receipt);
		if (rowsWritten === 0) return "used";
		if (!this.#armed) this.#arm(expiry(nonce));
		return "done";
	}

	#arm(oldest) {
		this.#armed = true;
		this.ctx.storage.setAlarm(Math.max((oldest + GRACE + 1) * 1000, Date.now() + SWEEP_PAUSE));
	}

	/** Removes what ended long ago. */
	alarm() {
		const bound = new DataView(new ArrayBuffer(4));
		bound.setUint32(0, Math.floor(Date.now() / 1000) - GRACE);
		this.ctx.storage.transactionSync(() => {
			for (const { nonce } of this.sql.exec("DELETE FROM redeemed WHERE nonce < ? RETURNING nonce", bound.buffer)) {
				this.#swept = Math.max(this.#swept, expiry(new Uint8Array(nonce)));
			}
			this.sql.exec("UPDATE swept SET expiry = ?", this.#swept);
		});
		const oldest = this.sql.exec("SELECT nonce FROM redeemed ORDER BY nonce LIMIT 1").toArray()[0];
		this.#armed = false;
		if (oldest) this.#arm(expiry(new Uint8Array(oldest.nonce)));
	}
}
