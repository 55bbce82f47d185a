// The holder's key: P-256, made by the browser, never extractable. Only its public half
// leaves, as a COSE_Key (RFC 9052 §7, RFC 9053 §7.1.1).

import { fromBase64url, toBase64url } from './bytes.js';

const curve = { name: 'ECDSA', namedCurve: 'P-256' };

/** @returns {Promise<CryptoKeyPair>} */
export function makeKey() {
  return crypto.subtle.generateKey(curve, false, ['sign', 'verify']);
}

/**
 * Signs what the engine asks for; the signature is r and s, 32 bytes each (RFC 9053 §2.1).
 * @param {CryptoKey} key
 * @param {string} toSign  base64url
 * @returns {Promise<string>}  base64url
 */
export async function sign(key, toSign) {
  const signature = await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, key, fromBase64url(toSign));
  return toBase64url(new Uint8Array(signature));
}

/**
 * The public half as a COSE_Key.
 * @param {CryptoKey} publicKey
 * @returns {Promise<string>}  base64url
 */
export async function coseKey(publicKey) {
  const { x, y } = await crypto.subtle.exportKey('jwk', publicKey);
  if (!x || !y) throw new Error('not an elliptic curve key');
  return toBase64url(encodeCoseKey(fromBase64url(x), fromBase64url(y)));
}

/**
 * Deterministic CBOR of {1: 2, 3: -7, -1: 1, -2: x, -3: y}.
 * @param {Uint8Array} x  32 bytes
 * @param {Uint8Array} y  32 bytes
 */
export function encodeCoseKey(x, y) {
  return new Uint8Array([
    0xa5, // map of five
    0x01, 0x02, // kty: EC2
    0x03, 0x26, // alg: ES256
    0x20, 0x01, // crv: P-256
    0x21, 0x58, 32, ...x,
    0x22, 0x58, 32, ...y,
  ]);
}
