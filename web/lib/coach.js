// What to tell somebody who holds up a code that cannot be read, from what the engine saw of it.
// One line at a time, and slow to change its mind: a line that flickers helps nobody.

/** @typedef {import('../types/engine.js').FrameReport} FrameReport */
/** @typedef {import('../types/engine.js').Sight} Sight */

/** @typedef {'' | 'closer' | 'back' | 'still' | 'light' | 'glare'} Advice */

/** What can hardly be read; see qr.Sight for the units. */
const smallModule = 3;
const softBlur = 0.38;
const movedSmear = 0.15;
const closeModule = 6;
const glareShare = 0.06;
const darkLight = 70;
const fewLevels = 40;

/** For how long the evidence has to say the same before a line is shown, and in how many frames. */
const sureMs = 600;
const sureFrames = 4;

/** A line stands at least so long, and leaves when nothing speaks for it any more for so long. */
const standMs = 1500;

/** Frames in which nothing is seen do not count against a line for so long: not every way of looking sees all. */
const blindMs = 500;

/**
 * What one frame, in which nothing could be read, speaks for.
 * @param {Sight} sight
 * @returns {Advice}
 */
export function advice(sight) {
  if (!sight.seen) return sight.light < darkLight ? 'light' : '';
  if (sight.clipped > glareShare) return 'glare';
  if (sight.light < darkLight || sight.light - sight.dark < fewLevels) return 'light';
  if (sight.smear > movedSmear) return 'still';
  if (sight.module < smallModule) return 'closer';
  if (sight.blur > softBlur) return sight.module > closeModule ? 'back' : 'still';
  return '';
}

export class Coach {
  /** The line that is shown. @type {Advice} */
  line = '';
  shownAt = 0;
  heardAt = 0; // when a frame last spoke for the line

  /** @type {Advice} */
  candidate = '';
  candidateAt = 0;
  candidateFrames = 0;
  candidateHeardAt = 0;

  /**
   * Takes a frame and gives the line to show now.
   * @param {Pick<FrameReport, 'text' | 'sight'>} report
   * @param {number} at  ms, on any clock that only goes forward
   * @returns {Advice}
   */
  see({ text, sight }, at) {
    if (text !== null) {
      this.clear();
      return this.line;
    }
    const said = advice(sight);
    if (said && said === this.line) this.heardAt = at;
    this.weigh(said, at);
    const stood = at - this.shownAt >= standMs;
    if (this.candidate && this.candidate !== this.line && this.candidateFrames >= sureFrames && at - this.candidateAt >= sureMs
      && (!this.line || stood)) {
      this.line = this.candidate;
      this.shownAt = at;
      this.heardAt = at;
    } else if (this.line && stood && at - this.heardAt >= standMs) {
      this.line = '';
    }
    return this.line;
  }

  /**
   * @param {Advice} said
   * @param {number} at
   */
  weigh(said, at) {
    if (said === this.candidate) {
      this.candidateFrames++;
      this.candidateHeardAt = at;
    } else if (!this.candidate || at - this.candidateHeardAt >= blindMs) {
      this.candidate = said;
      this.candidateAt = at;
      this.candidateFrames = 1;
      this.candidateHeardAt = at;
    }
  }

  /** Forgets everything: a code was read, or the camera is another one. */
  clear() {
    this.line = '';
    this.candidate = '';
    this.candidateFrames = 0;
  }
}
