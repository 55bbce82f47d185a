// Browser features that the pages use where present and that TypeScript's DOM
// library does not describe.

interface TrustedTypePolicyFactory {
  createPolicy(name: string, rules: { createScriptURL(url: string): string }): {
    createScriptURL(url: string): string;
  };
}

interface Window {
  trustedTypes?: TrustedTypePolicyFactory;
}

interface MediaTrackCapabilities {
  torch?: boolean;
  zoom?: { min: number; max: number; step: number };
}

interface MediaTrackConstraintSet {
  torch?: boolean;
  zoom?: number;
}

/** The runtime of Go's js/wasm port, put on the global object by wasm_exec.js. */
interface GoRuntime {
  importObject: WebAssembly.Imports;
  env: Record<string, string>;
  run(instance: WebAssembly.Instance): Promise<void>;
}

declare var Go: { new (): GoRuntime };

/** Put on the global object by package webgl; its functions have their first arguments bound. */
interface FrameToLuma {
  canvas: OffscreenCanvas;
  view(x: number, y: number, width: number, height: number): void;
  upload(picture: TexImageSource | VideoFrame): void;
  draw(): void;
  read(x: number, y: number, width: number, height: number, format: number, type: number, into: Uint8Array): void;
  fault(): number;
  lost(): boolean;
}

declare var frameToLuma: FrameToLuma | undefined;

/** Frames of a track as a stream; in Chromium a window has it, in WebKit a worker. */
declare var MediaStreamTrackProcessor: undefined | {
  new (init: { track: MediaStreamTrack; maxBufferSize?: number }): { readable: ReadableStream<VideoFrame> };
};

/** The hash of the engine, which a release writes into its scripts. */
declare const ENGINE_INTEGRITY: string | undefined;
