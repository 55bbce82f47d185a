// Keeps the screen on as long as somebody can see the page, where the browser can.

export function keepAwake() {
  const ask = async () => {
    if (document.hidden) return; // a browser lets go of the screen then, and is asked again
    try {
      await navigator.wakeLock?.request('screen');
    } catch {
      // As when the battery is low: then the screen goes dark as it is set to.
    }
  };
  document.addEventListener('visibilitychange', () => void ask());
  void ask();
}
