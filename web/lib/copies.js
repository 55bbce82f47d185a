// Of several open copies of the staff page one is awake: it alone has the camera and shows
// challenges. A copy that is opened later sleeps until a person wakes it, or until the other
// is closed. A browser without Web Locks lets all be awake.

const lockName = 'jianzheng.counter';

/** Kept for a reload, so that the copy that was awake is so again. */
const flag = 'jianzheng.awake';

/** A lock that became free may be that of a page that is only loaded anew. */
const reloadMs = 1500;

export class Copies {
  /**
   * @param {object} parts
   * @param {(asleep: boolean) => void} parts.onChange  told when it changes; a page begins awake
   * @param {Pick<LockManager, 'request'>} [parts.locks]
   * @param {Pick<Storage, 'getItem' | 'setItem' | 'removeItem'> | null} [parts.session]
   */
  constructor({ onChange, locks = navigator.locks, session = storage() }) {
    this.onChange = onChange;
    this.locks = locks;
    this.session = session;
    this.asleep = false;
    this.turn = 0;
    /** Ends the wait for the lock. @type {AbortController | null} */
    this.queue = null;
    /** Gives the lock back. @type {() => void} */
    this.release = () => {};
  }

  /** Resolves when it is known whether this copy is awake. */
  async start() {
    if (!this.locks) return;
    const again = this.session?.getItem(flag) === 'yes';
    await new Promise((known) => this.ask(again ? { steal: true } : { ifAvailable: true }, known));
  }

  /** The page is left: a browser may keep it, to show it again with the lock still held. */
  leave() {
    this.turn++;
    this.queue?.abort();
    this.release();
  }

  /** Takes the other copy's place. */
  wake() {
    this.queue?.abort();
    this.queue = null;
    this.ask({ steal: true }, () => {});
  }

  /**
   * @param {LockOptions} options
   * @param {(value?: unknown) => void} known
   */
  ask(options, known) {
    const turn = ++this.turn;
    const held = async (/** @type {Lock | null} */ lock) => {
      if (!lock) {
        this.sleep();
        return known();
      }
      if (options.signal) await pause(reloadMs);
      if (turn === this.turn) this.set(false);
      known();
      // Until the page is left or the lock is taken away.
      return new Promise((left) => { this.release = () => left(undefined); });
    };
    this.locks.request(lockName, options, held).catch((/** @type {unknown} */ fault) => {
      // Taken by another copy; any other fault leaves this one awake.
      if (turn === this.turn && fault instanceof Error && fault.name === 'AbortError') this.sleep();
      known();
    });
  }

  sleep() {
    this.set(true);
    this.queue = new AbortController();
    this.ask({ signal: this.queue.signal }, () => {});
  }

  /** @param {boolean} asleep */
  set(asleep) {
    if (asleep) this.session?.removeItem(flag);
    else this.session?.setItem(flag, 'yes');
    if (asleep === this.asleep) return;
    this.asleep = asleep;
    this.onChange(asleep);
  }
}

/** @param {number} ms */
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

function storage() {
  try {
    return sessionStorage;
  } catch {
    return null;
  }
}
