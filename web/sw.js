// The service worker: keeps all files of one build of the app and answers with them, so
// that pages and engine start without a network and none is fetched twice. It knows
// nothing of cards. What is not on the list of the build, as everything below /v1/ and
// config.json, goes to the network as if it were not there.

/** @type {any} The scope of a service worker, which TypeScript's library for pages lacks. */
const scope = self;

// Where Trusted Types are enforced, the address of a script has to be vouched for.
const policy = scope.trustedTypes?.createPolicy('file-list', { createScriptURL: () => 'files.js' });
scope.importScripts(policy?.createScriptURL('') ?? 'files.js');

/** What the build is made of: a hash for each file, and a version made of them all. @type {{version: string, files: Record<string, string>}} */
const { version, files } = scope.app;

const prefix = 'jianzheng-';
const cacheName = prefix + version;

/** The folder of index.html. */
const root = new URL('../', scope.location.href);

/** So many files are asked for at a time, which leaves connections to the page. */
const atOnce = 2;

/**
 * Where a file is asked for. Servers lead index.html to its folder.
 * @param {string} file
 */
const addressOf = (file) => new URL(file.replace(/(^|\/)index\.html$/, '$1'), root).href;

/**
 * What a file is kept under: its hash is a part, so files of two builds are never taken for
 * each other.
 * @param {string} file
 */
const keyOf = (file) => `${addressOf(file)}?${encodeURIComponent(files[file])}`;

/** What lies here is named by its hash, so a copy that the browser has is the right one. */
const hashed = /^(web\/app|dist\/engine)\/.+-[0-9A-Z]{8,}\./;

/**
 * Asks for a file. It fails if what comes is not that of this build.
 * @param {string} file
 */
const load = (file) => fetch(addressOf(file), { integrity: files[file], cache: hashed.test(file) ? 'default' : 'no-cache', credentials: 'same-origin', redirect: 'error' });

/** Keeps all files; those that an earlier build had already are not fetched again. */
async function install() {
  const cache = await caches.open(cacheName);
  const queue = Object.keys(files);
  const work = async () => {
    for (let file = queue.pop(); file !== undefined; file = queue.pop()) {
      const key = keyOf(file);
      if (await cache.match(key, { ignoreVary: true })) continue;
      const response = await caches.match(key, { ignoreVary: true }) ?? await load(file);
      if (!response.ok) throw new Error(`${file}: ${response.status}`);
      await cache.put(key, response);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
}

/** Forgets the builds before this one. */
async function activate() {
  const names = await caches.keys();
  await Promise.all(names.map((name) => name.startsWith(prefix) && name !== cacheName && caches.delete(name)));
}

/**
 * The file that a request asks for, if it is one of the app.
 * @param {Request} request
 * @returns {string | null}
 */
function fileOf({ method, url }) {
  const { origin, pathname } = new URL(url);
  if (method !== 'GET' || origin !== root.origin || !pathname.startsWith(root.pathname)) return null;
  const name = pathname.slice(root.pathname.length);
  const file = name === '' || name.endsWith('/') ? `${name}index.html` : name;
  return Object.hasOwn(files, file) ? file : null;
}

/**
 * @param {string} file
 * @param {Request} request
 * @returns {Promise<Response>}
 */
async function answer(file, request) {
  const cache = await caches.open(cacheName);
  const kept = await cache.match(keyOf(file), { ignoreVary: true });
  if (kept) return kept;
  try {
    return await load(file);
  } catch {
    // The browser has thrown away a part of what was kept, and the server has another build:
    // better none of this one than some. The page's next start is from the network alone.
    await scope.registration.unregister();
    return request.mode === 'navigate' ? fetch(request) : Response.error();
  }
}

scope.addEventListener('install', (/** @type {any} */ event) => event.waitUntil(install()));
scope.addEventListener('activate', (/** @type {any} */ event) => event.waitUntil(activate()));
scope.addEventListener('fetch', (/** @type {any} */ event) => {
  const file = fileOf(event.request);
  if (file) event.respondWith(answer(file, event.request));
});
// A new build waits until a page says that all are idle.
scope.addEventListener('message', (/** @type {any} */ event) => {
  if (event.data === 'take') event.waitUntil(scope.skipWaiting());
});
