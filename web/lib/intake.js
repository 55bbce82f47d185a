// Files, drops and pastes, wherever on the page they happen.

/** @typedef {import('../types/flow.js').Source} Source */

/** Text files longer than this hold no code. */
const maxTextBytes = 64 << 10;

export class Intake {
  /**
   * @param {object} hooks
   * @param {(text: string, source: Source) => void} hooks.onText
   * @param {(blob: Blob, source: Source) => void} hooks.onImage
   * @param {(file: Blob, source: Source) => void} [hooks.onPDF]  where a page reads those
   * @param {() => void} hooks.onRefused        none of these
   * @param {(over: boolean) => void} hooks.onDrag
   */
  constructor({ onText, onImage, onPDF, onRefused, onDrag }) {
    this.onText = onText;
    this.onImage = onImage;
    this.onPDF = onPDF;
    this.onRefused = onRefused;
    this.onDrag = onDrag;
    this.depth = 0; // dragenter and dragleave come for every element crossed
  }

  /** @param {Document} target */
  attach(target) {
    target.addEventListener('paste', (event) => this.paste(event));
    target.addEventListener('dragenter', (event) => {
      event.preventDefault();
      this.depth++;
      this.onDrag(true);
    });
    target.addEventListener('dragover', (event) => event.preventDefault());
    target.addEventListener('dragleave', () => {
      this.depth = Math.max(0, this.depth - 1);
      if (this.depth === 0) this.onDrag(false);
    });
    target.addEventListener('drop', (event) => {
      event.preventDefault();
      this.depth = 0;
      this.onDrag(false);
      this.take(event.dataTransfer, 'drop');
    });
  }

  /** @param {ClipboardEvent} event */
  paste(event) {
    const { clipboardData, target } = event;
    const image = imageIn(clipboardData);
    if (image) {
      event.preventDefault();
      this.onImage(image, 'paste');
      return;
    }
    if (target instanceof Element && target.matches('input, textarea')) return; // pasted into the field
    event.preventDefault();
    this.take(clipboardData, 'paste');
  }

  /**
   * @param {DataTransfer | null} data
   * @param {Source} source
   */
  take(data, source) {
    const image = imageIn(data);
    if (image) return this.onImage(image, source);
    const file = data?.files[0];
    if (file) return this.takeFile(file, source);
    const text = data?.getData('text/plain').trim();
    if (text) this.onText(text, source);
  }

  /**
   * @param {Blob} file
   * @param {Source} source
   */
  takeFile(file, source) {
    if (file.type.startsWith('image/')) return this.onImage(file, source);
    if (file.type === 'application/pdf' && this.onPDF) return this.onPDF(file, source);
    if (file.type === 'text/plain' && file.size <= maxTextBytes) {
      void file.text().then((text) => this.onText(text.trim(), source));
      return;
    }
    this.onRefused();
  }
}

/**
 * @param {DataTransfer | null} data
 * @returns {File | undefined}
 */
function imageIn(data) {
  return [...(data?.files ?? [])].find((file) => file.type.startsWith('image/'));
}
