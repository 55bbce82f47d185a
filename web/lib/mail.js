// Listens for answers of way A at the box of every challenge that is still honoured: by a
// WebSocket or, where none can be had, by asking again and again.

import { toBase64url } from './bytes.js';
import { now as pageTime } from './clock.js';

/** @typedef {import('../types/engine.js').OpenBox & {opened?: boolean}} Box */

/** A socket that is not open by then never will be. */
const socketMs = 4000;

/** For so many seconds a question waits, if it is about the newest code or an opened one. */
const waitSeconds = 10;

/** Pause between questions about the others, and after a connection broke. */
const pauseMs = 2000;
const brokenMs = 5000;

/** Names what is kept for a reload, in the tab's session and on the shelf. */
const key = 'mail';

export class Mail {
  /**
   * @param {object} parts
   * @param {Pick<import('../engine/client.js').Engine, 'call'>} parts.engine
   * @param {Pick<import('./api.js').Api, 'request'>} parts.api
   * @param {Pick<import('./shelf.js').Shelf, 'get' | 'put'>} parts.shelf
   * @param {(until: number) => void} parts.onOpened
   * @param {(sealed: import('../types/engine.js').Sealed) => void} parts.onAnswer
   * @param {(path: string, protocol: string) => WebSocket} [parts.socket]
   * @param {() => number} [parts.now]
   * @param {(run: () => void, ms: number) => any} [parts.later]
   */
  constructor({ engine, api, shelf, onOpened, onAnswer, socket = openSocket, now = pageTime, later = (run, ms) => setTimeout(run, ms) }) {
    this.engine = engine;
    this.api = api;
    this.shelf = shelf;
    this.onOpened = onOpened;
    this.onAnswer = onAnswer;
    this.socket = socket;
    this.now = now;
    this.later = later;
    /** @type {Map<string, Box>} */
    this.boxes = new Map();
    this.newest = '';
  }

  /**
   * Listens until the answer is there or the challenge over.
   * @param {import('../types/engine.js').OpenBox} box
   */
  async listen({ box: id, pickup, expires }) {
    if (this.boxes.has(id)) return;
    /** @type {Box} */
    const box = { box: id, pickup, expires };
    this.newest = id;
    this.boxes.set(id, box);
    const open = () => this.boxes.has(id) && this.now() < expires;
    // A socket that was open is opened again; where none could be had, the page asks.
    while (open() && await this.hear(box));
    while (open()) await this.ask(box);
    this.boxes.delete(id);
  }

  /**
   * @param {Box} box
   * @returns {Promise<boolean>}  whether there was a socket, once it ended
   */
  hear(box) {
    return new Promise((resolve) => {
      const socket = this.socket(`/v1/challenges/${box.box}/events`, `jz.${box.pickup}`);
      let heard = false;
      socket.onopen = () => { heard = true; };
      socket.onmessage = ({ data }) => {
        const news = JSON.parse(data);
        if (news.ciphertext) socket.send('got');
        this.take(box, news);
      };
      socket.onclose = () => (heard ? this.later(() => resolve(true), brokenMs) : resolve(false));
      this.later(() => {
        if (heard) return;
        socket.close();
        resolve(false);
      }, socketMs);
      this.later(() => socket.close(), box.expires - this.now());
    });
  }

  /** @param {Box} box */
  async ask(box) {
    const wait = box.opened || box.box === this.newest ? waitSeconds : 0;
    let pause = wait ? 0 : pauseMs;
    try {
      const response = await this.api.request(`/v1/challenges/${box.box}/response${box.opened ? '?seen=opened' : ''}`, {
        headers: { Authorization: `Pickup ${box.pickup}`, Prefer: `wait=${wait}` },
        cache: 'no-store',
        signal: AbortSignal.timeout((waitSeconds + 5) * 1000),
      });
      if (response.ok) this.take(box, await response.json());
      else pause = brokenMs;
    } catch {
      pause = brokenMs;
    }
    if (pause) await new Promise((done) => this.later(() => done(null), pause));
  }

  /**
   * @param {Box} box
   * @param {{state: string, ciphertext?: string}} news
   */
  take(box, { state, ciphertext }) {
    if (state === 'waiting' || !this.boxes.has(box.box)) return;
    if (state === 'opened') {
      box.opened = true;
      this.onOpened(box.expires);
      return;
    }
    this.boxes.delete(box.box);
    if (ciphertext) this.onAnswer({ box: box.box, ciphertext });
  }

  /** Keeps what the engine needs to open answers after a reload, encrypted. */
  async keep() {
    try {
      const { kept } = await this.engine.call('answer.keep', { wrap: await this.wrap() });
      sessionStorage.setItem(key, kept);
    } catch {
      // Then a reload loses the answers on their way, and phones show codes instead.
    }
  }

  /** Gives that back to a fresh engine and listens on. */
  async restore() {
    try {
      const kept = sessionStorage.getItem(key);
      if (!kept) return;
      const { boxes } = await this.engine.call('answer.restore', { now: this.now(), wrap: await this.wrap(), kept });
      for (const box of boxes) void this.listen(box);
    } catch {
      // Of another browser, or of another day.
    }
  }

  /** What keys are encrypted under: made from a key that no script can read. */
  async wrap() {
    let secret = await this.shelf.get(key);
    if (!secret) {
      secret = await crypto.subtle.generateKey({ name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
      await this.shelf.put(key, secret);
    }
    return toBase64url(new Uint8Array(await crypto.subtle.sign('HMAC', secret, new Uint8Array())));
  }
}

/**
 * @param {string} path
 * @param {string} protocol
 */
function openSocket(path, protocol) {
  return new WebSocket(location.origin.replace('http', 'ws') + path, protocol);
}
