// The sealed register of this counter: writes a line for each check, by itself and behind the
// verdict. What is personal is sealed by the engine before it is stored, and nothing else of a
// result but its readable part is kept. See shared/register for what a line says.

import { fromBase64url, toBase64url } from './bytes.js';
import { now as pageTime } from './clock.js';
import { lineOf, readRegister } from './registerfile.js';

/** @typedef {import('../types/engine.js').Result} Result */
/** @typedef {import('../types/engine.js').Party} Party */
/** @typedef {import('../types/flow.js').Answer} Answer */
/** @typedef {import('./registerstore.js').Book} Book */
/** @typedef {import('./registerstore.js').Kept} Kept */
/** @typedef {import('./registerstore.js').RegisterStore} RegisterStore */
/** @typedef {import('./registerfile.js').Checks} Checks */

const dayMs = 86_400_000;

/** A register is for so long; then the next one begins. */
export const periodDays = 366;

/** What is personal and could not be sealed is not kept longer than it may stand on the page. */
const personalMs = 30_000;

/** Pauses before a write is tried again; the last one stays. */
const retryMs = [500, 1000, 2000, 5000, 10_000];

/** A checkpoint is asked for after so many lines or so long, whichever comes first. */
const checkpointLines = 50;
const checkpointMs = 10 * 60_000;

/** An endpoint that did not answer is not asked again at once. */
const askAgainMs = 60_000;

/** Fewer than fit into a file. The newest covers all lines, the others say when. */
const keptCheckpoints = 100;

/** Removals are noted in one line for all that fell due in such a time. */
const destroyMs = 6 * 3_600_000;

/** Lines in one step of export, import and removal. */
const batch = 500;

/**
 * @typedef {object} Place
 * @property {Party} party
 * @property {number} days      of retention, of the purpose
 * @property {string} inspector  DEMO public key, used where no other was given; '' for none
 * @property {string} seat
 * @property {string} staff
 */

/**
 * A check that is to be written.
 * @typedef {object} Entry
 * @property {number} id
 * @property {Result} result  without claims once they may not stay
 * @property {string} hash
 * @property {number} at
 * @property {Answer | ''} portrait
 * @property {Place} place
 * @property {{book: string, before: string, line: string, number: number, holds: boolean} | null} sealed  as it is to be stored
 * @property {boolean} bare  without seat and staff, since the engine refused them
 */

/**
 * What the status strip says.
 * @typedef {object} Standing
 * @property {'none' | 'ready' | 'failing'} state
 * @property {boolean} demo     sealed to the DEMO inspector
 * @property {number} count     the last number of the register in use, 0 for none
 * @property {number} waiting   checks not written yet
 * @property {number} lost      checks that no line could be made of
 */

/** @typedef {{key: string}} Inspector */

export class Register {
  /** @type {Entry[]} */
  queue = [];

  /** The engine has the catalogue. */
  ready = false;
  busy = false;
  tending = false;
  failures = 0;
  askedAt = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  timer = undefined;

  /** @type {Place | null} */
  place = null;

  /** Given to this counter; null: not read yet, or none. @type {Inspector | null} */
  inspector = null;

  /** @type {Standing} */
  standing = { state: 'none', demo: false, count: 0, waiting: 0, lost: 0 };

  /**
   * @param {object} parts
   * @param {RegisterStore} parts.store
   * @param {Checks} parts.engine
   * @param {(body: string) => Promise<{document: string, at: string}>} parts.sign  asks the endpoint for a checkpoint
   * @param {() => void} [parts.onChange]
   * @param {(id: number, number: number) => void} [parts.onRecorded]
   * @param {() => number} [parts.now]
   * @param {<T>(work: () => Promise<T>, what?: string) => Promise<T>} [parts.alone]  runs work while no other page does the like
   */
  constructor({ store, engine, sign, onChange = () => {}, onRecorded = () => {}, now = pageTime, alone = withLock }) {
    this.store = store;
    this.engine = engine;
    this.sign = sign;
    this.onChange = onChange;
    this.onRecorded = onRecorded;
    this.now = now;
    this.alone = alone;
  }

  /**
   * Says where this counter stands; called whenever the engine was given lists.
   * @param {Place} place
   */
  async open(place) {
    this.place = place;
    this.ready = true;
    try {
      this.inspector = (await this.store.setting('inspector')) ?? null;
      await this.look();
    } catch {
      this.standing = { ...this.standing, state: 'failing' };
    }
    this.onChange();
    void this.pump();
  }

  /** The public key that this counter seals to, or ''. */
  get key() {
    return this.inspector?.key || this.place?.inspector || '';
  }

  /** Reads where the register in use stands. */
  async look() {
    const { place } = this;
    const book = place && (await this.bookFor(place, this.now()));
    const last = book && (await this.store.last(book.id));
    this.standing = {
      ...this.standing,
      state: this.failures ? 'failing' : this.key ? 'ready' : 'none',
      demo: !this.inspector && this.key !== '',
      count: last ? last.number : 0,
      waiting: this.queue.length,
    };
  }

  /**
   * Takes an inspector's public key for this counter. Rejects when it is none.
   * @param {Uint8Array} bytes
   */
  async use(bytes) {
    const key = toBase64url(bytes);
    const now = this.now();
    await this.engine.call('register.start', { now, party: this.place?.party ?? { id: '-', name: '-' }, inspector: key, from: now, to: now + dayMs, days: 1 });
    await this.store.set('inspector', { key });
    this.inspector = { key };
    await this.look();
    this.onChange();
    void this.pump();
  }

  /**
   * Writes a check down, sooner or later; nobody waits for it.
   * @param {Pick<Entry, 'id' | 'result' | 'hash' | 'at'> & {portrait?: Answer | ''}} check
   */
  record({ id, result, hash, at, portrait = '' }) {
    if (!this.place || !this.key) return;
    const { photo, ...claims } = result.claims;
    /** @type {Entry} */
    const entry = { id, result: { ...result, claims, receipt: undefined }, hash, at, portrait, place: this.place, sealed: null, bare: false };
    this.queue.push(entry);
    setTimeout(() => forget(entry), personalMs);
    void this.pump();
  }

  /** Lets go of what is personal, where it is sealed already. */
  hide() {
    for (const entry of this.queue) if (entry.sealed) forget(entry);
  }

  /** Writes what waits. */
  async pump() {
    if (this.busy || !this.ready || !this.queue.length) return;
    this.busy = true;
    clearTimeout(this.timer);
    try {
      while (this.queue.length) await this.alone(() => this.write());
      this.failures = 0;
      await this.look();
    } catch {
      const pause = retryMs[Math.min(this.failures++, retryMs.length - 1)];
      this.timer = setTimeout(() => void this.pump(), pause);
      this.standing = { ...this.standing, state: 'failing', waiting: this.queue.length };
    } finally {
      this.busy = false;
      this.onChange();
    }
    if (!this.failures) void this.tend();
  }

  /** Seals and stores what waits for one register. */
  async write() {
    const [first] = this.queue;
    const book = (await this.bookFor(first.place, first.at)) ?? (await this.begin(first.place, first.at));
    const entries = this.queue.filter(({ place }) => place.days === first.place.days && place.party.id === first.place.party.id).slice(0, batch);
    const start = await this.ends(book.id);
    let before = start.last;
    /** @type {Kept[]} */
    const lines = [];
    /** @type {Entry[]} */
    const written = [];
    for (const entry of entries) {
      if (entry.sealed?.book !== book.id || entry.sealed.before !== before) entry.sealed = await this.seal(entry, book, start.first, before);
      if (!entry.sealed) {
        this.queue.splice(this.queue.indexOf(entry), 1);
        this.standing = { ...this.standing, lost: this.standing.lost + 1 };
        continue;
      }
      before = entry.sealed.line;
      written.push(entry);
      lines.push({ book: book.id, number: entry.sealed.number, line: fromBase64url(entry.sealed.line), ...(entry.sealed.holds && { sealedAt: seconds(entry.at) }) });
    }
    await this.store.add(lines);
    for (const entry of written) {
      forget(entry);
      this.queue.splice(this.queue.indexOf(entry), 1);
      this.onRecorded(entry.id, /** @type {NonNullable<Entry['sealed']>} */ (entry.sealed).number);
    }
  }

  /**
   * The line of a check behind another, or null where the engine makes none of it. Rejects when
   * the engine cannot work now.
   * @param {Entry} entry
   * @param {Book} book
   * @param {string} first
   * @param {string} before
   * @returns {Promise<Entry['sealed']>}
   */
  async seal(entry, book, first, before) {
    const { result, hash, portrait, place } = entry;
    const words = entry.bare ? { seat: '', staff: '' } : { seat: place.seat, staff: place.staff };
    try {
      const { line, number, sealed } = await this.engine.call('register.append', { now: entry.at, first, last: before, result, hash, portrait, ...words });
      return { book: book.id, before, line, number, holds: sealed };
    } catch (fault) {
      if (!refused(fault)) throw fault;
      if (entry.bare) return null;
      entry.bare = true;
      return this.seal(entry, book, first, before);
    }
  }

  /**
   * The register that takes a check of a time, if there is one.
   * @param {Place} place
   * @param {number} at
   */
  async bookFor(place, at) {
    const books = await this.store.books();
    const fit = books.filter((book) => book.party === place.party.id && book.inspector === (this.inspector?.key || place.inspector)
      && book.days === daysOf(place) && seconds(at) >= book.from && at < book.to && !book.full);
    return fit.sort((a, b) => b.since - a.since)[0] ?? null;
  }

  /**
   * Begins a register.
   * @param {Place} place
   * @param {number} at
   * @returns {Promise<Book>}
   */
  async begin(place, at) {
    const from = at - at % dayMs; // another page's check may be a little older
    const inspector = this.inspector?.key || place.inspector;
    const days = daysOf(place);
    const { line } = await this.engine.call('register.start', { now: at, party: place.party, inspector, from, to: from + periodDays * dayMs, days });
    const book = { ...bookOf(await this.engine.call('register.state', { now: at, first: line, last: line })), since: this.now() };
    await this.store.add([{ book: book.id, number: 0, line: fromBase64url(line) }], book);
    return book;
  }

  /**
   * The first and the last line of a register, base64url.
   * @param {string} id
   */
  async ends(id) {
    const [first] = await this.store.lines(id, 0, 1);
    const last = await this.store.last(id);
    if (!first || !last || first.number !== 0) throw new Error('the register has no first line');
    return { first: toBase64url(first.line), last: toBase64url(last.line) };
  }

  /** What falls due now and then: checkpoints, and the end of retention. */
  async tend() {
    if (!this.ready || this.tending) return;
    this.tending = true;
    try {
      const books = await this.store.books();
      for (const { id } of books) await this.destroy(id);
      if (this.now() - this.askedAt >= askAgainMs) for (const { id } of books) await this.checkpoint(id, false);
      await this.look();
      this.onChange();
    } catch {
      // The next time will do.
    } finally {
      this.tending = false;
    }
  }

  /**
   * Has the operator sign for the lines there are, when it is time or wanted.
   * @param {string} id
   * @param {boolean} wanted
   */
  checkpoint(id, wanted) {
    // Asked under a lock of its own: two requests for one count would be one too many, and no
    // line waits for the network.
    return this.alone(() => this.ask(id, wanted), 'checkpoint');
  }

  /**
   * @param {string} id
   * @param {boolean} wanted
   */
  async ask(id, wanted) {
    const book = await this.store.book(id);
    const last = await this.store.last(id);
    if (!book || !last) return;
    const fresh = last.number + 1 - book.signed;
    if (fresh <= 0 || !wanted && fresh < checkpointLines && this.now() - book.signedAt < checkpointMs) return;
    const { body, count, full } = await this.engine.call('register.state', { now: this.now(), ...(await this.ends(id)) });
    let document = '';
    this.askedAt = this.now();
    try {
      ({ document } = await this.sign(body));
    } catch (fault) {
      if (!signedBefore(fault)) throw fault;
    }
    await this.alone(async () => {
      const now = await this.store.book(id);
      if (!now || now.signed >= count) return;
      const checkpoints = document ? [...now.checkpoints, document].slice(-keptCheckpoints) : now.checkpoints;
      await this.store.replace([], { ...now, checkpoints, full, signed: count, signedAt: this.now() });
    });
  }

  /**
   * Removes the sealed parts whose retention is over: a line says so, then they go. What a
   * crash left half done is taken up again.
   * @param {string} id
   */
  async destroy(id) {
    await this.alone(async () => {
      let book = await this.store.book(id);
      if (!book) return;
      const over = seconds(this.now()) - book.days * dayMs;
      if (this.now() - book.destroyedAt >= destroyMs && (await this.store.due(id, over, 1)).length) {
        const { line, number, before } = await this.engine.call('register.destroy', { now: this.now(), ...(await this.ends(id)) });
        book = { ...book, before, destroyedAt: this.now() };
        await this.store.add([{ book: id, number, line: fromBase64url(line) }], book);
      }
      for (;;) {
        const due = await this.store.due(id, book.before, batch);
        if (!due.length) return;
        const { lines } = await this.engine.call('register.strip', { before: book.before, lines: due.map(({ line }) => toBase64url(line)) });
        await this.store.replace(due.map(({ number }, i) => ({ book: id, number, line: fromBase64url(lines[i]) })));
      }
    });
  }

  /**
   * A register as one file, with a checkpoint for all of it where the endpoint can be reached.
   * @param {string} id
   * @returns {Promise<Blob>}
   */
  async export(id) {
    await this.checkpoint(id, true).catch(() => {});
    return this.alone(async () => {
      const book = await this.store.book(id);
      const { bytes } = await this.engine.call('register.export', { checkpoints: book?.checkpoints ?? [] });
      const parts = [new Blob([fromBase64url(bytes)])];
      for (let from = 0; ;) {
        const lines = await this.store.lines(id, from, batch);
        if (!lines.length) break;
        parts.push(new Blob(lines.map(({ line }) => line)));
        from = lines[lines.length - 1].number + 1;
      }
      return new Blob(parts, { type: 'application/octet-stream' });
    });
  }

  /**
   * Goes on from a file. Answers with the key of a sentence.
   * @param {Blob} file
   * @param {(part: number) => void} [onProgress]
   * @returns {Promise<{note: string, count: number}>}
   */
  async import(file, onProgress) {
    const { report, rows, checkpoints } = await readRegister(this.engine, file, onProgress);
    const count = rows.length;
    if (!report.lines || !count) return { note: 'register.import.none', count };
    if (!report.intact) return { note: 'register.import.damaged', count: report.faults.length + report.more };
    const first = toBase64url(await lineOf(file, rows[0]));
    const last = toBase64url(await lineOf(file, rows[count - 1]));
    const state = await this.engine.call('register.state', { now: this.now(), first, last });
    if (this.place && state.party.id !== this.place.party.id) return { note: 'register.import.other', count };
    return this.alone(async () => {
      const book = { ...bookOf(state), since: this.now() };
      const there = await this.store.last(book.id);
      if (await this.store.book(book.id)) {
        if (there && there.number >= count - 1) return { note: 'register.import.known', count };
        if (!there || toBase64url(there.line) !== toBase64url(await lineOf(file, rows[there.number]))) return { note: 'register.import.other', count };
      }
      const before = rows.reduce((latest, row) => Math.max(latest, row.before ?? 0), 0);
      for (let from = 0; from < count; from += batch) {
        const some = rows.slice(from, from + batch);
        const kept = await Promise.all(some.map(async (row) => ({
          book: book.id, number: row.number, line: await lineOf(file, row), ...(row.sealed && { sealedAt: row.time }),
        })));
        // The register itself comes with its last line: until then it is not there.
        const done = from + batch >= count;
        await this.store.replace(kept, done ? { ...book, before, checkpoints: checkpoints.slice(-keptCheckpoints) } : undefined);
      }
      if (state.inspector !== this.key) {
        this.inspector = state.inspector === this.place?.inspector ? null : { key: state.inspector };
        await this.store.set('inspector', this.inspector);
      }
      await this.look();
      this.onChange();
      return { note: 'register.import.done', count };
    });
  }
}

/**
 * @param {import('../types/register.js').RegisterState} state
 * @returns {Book}
 */
function bookOf({ anchor, party, inspector, days, from, to, full }) {
  return { id: anchor, party: party.id, inspector, days, from, to, full, since: 0, checkpoints: [], signed: 0, signedAt: 0, before: 0, destroyedAt: 0 };
}

/** @param {Place} place */
function daysOf({ days }) {
  return Math.max(1, days); // a register has a retention, also where nothing is sealed
}

/** @param {number} ms */
function seconds(ms) {
  return Math.floor(ms / 1000) * 1000;
}

/** @param {Entry} entry */
function forget(entry) {
  entry.result = { ...entry.result, claims: {} };
}

/** @param {unknown} fault  whether the engine will never make a line of this */
function refused(fault) {
  return fault instanceof Error && 'code' in fault && (fault.code === 'body-malformed' || fault.code === 'too-large');
}

/** @param {unknown} fault  of the endpoint: it signed for as many lines already */
function signedBefore(fault) {
  return fault instanceof Error && 'code' in fault && fault.code === 'checkpoint-old';
}

/**
 * Runs work while no other page of this browser writes. Where the browser has no locks, a
 * number that is taken fails, and the line is made again.
 * @template T
 * @param {() => Promise<T>} work
 * @param {string} [what]
 * @returns {Promise<T>}
 */
function withLock(work, what = 'register') {
  return navigator.locks ? /** @type {Promise<T>} */ (navigator.locks.request(`jianzheng-${what}`, work)) : work();
}
