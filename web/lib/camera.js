// The camera: opened with the remembered choice, closed whenever the page has no use for
// it, and read frame by frame without ever queueing.

import { recall, remember } from './prefs.js';

/** @typedef {import('../types/flow.js').CameraState} CameraState */
/** @typedef {import('../types/engine.js').FrameReport} FrameReport */
/** @typedef {import('../engine/client.js').Follower} Follower */

/** Enough pixels for a version 22 symbol at arm's length; more only costs time. */
const wanted = { width: { ideal: 1280 }, height: { ideal: 720 } };

/** How long the line that explains the prompt stands before the prompt opens. */
const explainMs = 900;

/** Pause before a busy camera is tried again by itself. */
const busyRetryMs = 5000;

/** A stream of frames that is silent for so long, while the picture plays, has failed. */
const silentMs = 3000;

/** Between frames where the browser cannot announce them. */
const pollMs = 100;

/**
 * What an error of getUserMedia means to staff.
 * @param {unknown} fault
 * @returns {CameraState}
 */
export function cameraFault(fault) {
  const name = fault instanceof Error || (typeof fault === 'object' && fault && 'name' in fault)
    ? String(/** @type {{name: unknown}} */ (fault).name) : '';
  switch (name) {
    case 'NotAllowedError':
    case 'SecurityError':
      return 'denied';
    case 'NotReadableError':
    case 'AbortError':
    case 'TrackStartError':
      return 'busy';
    case 'TypeError':
      return 'insecure';
    default: // NotFoundError, OverconstrainedError, and WebKit's names for them
      return 'missing';
  }
}

/**
 * The rung that an address asks for.
 * @param {string} search  as in location.search
 * @returns {import('../types/engine.js').Rung}
 */
export function rungOf(search) {
  const wish = new URLSearchParams(search).get('rung');
  return wish === 'frame' || wish === 'webgl' || wish === 'canvas' ? wish : 'processor';
}

/** What stands for the name of a camera while a window is read. */
export const SHARED = 'shared';

export class Camera {
  /**
   * @param {object} parts
   * @param {HTMLVideoElement} parts.video
   * @param {(frame: VideoFrame | ImageBitmap) => Promise<FrameReport> | null} parts.scan  takes the frame over
   * @param {(frames: ReadableStream<VideoFrame>, follower: Follower) => () => void} parts.follow  takes the
   *     stream over; ends it when called
   * @param {import('../types/engine.js').Rung} [parts.first]  with `frame`, tracks are not handed over
   * @param {(report: FrameReport, since: number) => void} parts.onScan  since: performance.now() of the frame
   * @param {(state: CameraState, label: string, mirrored: boolean) => void} parts.onState
   */
  constructor({ video, scan, follow, first = 'processor', onScan, onState }) {
    this.video = video;
    this.scan = scan;
    this.follow = follow;
    this.first = first;
    this.onScan = onScan;
    this.onState = onState;
    /** @type {MediaStream | null} */
    this.stream = null;
    this.wish = false; // whether the page wants pictures at all
    this.attempt = 0;
    this.busy = false;
    /** @type {(() => void) | null} */
    this.unfollow = null;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.silence = undefined;
    this.listening = false;
  }

  /** Hears of cameras that are plugged in. The browser starts two services for that, so not before one is wanted. */
  listen() {
    if (this.listening) return;
    this.listening = true;
    navigator.mediaDevices?.addEventListener?.('devicechange', () => {
      if (this.wish && !this.stream) void this.start();
    });
  }

  /** @returns {MediaStreamTrack | null} */
  get track() {
    return this.stream?.getVideoTracks()[0] ?? null;
  }

  /**
   * Opens the remembered camera, or any. Resolves when it runs or has failed.
   * @param {string | null} [deviceId]
   * @param {boolean} [later]  only when the page is resumed
   */
  async start(deviceId = recall('camera'), later = false) {
    this.wish = true;
    if (later) return;
    this.listen();
    const attempt = ++this.attempt;
    this.close();
    if (!navigator.mediaDevices?.getUserMedia) {
      this.onState('insecure', '', false);
      return;
    }
    const permission = await cameraPermission();
    if (attempt !== this.attempt) return;
    if (permission) {
      permission.onchange = () => {
        if (this.wish && !this.stream && permission.state !== 'denied') void this.start();
      };
    }
    this.onState('asking', '', false);
    if (permission?.state === 'prompt') await pause(explainMs);
    if (attempt !== this.attempt) return;
    try {
      const stream = await openStream(deviceId);
      if (attempt !== this.attempt) return stopTracks(stream);
      await this.use(stream);
    } catch (fault) {
      if (attempt !== this.attempt) return;
      const state = cameraFault(fault);
      this.onState(state, '', false);
      if (state === 'busy') this.timer = setTimeout(() => this.wish && void this.start(), busyRetryMs);
    }
  }

  /** Reads a window or screen of this computer in place of the camera, which comes back after it. */
  async share() {
    let stream;
    try {
      stream = await navigator.mediaDevices.getDisplayMedia({ audio: false, video: { frameRate: { ideal: 10 } } });
    } catch {
      return; // somebody thought better of it
    }
    this.wish = true;
    this.attempt++;
    this.close();
    await this.use(stream, true);
  }

  /**
   * @param {MediaStream} stream
   * @param {boolean} [shared]  not of a camera
   */
  async use(stream, shared = false) {
    this.stream = stream;
    const [track] = stream.getVideoTracks();
    const settings = track.getSettings();
    if (settings.deviceId && !shared) remember('camera', settings.deviceId);
    track.onended = () => {
      if (this.stream !== stream) return;
      this.close();
      if (shared) return void this.start();
      this.onState('missing', '', false);
    };
    this.video.srcObject = stream;
    this.onState('live', shared ? SHARED : track.label, settings.facingMode === 'user');
    try {
      await this.video.play();
    } catch {
      // Replaced by another stream meanwhile; that one plays.
    }
    if (this.stream === stream && !this.hand(stream)) this.watch(stream);
  }

  /** Goes to the next camera, and after the last one to none. */
  async switchNext() {
    const cameras = await this.list();
    const current = this.track?.getSettings().deviceId;
    const index = cameras.findIndex((camera) => camera.deviceId === current);
    if (this.stream && index === cameras.length - 1) {
      this.stop();
      return;
    }
    await this.start(cameras[index + 1]?.deviceId ?? null);
  }

  /** @returns {Promise<MediaDeviceInfo[]>} */
  async list() {
    const devices = (await navigator.mediaDevices?.enumerateDevices?.()) ?? [];
    return devices.filter((device) => device.kind === 'videoinput');
  }

  /** Turns the camera off because somebody wants it off. */
  stop() {
    this.wish = false;
    this.attempt++;
    this.close();
    this.onState('off', '', false);
  }

  /** Frees the camera while the page is hidden; resume takes it up again. */
  suspend() {
    if (!this.stream) return;
    this.attempt++;
    this.close();
  }

  resume() {
    if (this.wish && !this.stream) void this.start();
  }

  close() {
    clearTimeout(this.timer);
    clearTimeout(this.silence);
    this.unfollow?.();
    this.unfollow = null;
    if (!this.stream) return;
    stopTracks(this.stream);
    this.stream = null;
    this.video.srcObject = null;
  }

  /** What the track offers beyond pictures. */
  abilities() {
    const able = this.track?.getCapabilities?.() ?? {};
    return { torch: able.torch === true, zoom: able.zoom ?? null };
  }

  /** @param {MediaTrackConstraintSet} setting */
  async adjust(setting) {
    try {
      await this.track?.applyConstraints({ advanced: [setting] });
    } catch {
      // Offered and then refused; the picture stays as it was.
    }
  }

  /**
   * Hands the track to the engine, which reads it in its own thread; reports false where the
   * browser cannot. When that ends or falls silent, frames go there one by one.
   * @param {MediaStream} stream
   */
  hand(stream) {
    if (typeof MediaStreamTrackProcessor !== 'function' || this.first === 'frame') return false;
    const one = () => {
      clearTimeout(this.silence);
      this.unfollow?.();
      this.unfollow = null;
      if (this.stream === stream) this.watch(stream);
    };
    const listen = () => {
      clearTimeout(this.silence);
      this.silence = setTimeout(() => (this.video.paused || document.hidden ? listen() : one()), silentMs);
    };
    try {
      const [track] = stream.getVideoTracks();
      const { readable } = new MediaStreamTrackProcessor({ track, maxBufferSize: 1 });
      this.unfollow = this.follow(readable, {
        onFrame: (report, since) => {
          listen();
          if (this.stream === stream) this.onScan(report, since);
        },
        onEnd: one,
      });
    } catch {
      return false; // not this track, or not to another thread
    }
    return true;
  }

  /**
   * Hands frames to the engine, one at a time, as long as this stream is the one in use.
   * @param {MediaStream} stream
   */
  watch(stream) {
    const { video } = this;
    const again = () => {
      if (this.stream === stream) this.watch(stream);
    };
    const look = () => {
      if (this.stream !== stream) return;
      void this.look();
      again();
    };
    if ('requestVideoFrameCallback' in video) video.requestVideoFrameCallback(look);
    else setTimeout(look, pollMs);
  }

  async look() {
    const { video } = this;
    if (this.busy || !video.videoWidth || video.readyState < 2) return;
    this.busy = true;
    const since = performance.now();
    try {
      const frame = typeof VideoFrame === 'function' ? new VideoFrame(video) : await createImageBitmap(video);
      const report = await this.scan(frame);
      if (report) this.onScan(report, since);
    } catch {
      // A frame lost with its stream or its engine; the next one is close behind.
    } finally {
      this.busy = false;
    }
  }
}

/** @returns {Promise<PermissionStatus | null>} */
async function cameraPermission() {
  try {
    return await navigator.permissions.query({ name: /** @type {PermissionName} */ ('camera') });
  } catch {
    return null; // not every browser can say
  }
}

/**
 * @param {string | null} deviceId
 * @returns {Promise<MediaStream>}
 */
function openStream(deviceId) {
  // ideal, not exact: a camera that was unplugged must not keep the next one from opening
  const source = deviceId ? { deviceId: { ideal: deviceId } } : { facingMode: { ideal: 'environment' } };
  return navigator.mediaDevices.getUserMedia({ audio: false, video: { ...wanted, ...source } });
}

/** @param {MediaStream} stream */
function stopTracks(stream) {
  for (const track of stream.getTracks()) track.stop();
}

/** @param {number} ms */
function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
