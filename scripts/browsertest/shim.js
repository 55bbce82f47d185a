// Put before the scripts of a page by tests that drive a browser by WebDriver, which
// neither tells what a page writes to its console nor plays a camera from a file.

/** What went wrong in the page. @type {string[]} */
window.trouble = [];
addEventListener('error', (event) => trouble.push(`error: ${event.message ?? `${event.target.src ?? event.target.href} did not load`}`), { capture: true });
addEventListener('unhandledrejection', ({ reason }) => trouble.push(`rejection: ${reason} ${reason?.stack ?? ''}`));
addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI, sample }) => trouble.push(`policy: ${violatedDirective} ${blockedURI} ${sample}`));
const write = console.error;
console.error = (...all) => {
  trouble.push(`console: ${all.join(' ')}`);
  write.apply(console, all);
};

/**
 * Has another function answer when the page asks for the camera. It stands on the prototype: WebKit
 * collects an object that nothing holds, and what was set on it is gone.
 */
const camera = (open) => { MediaDevices.prototype.getUserMedia = open; };

// The camera that the address asks for; else the one that the browser has.
switch (new URLSearchParams(location.search).get('test-camera')) {
  case 'busy':
    camera(async () => { throw new DOMException('in use', 'NotReadableError'); });
    break;
  case 'denied':
    camera(async () => { throw new DOMException('no', 'NotAllowedError'); });
    break;
  case 'pending':
    camera(() => new Promise(() => {}));
    break;
  case 'film': {
    const canvas = Object.assign(document.createElement('canvas'), { width: 1280, height: 720 });
    const context = canvas.getContext('2d');
    /** @type {ImageBitmap | null} */
    let frame = null;
    setInterval(() => {
      context.fillStyle = '#606060';
      context.fillRect(0, 0, canvas.width, canvas.height);
      if (frame) context.drawImage(frame, 0, 0);
    }, 100);
    camera(async () => canvas.captureStream(10));
    /** Has the camera see a picture, as PNG in Base64. */
    window.film = async (png) => {
      frame = await createImageBitmap(new Blob([Uint8Array.from(atob(png), (c) => c.charCodeAt(0))], { type: 'image/png' }));
    };
  }
}
