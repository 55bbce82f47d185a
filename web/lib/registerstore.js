// Registers in IndexedDB, in a database of their own: lines under their numbers, and what the
// page has to know of each register. A line is added, never put: of two pages that would write
// one number, the second fails.

const databaseName = 'jianzheng-register';

/**
 * One register. All bytes but those of lines are base64url.
 * @typedef {object} Book
 * @property {string} id           hash of its first line
 * @property {string} party        id of the relying party
 * @property {string} inspector    public key
 * @property {number} days         of retention
 * @property {number} from         checks lie in [from, to), ms
 * @property {number} to
 * @property {boolean} full        it takes few lines more
 * @property {number} since        when this page began it or took it from a file, ms
 * @property {string[]} checkpoints  signed by the operator, oldest first
 * @property {number} signed       lines that the last of them covers
 * @property {number} signedAt     ms, 0 for never
 * @property {number} before       sealed parts older than this are to be removed, ms
 * @property {number} destroyedAt  when that was noted last, ms
 */

/**
 * @typedef {object} Kept
 * @property {string} book
 * @property {number} number
 * @property {Uint8Array<ArrayBuffer>} line
 * @property {number} [sealedAt]  time of the check, whole seconds in ms, while its sealed part is there
 */

const highest = Number.MAX_SAFE_INTEGER;

export class RegisterStore {
  /** @type {Promise<IDBDatabase> | null} */
  database = null;

  /** @returns {Promise<Book[]>} */
  books() {
    return this.read('books', (store) => store.getAll());
  }

  /**
   * @param {string} id
   * @returns {Promise<Book | undefined>}
   */
  book(id) {
    return this.read('books', (store) => store.get(id));
  }

  /**
   * @param {string} name
   * @returns {Promise<any>}
   */
  setting(name) {
    return this.read('settings', (store) => store.get(name));
  }

  /**
   * @param {string} name
   * @param {any} value
   */
  set(name, value) {
    return this.write(['settings'], (tx) => tx.objectStore('settings').put(value, name));
  }

  /**
   * The last line of a register.
   * @param {string} id
   * @returns {Promise<Kept | undefined>}
   */
  async last(id) {
    const cursor = await this.read('lines', (store) => store.openCursor(IDBKeyRange.bound([id, 0], [id, highest]), 'prev'));
    return cursor?.value;
  }

  /**
   * Lines from a number on, at most so many.
   * @param {string} id
   * @param {number} from
   * @param {number} most
   * @returns {Promise<Kept[]>}
   */
  lines(id, from, most) {
    return this.read('lines', (store) => store.getAll(IDBKeyRange.bound([id, from], [id, highest]), most));
  }

  /**
   * Lines with a sealed part that are older than a time, at most so many.
   * @param {string} id
   * @param {number} before  ms
   * @param {number} most
   * @returns {Promise<Kept[]>}
   */
  async due(id, before, most) {
    if (before <= 0) return []; // a range without a member is an error there
    return this.read('lines', (store) => store.index('sealed').getAll(IDBKeyRange.bound([id, 0], [id, before], false, true), most));
  }

  /**
   * Adds lines and with them, in the same step, what changes of the register. Fails as a whole
   * when one of the numbers is taken.
   * @param {Kept[]} lines
   * @param {Book} [book]
   */
  add(lines, book) {
    return this.write(['lines', 'books'], (tx) => {
      for (const kept of lines) tx.objectStore('lines').add(kept);
      if (book) tx.objectStore('books').put(book);
    });
  }

  /**
   * Puts lines in place of those that were there.
   * @param {Kept[]} lines
   * @param {Book} [book]
   */
  replace(lines, book) {
    return this.write(['lines', 'books'], (tx) => {
      for (const kept of lines) tx.objectStore('lines').put(kept);
      if (book) tx.objectStore('books').put(book);
    });
  }

  /**
   * @template T
   * @param {string} name
   * @param {(store: IDBObjectStore) => IDBRequest<T>} ask
   * @returns {Promise<any>}
   */
  async read(name, ask) {
    const database = await this.open();
    return settled(ask(database.transaction(name).objectStore(name)));
  }

  /**
   * Writes, and resolves when it is on the disk.
   * @param {string[]} names
   * @param {(tx: IDBTransaction) => unknown} work
   * @returns {Promise<void>}
   */
  async write(names, work) {
    const database = await this.open();
    const tx = database.transaction(names, 'readwrite', { durability: 'strict' });
    const done = new Promise((resolve, reject) => {
      tx.oncomplete = resolve;
      tx.onabort = () => reject(tx.error ?? new Error('the register was not written'));
    });
    try {
      work(tx);
    } catch (fault) {
      tx.abort();
      await done.catch(() => {});
      throw fault;
    }
    await done;
  }

  /** @returns {Promise<IDBDatabase>} */
  open() {
    this.database ??= connect().then((database) => {
      database.onversionchange = () => database.close();
      database.onclose = () => { this.database = null; };
      return database;
    });
    this.database.catch(() => { this.database = null; });
    return this.database;
  }
}

/** @returns {Promise<IDBDatabase>} */
async function connect() {
  const request = indexedDB.open(databaseName, 1);
  request.onupgradeneeded = () => {
    const { result } = request;
    result.createObjectStore('books', { keyPath: 'id' });
    result.createObjectStore('settings');
    result.createObjectStore('lines', { keyPath: ['book', 'number'] }).createIndex('sealed', ['book', 'sealedAt']);
  };
  return settled(request);
}

/**
 * @template T
 * @param {IDBRequest<T>} request
 * @returns {Promise<T>}
 */
function settled(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
