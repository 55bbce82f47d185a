// The ways in which a picture becomes luma in the engine's memory, the fastest first. A way that
// fails is left for good, and the picture with which it failed goes the next way.

/** @typedef {import('../types/engine.js').Rung} Rung */

/**
 * What is used of the exports of wasm/main_js.go.
 * @typedef {object} Memory
 * @property {WebAssembly.Memory} mem
 * @property {(bytes: number) => number} buffer  address of a kept buffer of at least so many bytes
 * @property {(slow: number) => number} prepareWebGL  puts frameToLuma on the global object; 0 without
 *     WebGL 2, or with one in software unless slow is 1
 */

/** @typedef {VideoFrame | ImageBitmap} Picture */

/**
 * A picture in the buffer, and by how much it has to be turned to stand upright.
 * @typedef {object} Luma
 * @property {number} width
 * @property {number} height
 * @property {number} stride   bytes from row to row
 * @property {number} degrees  clockwise
 */

/** Pixel formats of a VideoFrame that begin with a plane of luma. */
const planar = new Set(['I420', 'I420A', 'I422', 'I422A', 'I444', 'I444A', 'NV12']);

/** @type {readonly Rung[]} */
const rungs = ['processor', 'frame', 'webgl', 'canvas'];

// Names of WebGL that no context is needed for.
const RGBA = 0x1908;
const UNSIGNED_BYTE = 0x1401;

export class Capture {
  /** @param {Memory} engine */
  constructor(engine) {
    this.engine = engine;
    /** @type {OffscreenCanvas | null} */
    this.canvas = null;
    /** @type {FrameToLuma | null} */
    this.webgl = null;
    this.first = 0;
    this.slow = 0;
  }

  /**
   * Begins at a rung, as for another camera. Whoever begins with WebGL gets it where it is drawn
   * in software too, which on the way down is passed over: a 2D canvas is faster then.
   * @param {Rung} rung
   */
  begin(rung) {
    this.first = Math.max(0, rungs.indexOf(rung));
    this.slow = rung === 'webgl' ? 1 : 0;
  }

  /** Whether planes are copied: how a frame got here makes the two upper rungs. */
  get copies() {
    return this.first < rungs.indexOf('webgl');
  }

  /** The rung in use. */
  get rung() {
    return rungs[this.first];
  }

  /**
   * Writes the luma of a picture to the engine's buffer. The picture stays open.
   * @param {Picture} picture
   * @returns {Promise<Luma>}  rejects when the last way has failed too
   */
  async take(picture) {
    for (;;) {
      try {
        if (this.copies) return await this.copy(picture);
        if (this.rung === 'webgl') return this.render(picture);
        return this.draw(picture, ...shown(picture));
      } catch (fault) {
        if (this.first === rungs.length - 1) throw fault;
        this.first = this.copies ? rungs.indexOf('webgl') : this.first + 1;
      }
    }
  }

  /**
   * Copies the planes of a video frame; the one of luma is the first.
   * @param {Picture} frame
   * @returns {Promise<Luma>}
   */
  async copy(frame) {
    if (!('copyTo' in frame) || !frame.format || !planar.has(frame.format) || !frame.visibleRect) throw new Error('no plane of luma');
    const { width, height } = frame.visibleRect;
    // All planes have to be copied: the browser refuses to let them overlap.
    const bytes = frame.allocationSize();
    const at = this.engine.buffer(bytes);
    const [luma] = await frame.copyTo(new Uint8Array(this.engine.mem.buffer, at, bytes));
    if (luma.offset !== 0) throw new Error('luma is not the first plane');
    return { width, height, stride: luma.stride, degrees: 'rotation' in frame ? Number(frame.rotation) : 0 };
  }

  /**
   * Lets the graphics processor turn a picture into luma; see package webgl.
   * @param {Picture} picture
   * @returns {Luma}
   */
  render(picture) {
    if (!this.webgl) {
      if (!this.engine.prepareWebGL(this.slow)) throw new Error('no WebGL 2');
      this.webgl = globalThis.frameToLuma ?? null;
    }
    const gl = this.webgl;
    if (!gl || gl.lost()) throw new Error('no WebGL 2');
    const [width, height] = shown(picture);
    const quarter = Math.ceil(width / 4); // four pixels of luma in one of RGBA
    if (gl.canvas.width !== quarter || gl.canvas.height !== height) {
      gl.canvas.width = quarter;
      gl.canvas.height = height;
      gl.view(0, 0, quarter, height);
    }
    gl.upload(picture);
    gl.draw();
    const bytes = quarter * 4 * height;
    const at = this.engine.buffer(bytes);
    gl.read(0, 0, quarter, height, RGBA, UNSIGNED_BYTE, new Uint8Array(this.engine.mem.buffer, at, bytes));
    if (gl.fault() !== 0) throw new Error('WebGL failed');
    return { width, height, stride: quarter * 4, degrees: 0 };
  }

  /**
   * Draws a picture on a canvas, at any size, and weighs its colours one by one.
   * @param {CanvasImageSource} picture
   * @param {number} width
   * @param {number} height
   * @returns {Luma}
   */
  draw(picture, width, height) {
    const canvas = this.canvas ??= new OffscreenCanvas(width, height);
    if (canvas.width !== width || canvas.height !== height) {
      canvas.width = width;
      canvas.height = height;
    }
    const context = canvas.getContext('2d', { willReadFrequently: true });
    if (!context) throw new Error('no 2d canvas in a worker');
    context.fillStyle = '#fff'; // what is transparent was meant to lie on white
    context.fillRect(0, 0, width, height);
    context.drawImage(picture, 0, 0, width, height);
    const rgba = context.getImageData(0, 0, width, height).data;
    const at = this.engine.buffer(width * height);
    const luma = new Uint8Array(this.engine.mem.buffer, at, width * height);
    for (let i = 0, p = 0; i < luma.length; i++, p += 4) {
      // Rec. 601 weights in 256ths, as cameras deliver their own luma.
      luma[i] = (rgba[p] * 77 + rgba[p + 1] * 150 + rgba[p + 2] * 29) >> 8;
    }
    return { width, height, stride: width, degrees: 0 };
  }
}

/**
 * The size at which a picture is shown.
 * @param {Picture} picture
 * @returns {[number, number]}
 */
function shown(picture) {
  return 'displayWidth' in picture ? [picture.displayWidth, picture.displayHeight] : [picture.width, picture.height];
}
