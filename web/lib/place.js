// Where this counter stands and what its engine works from: enrolment, lists, relying party,
// purposes and the one that was chosen.

import { UNREACHABLE } from './api.js';
import { bootRequest, Lists, sameBundle } from './lists.js';
import { recall, remember } from './prefs.js';
import { now } from './clock.js';

/** @typedef {import('./lists.js').Bundle} Bundle */
/** @typedef {import('../types/engine.js').Purpose} Purpose */
/** @typedef {import('./terminal.js').Terminal} Terminal */

/** How often lists are looked at again while the page stays open, and while it has none. */
const listsMs = 10 * 60_000;
const noListsMs = 5000;

/** Lists that were kept are compared with the network's when the page has come to rest. */
const compareMs = 1500;

/** Whether the page was opened by the operator's link. */
const linked = () => location.hash.startsWith('#enrol=');

/**
 * This counter's enrolment. Open relying parties, as that of the demonstration, need none.
 * @param {import('./api.js').Api} api
 * @returns {Promise<Terminal | null>}
 */
export async function openTerminal(api) {
  if (!linked() && !recall('terminal')) return null;
  const { Terminal } = await import('./terminal.js');
  return new Terminal({ api, recall, remember });
}

export class Place {
  /** @type {Bundle | null} */
  bundle = null;
  /** @type {Purpose[]} */
  purposes = [];
  /** Code of the purpose in use. */
  purpose = '';
  demo = false;

  /**
   * @param {object} parts
   * @param {import('./api.js').Api} parts.api
   * @param {import('./shelf.js').Shelf} parts.shelf
   * @param {Terminal | null} parts.terminal
   * @param {import('../engine/client.js').Engine} parts.engine
   * @param {() => import('../types/flow.js').State} parts.state
   * @param {(event: import('../types/flow.js').Event) => void} parts.dispatch
   * @param {(key: string) => void} parts.onNote   a sentence about the enrolment
   * @param {() => Promise<void>} parts.onTaken    the engine works from these lists
   * @param {() => void} parts.onSame              the network had the lists at hand
   */
  constructor({ api, shelf, terminal, engine, state, dispatch, onNote, onTaken, onSame }) {
    this.terminal = terminal;
    this.engine = engine;
    this.state = state;
    this.dispatch = dispatch;
    this.onNote = onNote;
    this.onTaken = onTaken;
    this.onSame = onSame;
    this.lists = new Lists({
      config: async () => {
        const config = await api.config();
        return terminal ? terminal.place(config) : config;
      },
      list: (path) => api.list(path),
    }, shelf);
    this.enrolling = this.enrol();
    /** What the first engine starts from; later ones have the lists of the one before. */
    this.first = this.find();
  }

  /**
   * Looks for the lists to start from while the engine is still on its way: those that were
   * kept, else the network's.
   * @returns {Promise<{bundle: Bundle, origin: 'cached' | 'fresh'} | null>}
   */
  async find() {
    await this.enrolling;
    const bundle = await this.lists.kept();
    if (bundle) return { bundle, origin: 'cached' };
    return this.lists.fetch().then((fresh) => ({ bundle: fresh, origin: 'fresh' }), () => null);
  }

  /** Looks again for lists as long as the page is open. */
  watch() {
    window.addEventListener('hashchange', () => { this.enrolling = this.enrol(); });
    window.addEventListener('online', () => void this.refresh());
    window.addEventListener('offline', () => this.dispatch({ type: 'network', state: 'offline' }));
    setInterval(() => { if (!document.hidden) void Promise.all([this.refresh(), this.terminal?.renew()]); }, listsMs);
    setInterval(() => { if (!this.bundle && this.engine.state === 'ready') void this.refresh(); }, noListsMs);
  }

  /** The purpose in use, as the catalogue has it. */
  get chosen() {
    return this.purposes.find(({ code }) => code === this.purpose) ?? null;
  }

  /** Whether staff may choose another purpose. */
  get selectable() {
    return (this.demo || this.terminal !== null) && this.purposes.length > 1;
  }

  /** @param {string} code */
  choose(code) {
    this.purpose = code;
    remember('purpose', code);
  }

  /** Boots a fresh engine: from what was kept, at once; then from the network. */
  async load() {
    const first = this.bundle ? null : await this.first;
    if (first?.origin === 'fresh') return this.boot(first.bundle, 'fresh');
    this.bundle ??= first?.bundle ?? null;
    if (this.bundle) {
      await this.boot(this.bundle, 'cached');
      await new Promise((done) => setTimeout(done, compareMs));
    }
    await this.refresh();
  }

  /** Enrols this counter when the page was opened by the operator's link; else renews its token. */
  async enrol() {
    const { terminal } = this;
    if (!linked()) return void terminal?.renew();
    if (!terminal) return location.reload();
    const problem = await terminal.enrol(location.hash);
    // A link that was not answered is tried again when the page is loaded again.
    if (problem !== UNREACHABLE) history.replaceState(null, '', location.pathname + location.search);
    this.onNote(problem ? `reason.${problem}` : 'terminal.enrolled');
    if (!problem && this.bundle) await this.refresh();
  }

  /** Fetches the lists and hands them to the engine if they changed. */
  async refresh() {
    let fresh;
    try {
      fresh = await this.lists.fetch();
    } catch {
      if (!this.bundle) this.dispatch({ type: 'lists', state: 'missing' });
      return;
    }
    const { lists, engine } = this.state();
    if (sameBundle(this.bundle, fresh) && lists.state !== 'refused' && engine === 'ready') {
      this.dispatch({ type: 'lists', state: 'fresh' });
      this.onSame();
      return;
    }
    await this.boot(fresh, 'fresh');
  }

  /**
   * Hands lists to the engine. Lists that it does not take leave those before them in place.
   * @param {Bundle} candidate
   * @param {'cached' | 'fresh'} origin
   */
  async boot(candidate, origin) {
    const { engine, terminal, bundle } = this;
    let answer;
    try {
      answer = await engine.call('boot', bootRequest(candidate, now()));
      const [problem] = answer.problems;
      if (problem) {
        this.dispatch({ type: 'lists', state: 'refused', reason: problem });
        if (bundle && bundle !== candidate) await engine.call('boot', bootRequest(bundle, now()));
        if (bundle || !answer.purposes.length) return;
      } else if (origin === 'fresh') {
        await this.lists.keep(candidate, answer);
      }
    } catch (fault) {
      const code = codeOf(fault);
      if (code !== 'engine-crashed') this.dispatch({ type: 'lists', state: 'refused', reason: code });
      return;
    }
    this.bundle = candidate;
    this.demo = answer.demo;
    this.purposes = terminal ? terminal.open(answer.purposes) : answer.purposes;
    const wished = this.demo || terminal ? recall('purpose') : null;
    this.purpose = this.purposes.some(({ code }) => code === wished) ? wished ?? '' : candidate.config.purpose;
    if (!answer.problems.length) this.dispatch({ type: 'lists', state: origin, until: answer.offlineUntil });
    await this.onTaken();
  }
}

/** @param {unknown} fault */
export function codeOf(fault) {
  return fault instanceof Error && 'code' in fault ? String(fault.code) : 'internal';
}
