// The edge worker with ways to break it, for tests: the path says how.
import worker from "./worker.mjs";
import { state } from "./instance.mjs";
import { NonceStore as Store } from "./nonces.mjs";
import { Hub as Boxes } from "./hub.mjs";

const instances = new Set();
let fault = "";

/** A store that can be slow, or gone. */
export class NonceStore extends Store {
	async redeem(...args) {
		if (fault === "slow") await scheduler.wait(6000);
		if (fault === "gone") throw new Error("the disk is full");
		return super.redeem(...args);
	}
}

/** Boxes that can be counted. */
export class Hub extends Boxes {
	count() { return this.sql.exec("SELECT count(*) AS n, count(ciphertext) AS answers FROM boxes").one(); }
}

export default {
	async fetch(request, env, ctx) {
		const { pathname, search } = new URL(request.url);
		const { hot } = state, box = env.HUB.get(env.HUB.idFromName("hub-x"));
		switch (pathname) {
			case "/fault/panic": // more bytes than there are
				try { hot.exports.call(1, 1 << 30, 0); } catch { /* as the engine throws it */ }
				return Response.json({ exited: hot.go.exited });
			case "/fault/memory":
				hot.exports.mem.grow(1024);
				return Response.json({ bytes: hot.exports.mem.buffer.byteLength });
			case "/fault/store":
				fault = await request.text();
				return new Response();
			case "/fault/box": // a question to the boxes, with a body
				return new Response(await box.ask(search, new Uint8Array(await request.arrayBuffer())));
			case "/fault/boxes":
				return Response.json(await box.count());
			case "/fault/instances": // how many there have been
				return Response.json({ seen: instances.size, bytes: hot.exports.mem.buffer.byteLength });
		}
		const answer = await worker.fetch(request, env, ctx);
		if (state.hot) instances.add(state.hot.exports);
		return answer;
	},
};
