# The worker that ours is held against, on workerd with the same settings.
using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "peer", worker = .peer),
    (name = "storage", disk = (path = ".", writable = true)), # of the Durable Objects
  ],
  sockets = [(name = "http", address = "127.0.0.1:8787", http = (), service = "peer")],
);

const peer :Workerd.Worker = (
  modules = [
    (name = "worker.mjs", esModule = embed "worker.mjs"),
    (name = "documents.mjs", esModule = embed "documents.mjs"),
    (name = "body.mjs", esModule = embed "body.mjs"),
    (name = "formats.mjs", esModule = embed "formats.mjs"),
    (name = "sha256.mjs", esModule = embed "sha256.mjs"),
    (name = "hashes.mjs", esModule = embed "hashes.mjs"),
    (name = "terminals.mjs", esModule = embed "terminals.mjs"),
    (name = "store.mjs", esModule = embed "store.mjs"),
  ],
  compatibilityDate = "2026-11-17",
  durableObjectNamespaces = [(className = "NonceStore", uniqueKey = "nonces", enableSql = true)],
  durableObjectStorage = (localDisk = "storage"),
  bindings = [
    (name = "NONCES", durableObjectNamespace = "NonceStore"),
    (name = "SECRET", fromEnvironment = "PEER_SECRET"),
    (name = "OPERATOR", fromEnvironment = "PEER_OPERATOR"),
    (name = "SITE", fromEnvironment = "PEER_SITE"),
    (name = "HASH", fromEnvironment = "PEER_HASH"),
  ],
);
