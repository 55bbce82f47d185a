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
