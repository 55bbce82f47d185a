// Module worker of BenchmarkReaders: our decoder and zxing-wasm on the same pixels.

/** @returns a function of ImageData that gives text or null, ready to read */
const makers = {
  async ours() {
    const { init, decode } = await import('/engine/decoder.js');
    await init();
    return (image) => decode(image.data, image.width, image.height);
  },
  async zxing() {
    const { prepareZXingModule, readBarcodes } = await import('/zxing/es/reader/index.js');
    await prepareZXingModule({
      overrides: { locateFile: (name) => new URL(`/zxing/reader/${name}`, self.location.href).href },
      fireImmediately: true,
    });
    const options = { formats: ['QRCode'], tryHarder: true, textMode: 'Plain', maxNumberOfSymbols: 1 };
    return async (image) => {
      const [symbol] = await readBarcodes(image, options);
      return symbol?.isValid ? symbol.text : null;
    };
  },
};

/** @param {string} url  of an image file; its pixels as every reader gets them */
async function load(url) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: HTTP ${response.status}`);
  const bitmap = await createImageBitmap(await response.blob());
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  const context = canvas.getContext('2d', { willReadFrequently: true });
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  return context.getImageData(0, 0, canvas.width, canvas.height);
}

let readers;

const tasks = {
  /** Each reader once to warm up, then by turns, of which the median counts. */
  async compare({ url, rounds }) {
    readers ??= { ours: await makers.ours(), zxing: await makers.zxing() };
    const image = await load(url);
    const got = {};
    const times = { ours: [], zxing: [] };
    for (const name in readers) got[name] = await readers[name](image);
    for (let round = 0; round < rounds; round++) {
      for (const name of round % 2 ? ['zxing', 'ours'] : ['ours', 'zxing']) {
        const since = performance.now();
        await readers[name](image);
        times[name].push(performance.now() - since);
      }
    }
    const result = {};
    for (const name in readers) result[name] = { text: got[name], ms: median(times[name]) };
    return result;
  },

  /** From nothing loaded to the first text, in a worker that has done nothing else. */
  async cold({ url, name }) {
    const image = await load(url);
    const since = performance.now();
    const read = await makers[name]();
    const text = await read(image);
    return { text, ms: performance.now() - since };
  },
};

function median(values) {
  return values.sort((a, b) => a - b)[values.length >> 1];
}

self.onmessage = async ({ data }) => {
  try {
    self.postMessage({ result: await tasks[data.task](data) });
  } catch (fault) {
    self.postMessage({ fault: String(fault?.stack ?? fault) });
  }
};
