// Lets a test reach each Durable Object by HTTP, at /name/path.
export { NonceStore } from "./nonces.mjs";

export default {
	async fetch(request, env) {
		const url = new URL(request.url);
		const [, name, path] = /^\/([^/]+)(\/.*)$/.exec(url.pathname);
		const stub = env.NONCES.get(env.NONCES.idFromName(name));
		try {
			return await stub.fetch(new Request("http://store" + path + url.search, request));
		} catch (fault) {
			return new Response(String(fault), { status: 500 });
		}
	},
};
