// SHA-256 and HMAC with the secret, of the platform or of our own. Where they wait, what
// they return is a promise; the bytes given are read before that.
import { HASH_SIZE, Hmac, sha256 } from "./sha256.mjs";

/** What the platform has. */
export async function platformHashes(secret) {
	const key = await crypto.subtle.importKey("raw", secret, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
	return {
		wait: true,
		mac: async (bytes, size) => new Uint8Array(await crypto.subtle.sign("HMAC", key, bytes.subarray(0, size))),
		hash: async (bytes) => new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)),
	};
}

/** What sha256.mjs has. A MAC is good until the next. */
export function ownHashes(secret) {
	const hmac = new Hmac(secret), mac = new Uint8Array(HASH_SIZE);
	return {
		wait: false,
		mac(bytes, size) {
			hmac.sign(bytes, size, mac);
			return mac;
		},
		hash: sha256,
	};
}
