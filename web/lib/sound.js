// The five sounds, made in the browser so that none has to be fetched. Pitch and rhythm
// differ enough to be told apart across a noisy room.

/** @typedef {import('../types/engine.js').Outcome} Outcome */

/**
 * Tones of a sound: frequency in Hz, start and length in seconds.
 * @type {Readonly<Record<Outcome, {wave: OscillatorType, gain: number, tones: [hz: number, at: number, length: number][]}>>}
 */
const sounds = {
  accepted: { wave: 'sine', gain: 0.5, tones: [[660, 0, 0.13], [990, 0.13, 0.22]] },
  conditional: { wave: 'triangle', gain: 0.5, tones: [[740, 0, 0.12], [740, 0.2, 0.12]] },
  rejected: { wave: 'square', gain: 0.3, tones: [[150, 0, 0.2], [150, 0.28, 0.3]] },
  undetermined: { wave: 'triangle', gain: 0.5, tones: [[590, 0, 0.16], [390, 0.17, 0.26]] },
  unreadable: { wave: 'sine', gain: 0.4, tones: [[240, 0, 0.07]] },
};

/** Vibration of a phone, ms. */
const vibrations = /** @type {Readonly<Partial<Record<Outcome, number[]>>>} */ ({
  accepted: [40],
  conditional: [40, 60, 40],
  rejected: [80, 60, 80],
});

/** Between attempts to begin. */
const retryMs = 2000;

export class Sound {
  constructor() {
    this.muted = false;
    /** @type {AudioContext | null} */
    this.context = null;
    this.triedAt = -Infinity;
  }

  /** Browsers keep a page silent until somebody has touched it. */
  get blocked() {
    return this.context?.state !== 'running';
  }

  /**
   * To be called from a key press or a click, which is when the browser lets sound begin.
   * A scanner presses a thousand keys a second, so most calls do nothing.
   */
  async wake() {
    const now = performance.now();
    if (!globalThis.AudioContext || !this.blocked || now - this.triedAt < retryMs) return;
    this.triedAt = now;
    try {
      this.context ??= new AudioContext();
      if (this.context.state === 'suspended') await this.context.resume();
    } catch {
      // No sound card: the screen says it all the same.
    }
  }

  /** @param {Outcome} outcome */
  play(outcome) {
    const pattern = vibrations[outcome];
    if (pattern && navigator.userActivation?.hasBeenActive) navigator.vibrate?.(pattern);
    const { context } = this;
    if (this.muted || !context || context.state !== 'running') return;
    const { wave, gain, tones } = sounds[outcome];
    for (const [hz, at, length] of tones) {
      const start = context.currentTime + at;
      const oscillator = new OscillatorNode(context, { type: wave, frequency: hz });
      const envelope = new GainNode(context, { gain: 0 });
      envelope.gain.setValueAtTime(0, start);
      envelope.gain.linearRampToValueAtTime(gain, start + 0.01);
      envelope.gain.setValueAtTime(gain, start + length - 0.03);
      envelope.gain.linearRampToValueAtTime(0, start + length); // a hard stop would click
      oscillator.connect(envelope).connect(context.destination);
      oscillator.start(start);
      oscillator.stop(start + length);
    }
  }
}
