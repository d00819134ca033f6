// Preloaded into programs under test: AWS's hosts lead to the local AWS, as a hosts file and a port forward would have
// it, so that what is printed in a document runs as it is printed.
import dns from "node:dns";
import { syncBuiltinESMExports } from "node:module";
import net from "node:net";

const port = Number(process.env["LOCAL_AWS_PORT"]);
const isAws = (host) => typeof host === "string" && host.endsWith(".amazonaws.com");

const connect = Object.getOwnPropertyDescriptor(net.Socket.prototype, "connect").value;
net.Socket.prototype.connect = function (...args) {
  const normalised = Array.isArray(args[0]);
  const options = normalised ? args[0][0] : args[0];
  if (!isAws(options?.host)) return connect.apply(this, args);
  const { lookup: _, ...rest } = options;
  const local = { ...rest, host: "127.0.0.1", port };
  if (!normalised) return connect.call(this, local, ...args.slice(1));
  // `net.connect` marks the list as normalised with a symbol; only its first entry changes.
  args[0][0] = local;
  return connect.apply(this, args);
};

const { lookup } = dns.promises;
dns.promises.lookup = (host, options) =>
  isAws(host) ? Promise.resolve([{ address: "127.0.0.1", family: 4 }]) : lookup(host, options);
syncBuiltinESMExports();
