// The app as this browser keeps it: registers the service worker, and takes a new build
// when nobody is in the middle of something, on this page or another. A browser without
// service workers, or one that refuses them, has the page as it comes from the network.

/** The page is idle when nobody touched it for so long. */
const quietMs = 15_000;

/** After so long, people are told that a new build waits. */
export const longMs = 20_000;

/** A page that stays open looks for a new build so often. */
const lookMs = 60 * 60_000;

/** The service worker's downloads begin so long after the page became usable, or after this. */
const restMs = 3000;
const settleMs = 10_000;

/** How often the page looks whether it is idle. */
const tickMs = 500;

/** A build that was told to take over and has not by then is told again. */
const takeMs = 10_000;

/** Held shared by each page that is busy; a new build is taken under it alone. */
const lockName = 'jianzheng.busy';

/** @typedef {Pick<LockManager, 'request'>} Locks */

export class App {
  /**
   * @param {object} parts
   * @param {() => boolean} parts.idle            whether nothing would be lost
   * @param {(late: boolean) => void} [parts.onLate]  a new build has to wait long
   * @param {Pick<ServiceWorkerContainer, 'controller' | 'register' | 'addEventListener'>} [parts.container]
   * @param {Locks} [parts.locks]
   * @param {() => boolean} [parts.settled]       whether the page works
   * @param {() => void} [parts.reload]
   * @param {() => number} [parts.now]
   * @param {(ms: number) => Promise<unknown>} [parts.pause]
   */
  constructor({ idle, onLate = () => {}, container = navigator.serviceWorker, locks = navigator.locks, settled = usable, reload = () => location.reload(), now = Date.now, pause = sleep }) {
    this.idle = idle;
    this.onLate = onLate;
    this.container = container;
    this.locks = locks;
    this.settled = settled;
    this.reload = reload;
    this.now = now;
    this.pause = pause;
    this.begun = now();
    this.touched = -Infinity;
    this.lookedAt = 0;
    this.waitsSince = 0;
    this.late = false;
    this.taking = false;
    this.changed = false; // another build answers from now on
    /** @type {ServiceWorkerRegistration | null} */
    this.registration = null;
    this.asked = false;
    /** Gives the lock back. @type {(() => void) | null} */
    this.release = null;
  }

  /** @param {Document} [page] */
  start(page = document) {
    if (!this.container) return;
    const controlled = Boolean(this.container.controller);
    this.container.addEventListener('controllerchange', () => {
      // On the first visit it changes nothing for this page.
      if (controlled) this.changed = true;
      this.tick();
    });
    for (const type of ['keydown', 'pointerdown', 'paste', 'drop']) page.addEventListener(type, () => this.touch(), { capture: true });
    setInterval(() => this.tick(), tickMs);
  }

  /** Somebody does something. */
  touch() {
    this.touched = this.now();
  }

  tick() {
    const now = this.now();
    const idle = now - this.touched >= quietMs && this.idle();
    this.hold(!idle);
    if (this.changed && idle) {
      this.changed = false;
      this.reload();
      return;
    }
    if (!this.asked && (this.settled() || now - this.begun > settleMs)) void this.register();
    if (this.registration && now - this.lookedAt > lookMs) this.look();
    const waiting = this.registration?.waiting;
    if (!waiting && !this.changed) this.waitsSince = 0;
    else this.waitsSince ||= now;
    const late = this.waitsSince > 0 && now - this.waitsSince > longMs;
    if (late !== this.late) {
      this.late = late;
      this.onLate(late);
    }
    if (waiting && idle && !this.taking) void this.take(waiting);
  }

  async register() {
    this.asked = true;
    this.lookedAt = this.now();
    const url = new URL('../sw.js', import.meta.url).href;
    // Where Trusted Types are enforced, the address of a worker has to be vouched for.
    const policy = globalThis.window?.trustedTypes?.createPolicy('service-worker', { createScriptURL: (address) => address });
    const trusted = /** @type {string} */ (policy?.createScriptURL(url) ?? url);
    try {
      this.registration = await this.container.register(trusted, { scope: new URL('../../', import.meta.url).pathname, updateViaCache: 'none' });
    } catch {
      // Then the page needs its network, and works all the same.
    }
  }

  /** Looks for a new build, which is fetched in the background. */
  look() {
    this.lookedAt = this.now();
    void this.registration?.update().catch(() => {});
  }

  /**
   * While a page is busy, no page takes a new build.
   * @param {boolean} busy
   */
  hold(busy) {
    if (!this.locks || busy === Boolean(this.release)) return;
    if (!busy) {
      this.release?.();
      this.release = null;
      return;
    }
    /** @type {Promise<void>} */
    const over = new Promise((resolve) => { this.release = resolve; });
    void this.locks.request(lockName, { mode: 'shared' }, () => over).catch(() => {});
  }

  /** @param {Pick<ServiceWorker, 'postMessage'>} waiting */
  async take(waiting) {
    this.taking = true;
    const take = () => {
      waiting.postMessage('take');
      return this.pause(takeMs); // by then all pages are loaded anew
    };
    try {
      if (this.locks) await this.locks.request(lockName, { ifAvailable: true }, (lock) => (lock ? take() : undefined));
      else await take();
    } catch {
      // It is tried again.
    } finally {
      this.taking = false;
    }
  }
}

/** @param {number} ms */
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

const usable = () => performance.getEntriesByName('usable').some(({ startTime }) => performance.now() - startTime > restMs);
