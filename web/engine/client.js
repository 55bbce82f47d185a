// Client of the engine's Web Worker. Starts it again after a crash or a hang, keeps
// one frame in flight and drops those that come meanwhile.

/** @typedef {import('../types/engine.js').Operations} Operations */
/** @typedef {import('../types/engine.js').WorkerRequest} WorkerRequest */
/** @typedef {import('../types/engine.js').WorkerReply} WorkerReply */
/** @typedef {import('../types/engine.js').ScanReport} ScanReport */
/** @typedef {import('../types/engine.js').FrameReport} FrameReport */
/** @typedef {import('../types/engine.js').Rung} Rung */

/** A refusal by the engine; `code` is a reason code. */
export class EngineError extends Error {
  /**
   * @param {string} code
   * @param {string} message
   */
  constructor(code, message) {
    super(message);
    this.name = 'EngineError';
    this.code = code;
  }
}

/** An answer later than this means that the engine hangs. Cold starts of slow machines stay below. */
const hangMs = 15_000;

/** Pauses before a new start; after the last one a person has to ask for it. */
const restartMs = [0, 1000, 4000, 15_000];

/** A run this long without a crash sets the pauses back to the first. */
const steadyMs = 60_000;

/**
 * @typedef {object} Pending
 * @property {(answer: any) => void} resolve
 * @property {(fault: EngineError) => void} reject
 * @property {ReturnType<typeof setTimeout>} timer
 */

/**
 * Who hears of the frames of a stream.
 * @typedef {object} Follower
 * @property {(report: FrameReport, since: number) => void} onFrame  since: performance.now() of its arrival
 * @property {() => void} onEnd  no more frames come by this way
 */

/**
 * @typedef {'starting' | 'ready' | 'crashed'} EngineState
 */

export class Engine {
  /** Engine memory in bytes, as of the last answer. */
  memory = 0;

  /** Milliseconds that the last answer took in the worker, without the way there and back. */
  took = 0;

  /** The rung on which the last frame was read. @type {Rung | ''} */
  rung = '';

  /** @type {EngineState} */
  state = 'starting';

  /**
   * @param {object} hooks
   * @param {() => void} hooks.onReady            a fresh engine runs: boot it
   * @param {(message: string, final: boolean) => void} hooks.onCrash  final: no new start is planned
   * @param {() => Worker} [hooks.spawn]          for tests
   */
  constructor({ onReady, onCrash, spawn = spawnWorker }) {
    this.onReady = onReady;
    this.onCrash = onCrash;
    this.spawn = spawn;
    this.serial = 0;
    this.crashes = 0;
    this.startedAt = 0;
    this.frameBusy = false;
    this.streams = 0;
    /** @type {Follower | null} */
    this.follower = null;
    /** @type {Rung} */
    this.firstRung = 'processor';
    /** @type {Map<number, Pending>} */
    this.pending = new Map();
    /** @type {Worker | null} */
    this.worker = null;
    this.start();
  }

  /** Starts a fresh worker in place of the present one. */
  start() {
    this.worker?.terminate();
    this.state = 'starting';
    this.frameBusy = false;
    this.startedAt = Date.now();
    const worker = this.spawn();
    this.worker = worker;
    worker.onmessage = (event) => {
      if (this.worker === worker) this.receive(event.data);
    };
    worker.onerror = (event) => {
      event.preventDefault();
      if (this.worker === worker) this.crash(event.message || 'the worker could not start');
    };
    if (this.firstRung !== 'processor') this.ladder(this.firstRung);
  }

  /**
   * Asks the engine for one operation.
   * @template {keyof Operations} Op
   * @param {Op} op
   * @param {Operations[Op][0]} fields
   * @returns {Promise<Operations[Op][1]>}  rejects with {@link EngineError}
   */
  async call(op, fields) {
    const { answer } = await this.send({ id: 0, kind: 'call', request: JSON.stringify({ op, ...fields }) });
    if (answer?.error) throw new EngineError(answer.error.code, answer.error.message);
    return answer;
  }

  /**
   * Hands the next piece of a register to the check that `register.check` began.
   * @param {Uint8Array<ArrayBuffer>} bytes  which it takes over
   * @returns {Promise<Operations['register.check'][1]>}  rejects with {@link EngineError}
   */
  async feed(bytes) {
    const { answer } = await this.send({ id: 0, kind: 'feed', bytes }, [bytes.buffer]);
    if (answer?.error) throw new EngineError(answer.error.code, answer.error.message);
    return answer;
  }

  /**
   * Says at which rung the ladder of ways to get at a frame begins, as for another camera. A
   * rung that fails is left for the next one below.
   * @param {Rung} rung
   */
  ladder(rung) {
    this.firstRung = rung;
    this.worker?.postMessage(/** @type {WorkerRequest} */ ({ id: 0, kind: 'ladder', rung }));
  }

  /**
   * Scans a video frame, which it takes over, unless one is in flight already.
   * @param {VideoFrame | ImageBitmap} frame
   * @returns {Promise<FrameReport> | null}  null when the frame was dropped
   */
  scanFrame(frame) {
    if (this.frameBusy || this.state !== 'ready') {
      frame.close();
      return null;
    }
    this.frameBusy = true;
    return this.send({ id: 0, kind: 'frame', frame }, [frame]).then(({ answer }) => {
      this.rung = answer.rung;
      return answer;
    }).finally(() => {
      this.frameBusy = false;
    });
  }

  /**
   * Lets the worker read frames by itself from a stream, which it takes over; one stream at a time.
   * @param {ReadableStream<VideoFrame>} frames  that keeps the latest frame only
   * @param {Follower} follower
   * @returns {() => void}  ends it, without onEnd
   */
  follow(frames, follower) {
    const stream = ++this.streams;
    this.follower = follower;
    const worker = this.worker;
    worker?.postMessage(/** @type {WorkerRequest} */ ({ id: 0, kind: 'stream', stream, frames }), [frames]);
    if (!worker) this.unfollow();
    return () => {
      if (this.follower !== follower) return;
      this.follower = null;
      this.worker?.postMessage(/** @type {WorkerRequest} */ ({ id: 0, kind: 'stream', stream: ++this.streams, frames: null }));
    };
  }

  /** Tells the follower that its stream is over. */
  unfollow() {
    const { follower } = this;
    this.follower = null;
    follower?.onEnd();
  }

  /**
   * Scans a still image of any kind the browser opens.
   * @param {Blob} blob
   * @returns {Promise<ScanReport>}  rejects with {@link EngineError} no-code when it is no image
   */
  scanImage(blob) {
    return this.send({ id: 0, kind: 'image', blob }).then(report);
  }

  /**
   * @param {WorkerRequest} request
   * @param {Transferable[]} [transfer]
   * @returns {Promise<{answer: any, memory: number}>}
   */
  send(request, transfer = []) {
    const worker = this.worker;
    if (!worker || this.state === 'crashed') {
      return Promise.reject(new EngineError('engine-crashed', 'the engine is not running'));
    }
    const id = ++this.serial;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.crash('no answer'), hangMs);
      this.pending.set(id, { resolve, reject, timer });
      worker.postMessage({ ...request, id }, transfer);
    });
  }

  /** @param {WorkerReply} reply */
  receive(reply) {
    if (reply.kind === 'ready') {
      this.state = 'ready';
      this.memory = reply.memory;
      this.onReady();
      return;
    }
    if (reply.kind === 'crashed') {
      this.crash(reply.message);
      return;
    }
    if (reply.kind === 'seen') {
      if (reply.stream !== this.streams) return;
      this.memory = reply.memory;
      this.took = reply.took;
      this.rung = reply.report.rung;
      this.follower?.onFrame(reply.report, reply.since - performance.timeOrigin);
      return;
    }
    if (reply.kind === 'ended') {
      if (reply.stream === this.streams) this.unfollow();
      return;
    }
    const pending = this.pending.get(reply.id);
    if (!pending) return;
    this.pending.delete(reply.id);
    clearTimeout(pending.timer);
    if (reply.kind === 'refused') {
      pending.reject(new EngineError(reply.code, reply.message));
      return;
    }
    this.memory = reply.memory;
    this.took = reply.took;
    pending.resolve(reply);
    // A panic that the engine caught: what it holds can no longer be relied on.
    if (faultCode(reply.answer) === 'engine-crashed') this.crash('panic');
  }

  /** @param {string} message */
  crash(message) {
    if (this.state === 'crashed') return;
    this.end(message);
    if (Date.now() - this.startedAt > steadyMs) this.crashes = 0;
    const pause = restartMs[this.crashes++];
    this.onCrash(message, pause === undefined);
    if (pause !== undefined) setTimeout(() => this.start(), pause);
  }

  /** Ends the worker for good. */
  stop() {
    this.end('stopped');
  }

  /** @param {string} message  for whoever still waits for an answer */
  end(message) {
    this.state = 'crashed';
    this.worker?.terminate();
    this.worker = null;
    for (const { reject, timer } of this.pending.values()) {
      clearTimeout(timer);
      reject(new EngineError('engine-crashed', message));
    }
    this.pending.clear();
    this.unfollow();
  }
}

/**
 * @param {any} answer
 * @returns {string | undefined}
 */
function faultCode(answer) {
  return answer?.error?.code;
}

/**
 * @param {{answer: any, memory: number}} reply
 * @returns {ScanReport}
 */
function report({ answer, memory }) {
  if (answer?.error) throw new EngineError(answer.error.code, answer.error.message);
  return { ...answer, memory };
}

/** @returns {Worker} */
function spawnWorker() {
  const url = new URL('./worker.js', import.meta.url).href;
  // Where Trusted Types are enforced, the address of a worker has to be vouched for.
  policy ??= globalThis.window?.trustedTypes?.createPolicy('engine', { createScriptURL: (address) => address }) ?? null;
  const trusted = policy ? policy.createScriptURL(url) : url;
  return new Worker(trusted, { type: 'module', name: 'engine' });
}

/** @type {{createScriptURL(url: string): string} | null} */
let policy = null;
