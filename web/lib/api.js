// The challenge endpoint and the static files beside it, over fetch. Every request has an
// end, and every failure is an ApiError with a reason code. No request holds personal data.

/** No connection, or no answer in time. */
export const UNREACHABLE = 'redeem-unreachable';

export class ApiError extends Error {
  /**
   * @param {string} code    a reason code
   * @param {number} status  HTTP status, 0 when there was no answer
   */
  constructor(code, status) {
    super(`${status || 'no answer'}: ${code}`);
    this.name = 'ApiError';
    this.code = code;
    this.status = status;
  }
}

/** @typedef {{id: string, zh: string, en: string, noteZh: string, noteEn: string}} SamplePerson */

/**
 * @typedef {object} Config
 * @property {boolean} demo
 * @property {string} anchor   COSE_Key, base64url
 * @property {{id: string, name: string}} party
 * @property {string} purpose
 * @property {string[]} status  addresses of status lists
 * @property {string} [inspector]  public key of the DEMO inspector, in a demonstration
 */

const timeoutMs = 5000;

export class Api {
  /**
   * @param {object} [options]
   * @param {string} [options.base]  address that the paths are relative to
   * @param {typeof fetch} [options.fetch]
   * @param {(state: 'online' | 'offline') => void} [options.onNetwork]
   * @param {(skewMs: number) => void} [options.onClock]  how far this clock is ahead of the server's
   * @param {() => string} [options.token]  of this terminal, '' for none
   */
  constructor({ base = '', fetch: send = globalThis.fetch.bind(globalThis), onNetwork, onClock, token = () => '' } = {}) {
    this.base = base;
    this.token = token;
    this.fetch = send;
    this.onNetwork = onNetwork;
    this.onClock = onClock;
  }

  /** @returns {Promise<Config>} */
  config() {
    return this.json('/config.json', { cache: 'no-cache' });
  }

  /**
   * A signed list as bytes.
   * @param {string} path
   * @returns {Promise<Uint8Array<ArrayBuffer>>}
   */
  async list(path) {
    const response = await this.send(path, { cache: 'no-cache' });
    return new Uint8Array(await response.arrayBuffer());
  }

  /**
   * What time it is, signed.
   * @param {string} nonce  base64url
   * @param {number} within  ms
   * @returns {Promise<{document: string}>}
   */
  time(nonce, within) {
    return this.json(`/v1/time?nonce=${nonce}`, { cache: 'no-store', signal: AbortSignal.timeout(within) });
  }

  /**
   * @param {string} purpose
   * @param {string} party
   * @param {string} pageKey  to which answers are encrypted
   * @returns {Promise<{challenge: string, pickup?: string}>}
   */
  challenge(purpose, party, pageKey) {
    return this.json('/v1/challenges', post(JSON.stringify({ purpose, party, pageKey }), this.token()));
  }

  /**
   * Sends what the engine made to where it says. Rejects with ApiError.
   * @param {import('../types/engine.js').Post} message
   */
  async deliver({ url, body }) {
    await this.send(new URL(url, globalThis.location?.href).href, post(body));
  }

  /**
   * Redeems a nonce with the body the engine made. Answers with whatever came, since the
   * engine concludes from it; status 0 stands for no answer.
   * @param {string} body
   * @returns {Promise<{status: number, body: string}>}
   */
  async redeem(body) {
    try {
      const response = await this.request('/v1/redeem', post(body, this.token()));
      return { status: response.status, body: await response.text() };
    } catch {
      return { status: 0, body: '' };
    }
  }

  /**
   * Has the operator sign for a register.
   * @param {string} body  as the engine made it: a count and two hashes
   * @returns {Promise<{document: string, at: string}>}
   */
  checkpoint(body) {
    return this.json('/v1/checkpoints', post(body, this.token()));
  }

  /** @returns {Promise<SamplePerson[]>} */
  people() {
    return this.json('/v1/demo/people');
  }

  /**
   * @param {string} person
   * @param {string} key  public COSE_Key, base64url
   * @returns {Promise<{card: string, loss: string}>}  loss: ticket that reports it lost, '' for none
   */
  card(person, key) {
    return this.json('/v1/demo/cards', post(JSON.stringify({ person, key })));
  }

  /**
   * A card for paper.
   * @param {string} person
   * @returns {Promise<{text: string, loss: string}>}
   */
  printed(person) {
    return this.json('/v1/demo/printed', post(JSON.stringify({ person })));
  }

  /**
   * Reports a card lost, or found again.
   * @param {string} ticket
   * @param {boolean} lost
   */
  async report(ticket, lost) {
    await this.send('/v1/demo/losses', post(JSON.stringify({ ticket, state: lost ? 'lost' : 'found' })));
  }

  /**
   * @param {string} path
   * @param {RequestInit} [init]
   */
  async json(path, init) {
    const response = await this.send(path, init);
    try {
      return await response.json();
    } catch {
      throw new ApiError('internal', response.status);
    }
  }

  /**
   * @param {string} path
   * @param {RequestInit} [init]
   */
  async send(path, init) {
    const response = await this.request(path, init);
    if (response.ok) return response;
    let code = 'internal';
    try {
      const problem = await response.json();
      if (typeof problem.code === 'string') code = problem.code;
    } catch {
      // A proxy's error page has no code.
    }
    throw new ApiError(code, response.status);
  }

  /**
   * @param {string} path
   * @param {RequestInit} [init]
   */
  async request(path, init = {}) {
    let response;
    try {
      response = await this.fetch(this.base + path, {
        credentials: 'same-origin',
        redirect: 'error',
        signal: AbortSignal.timeout(timeoutMs),
        ...init,
      });
    } catch {
      this.onNetwork?.('offline');
      throw new ApiError(UNREACHABLE, 0);
    }
    // A gateway that cannot reach the server answers for itself.
    this.onNetwork?.(response.status === 502 || response.status === 504 ? 'offline' : 'online');
    this.readClock(response);
    return response;
  }

  /** @param {Response} response */
  readClock(response) {
    const date = Date.parse(response.headers.get('date') ?? '');
    // A cached answer carries the time at which it was made.
    if (Number.isNaN(date) || response.headers.has('age')) return;
    this.onClock?.(Date.now() - date);
  }
}

/**
 * @param {string} body  JSON
 * @param {string} [token]
 * @returns {RequestInit}
 */
export function post(body, token = '') {
  /** @type {Record<string, string>} */
  const headers = { 'Content-Type': 'application/json' };
  if (token) headers.Authorization = `Bearer ${token}`;
  return { method: 'POST', headers, body, cache: 'no-store' };
}
