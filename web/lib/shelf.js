// A small shelf of values in IndexedDB. A browser that refuses IndexedDB (private windows,
// full disks) gets a shelf in memory, which lasts as long as the page.

const databaseName = 'jianzheng';
const storeNames = /** @type {const} */ (['lists', 'cards']);

/** @typedef {typeof storeNames[number]} ShelfName */

export class Shelf {
  /** @param {ShelfName} name */
  constructor(name) {
    this.name = name;
    /** @type {Map<string, any> | null} */
    this.memory = null;
  }

  /**
   * @param {string} key
   * @returns {Promise<any>}
   */
  get(key) {
    return this.run('readonly', (store) => store.get(key), (memory) => memory.get(key));
  }

  /**
   * @param {string} key
   * @param {any} value
   * @returns {Promise<void>}
   */
  async put(key, value) {
    await this.run('readwrite', (store) => store.put(value, key), (memory) => memory.set(key, value));
  }

  /** @returns {Promise<any[]>} */
  all() {
    return this.run('readonly', (store) => store.getAll(), (memory) => [...memory.values()]);
  }

  /** @returns {Promise<void>} */
  async clear() {
    await this.run('readwrite', (store) => store.clear(), (memory) => memory.clear());
  }

  /**
   * @param {IDBTransactionMode} mode
   * @param {(store: IDBObjectStore) => IDBRequest} ask
   * @param {(memory: Map<string, any>) => any} instead
   */
  async run(mode, ask, instead) {
    if (!this.memory) {
      try {
        const database = await open();
        try {
          return await settled(ask(database.transaction(this.name, mode).objectStore(this.name)));
        } finally {
          database.close();
        }
      } catch {
        this.memory = new Map();
      }
    }
    return instead(this.memory);
  }
}

/** @returns {Promise<IDBDatabase>} */
function open() {
  const request = indexedDB.open(databaseName, 1);
  request.onupgradeneeded = () => {
    for (const name of storeNames) request.result.createObjectStore(name);
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
