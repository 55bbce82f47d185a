// Module worker of BenchmarkReaders: our decoder and zxing-wasm on the same pixels.

/**
 * What a reader makes of a picture in one of two forms: RGBA as a canvas gives it, and the
 * luma of that. Ours takes luma as bytes; zxing-wasm takes it as a PGM file, which holds
 * just those bytes behind a line of text and costs it less than grey RGBA.
 * @typedef {object} Picture
 * @property {ImageData} image
 * @property {Uint8Array} luma
 * @property {Uint8Array} pgm
 */

/** @returns functions of a picture that give text or null, ready to read */
const makers = {
  async ours() {
    const { init, decode, decodeLuma, memory } = await import('/engine/decoder.js');
    await init();
    return {
      memory,
      rgba: ({ image }) => decode(image.data, image.width, image.height),
      luma: ({ image, luma }) => decodeLuma(luma, image.width, image.height),
      video: ({ image, luma }) => decodeLuma(luma, image.width, image.height, { video: true }),
    };
  },
  async zxing() {
    const { prepareZXingModule, readBarcodes } = await import('/zxing/es/reader/index.js');
    const module = await prepareZXingModule({
      overrides: { locateFile: (name) => new URL(`/zxing/reader/${name}`, self.location.href).href },
      fireImmediately: true,
    });
    const options = { formats: ['QRCode'], tryHarder: true, textMode: 'Plain', maxNumberOfSymbols: 1 };
    const first = ([symbol]) => (symbol?.isValid ? symbol.text : null);
    return {
      memory: () => module.HEAPU8.buffer.byteLength,
      rgba: async ({ image }) => first(await readBarcodes(image, options)),
      luma: async ({ pgm }) => first(await readBarcodes(pgm, options)),
    };
  },
};

/**
 * @param {string} url  of an image file; its pixels as every reader gets them
 * @returns {Promise<Picture>}
 */
async function load(url) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: HTTP ${response.status}`);
  const bitmap = await createImageBitmap(await response.blob());
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  const context = canvas.getContext('2d', { willReadFrequently: true });
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  const image = context.getImageData(0, 0, canvas.width, canvas.height);
  const head = new TextEncoder().encode(`P5\n${image.width} ${image.height}\n255\n`);
  const pgm = new Uint8Array(head.length + image.width * image.height);
  pgm.set(head);
  const luma = pgm.slice(head.length);
  for (let i = 0, p = 0; i < luma.length; i++, p += 4) {
    const alpha = image.data[p + 3];
    const grey = (image.data[p] * 77 + image.data[p + 1] * 150 + image.data[p + 2] * 29 + 128) >> 8;
    luma[i] = Math.round((grey * alpha + 255 * (255 - alpha)) / 255);
  }
  pgm.set(luma, head.length);
  return { image, luma, pgm };
}

let readers;

/** Every way of reading that is compared, first ours and then the peer's. */
const ways = [['ours', 'rgba'], ['zxing', 'rgba'], ['ours', 'luma'], ['zxing', 'luma'], ['ours', 'video']];

const tasks = {
  /** Each way once to warm up, then by turns, of which the median counts. */
  async compare({ url, rounds }) {
    readers ??= { ours: await makers.ours(), zxing: await makers.zxing() };
    const picture = await load(url);
    const result = { width: picture.image.width, height: picture.image.height };
    const times = ways.map(() => []);
    const name = ([reader, form]) => `${reader}_${form}`;
    for (const way of ways) result[name(way)] = { text: await readers[way[0]][way[1]](picture), ms: 0 };
    for (let round = 0; round < rounds; round++) {
      for (let i = 0; i < ways.length; i++) {
        const at = round % 2 ? ways.length - 1 - i : i;
        const [reader, form] = ways[at];
        const since = performance.now();
        await readers[reader][form](picture);
        times[at].push(performance.now() - since);
      }
    }
    ways.forEach((way, i) => { result[name(way)].ms = median(times[i]); });
    return result;
  },

  /** The frames of a clip once each, in order; ours as a video, in a worker that has seen no other. */
  async clip({ urls }) {
    const ours = await makers.ours();
    const zxing = await makers.zxing();
    const frames = [];
    for (const url of urls) {
      const picture = await load(url);
      const frame = {};
      for (const [name, read] of [['ours', ours.video], ['zxing', zxing.luma]]) {
        const since = performance.now();
        frame[name] = { text: await read(picture), ms: performance.now() - since };
      }
      frames.push(frame);
    }
    return frames;
  },

  /** Memory of each reader in bytes after frames of this size, without a code and with one. */
  async memory({ url, width, height }) {
    const drawn = await load(url);
    const canvas = new OffscreenCanvas(width, height);
    const context = canvas.getContext('2d', { willReadFrequently: true });
    context.fillStyle = '#888';
    context.fillRect(0, 0, width, height);
    const frames = [context.getImageData(0, 0, width, height)];
    context.putImageData(drawn.image, 40, 40);
    frames.push(context.getImageData(0, 0, width, height));
    const result = {};
    for (const name in makers) {
      const reader = await makers[name]();
      for (let i = 0; i < 20; i++) {
        const image = frames[i % 2];
        const luma = new Uint8Array(width * height).map((_, k) => image.data[4 * k]);
        await (reader.video ?? reader.rgba)({ image, luma });
      }
      result[name] = reader.memory();
    }
    return result;
  },

  /** From nothing loaded to the first text, in a worker that has done nothing else. */
  async cold({ url, name }) {
    const picture = await load(url);
    const since = performance.now();
    const reader = await makers[name]();
    const text = await reader.rgba(picture);
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
