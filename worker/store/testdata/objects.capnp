using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "objects", worker = .objects),
    (name = "storage", disk = (path = ".", writable = true)),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "objects")],
);

const objects :Workerd.Worker = (
  modules = [
    (name = "objects.mjs", esModule = embed "objects.mjs"),
    (name = "nonces.mjs", esModule = embed "../../edge/nonces.mjs"),
  ],
  compatibilityDate = "2026-11-17",
  durableObjectNamespaces = [(className = "NonceStore", uniqueKey = "nonces", enableSql = true)],
  durableObjectStorage = (localDisk = "storage"),
  bindings = [(name = "NONCES", durableObjectNamespace = "NonceStore")],
);
