# worker/edge/workerd.capnp with a worker around it that can be broken.
using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "edge", worker = .edge),
    (name = "pages", disk = "."),                            # index.html, web/, dist/engine/
    (name = "data", disk = "."),                             # site.json, anchor.cose and the lists
    (name = "storage", disk = (path = ".", writable = true)), # of the Durable Objects
  ],
  sockets = [(name = "http", address = "127.0.0.1:8787", http = (), service = "edge")],
);

const edge :Workerd.Worker = (
  modules = [
    (name = "fault.mjs", esModule = embed "fault.mjs"),
    (name = "worker.mjs", esModule = embed "../../dist/edge/worker.mjs"),
    (name = "instance.mjs", esModule = embed "../../dist/edge/instance.mjs"),
    (name = "nonces.mjs", esModule = embed "../../dist/edge/nonces.mjs"),
    (name = "hub.mjs", esModule = embed "../../dist/edge/hub.mjs"),
    (name = "wasm_exec.js", esModule = embed "../../dist/edge/wasm_exec.js"),
    (name = "edge.wasm", wasm = embed "../../dist/edge/edge.wasm"),
  ],
  compatibilityDate = "2026-11-17",
  durableObjectNamespaces = [
    (className = "NonceStore", uniqueKey = "nonces", enableSql = true),
    (className = "Hub", uniqueKey = "hub", enableSql = true),
  ],
  durableObjectStorage = (localDisk = "storage"),
  bindings = [
    (name = "NONCES", durableObjectNamespace = "NonceStore"),
    (name = "HUB", durableObjectNamespace = "Hub"),
    (name = "DATA", kvNamespace = "data"),
    (name = "PAGES", service = "pages"),
    (name = "SECRET", fromEnvironment = "JZ_SECRET"),
    (name = "SECRET_FORMER", fromEnvironment = "JZ_SECRET_FORMER"),
    (name = "OPERATOR", fromEnvironment = "JZ_OPERATOR"),
    (name = "URL", fromEnvironment = "JZ_URL"),
    (name = "DEMO", fromEnvironment = "JZ_DEMO"),
    (name = "ADDRESS_RATE", fromEnvironment = "JZ_ADDRESS_RATE"),
    (name = "ADDRESS_HEADER", fromEnvironment = "JZ_ADDRESS_HEADER"),
  ],
);
