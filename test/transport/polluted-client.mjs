// Runs in each Node binary, bundled with the package: sends while `Object.prototype` holds a hostile value under each name in
// turn, and prints what came of it. What differs from the first attempt, without pollution, is an effect.
import https from "node:https";
import { createTransport, serverTlsOptions } from "@countersign/transport";
import { request as undiciRequest } from "undici";

const { url: byName, ca, attacker } = JSON.parse(process.argv[2]);
// With a polluted `lookup`, Node's sockets take it for a listener of their event and crash once they resolve a name.
const byAddress = byName.replace("localhost", "127.0.0.1");
let url = byName;

const refuseAll = () => {
  throw new Error("called");
};
/** The names of every option of every factory and call. */
const options = {
  tls: { minVersion: "TLSv1.2", maxVersion: "TLSv1.2" },
  postQuantum: "require",
  ca: ca.slice(0, 40),
  pins: ["x"],
  addresses: { cidrs: ["203.0.113.0/24"] },
  proxy: attacker,
  allowLoopbackHttp: true,
  connections: 0,
  timeouts: { connectMs: 1, headersMs: 1 },
  connectMs: 1,
  headersMs: 1,
  bodyIdleMs: 1,
  idleMs: 0,
  tcpKeepAliveMs: -1,
  http2: "yes",
  lookup: "203.0.113.1",
  clock: {},
  onEvent: refuseAll,
  cidrs: [],
  minVersion: "TLSv1",
  maxVersion: "TLSv1.2",
  ciphers: "AES256-SHA",
  groups: ["X"],
  dhe: "on",
  protocol: "h2",
  requestTimeoutMs: 1,
  requestTimeout: 1,
  abortSignal: AbortSignal.abort(),
  isEventStream: true,
  port: 1,
  plaintext: true,
  session: Buffer.from("x"),
};
/** Names of the transport's own calls that `fetch`, `https.get` and undici's `request` read too, before the transport. */
const shared = {
  method: "DELETE",
  headers: { "x-polluted": "1" },
  body: "polluted",
  // Not aborted: Node's streams read an inherited `signal`, and end at once.
  signal: new AbortController().signal,
  // Names that Node's `net` and `tls` or undici read.
  servername: "evil.test",
  checkServerIdentity: refuseAll,
  rejectUnauthorized: false,
  pskCallback: refuseAll,
  secureProtocol: "TLSv1_method",
  ecdhCurve: "P-521",
  sigalgs: "RSA+SHA1",
  allowPartialTrustChain: true,
  ALPNProtocols: ["x"],
  minDHSize: 1,
  localAddress: "203.0.113.1",
  family: 6,
  fd: 0,
  socket: {},
  secureContext: {},
  query: { polluted: "1" },
  upgrade: "websocket",
  expectContinue: true,
  idempotent: "x",
  headersTimeout: 1,
  bodyTimeout: 1,
  dispatcher: {},
  socketTimeout: 1,
  requestCert: false,
};

const text = async (response) => {
  let all = "";
  for await (const part of response.setEncoding("utf8")) all += part;
  return all;
};
const sdkRequest = () => ({
  protocol: "https:",
  hostname: new URL(url).hostname,
  port: Number(new URL(url).port),
  method: "GET",
  path: "/",
  headers: {},
});
const ways = {
  request: async (t) => (await t.request(url, { method: "GET" })).body.text(),
  fetch: async (t) => (await t.fetch(url)).text(),
  probe: async (t) => `${(await t.probe(url)).protocol} GET /`,
  requestHandler: async (t) => text((await t.requestHandler().handle(sdkRequest())).response.body),
  dispatcher: async (t) => (await undiciRequest(url, { dispatcher: t.dispatcher })).body.text(),
  agent: (t) =>
    new Promise((resolve, reject) => {
      https.get(url, { agent: t.agent }, (response) => void text(response).then(resolve, reject)).on("error", reject);
    }),
};

const effects = [];
async function attempt(name, way, pollute) {
  const transport = { made: undefined };
  let outcome;
  url = name === "lookup" ? byAddress : byName;
  pollute();
  try {
    transport.made = createTransport({ ca });
    serverTlsOptions();
    outcome = await ways[way](transport.made);
  } catch (error) {
    outcome = `${error?.name}: ${error?.message} ${error?.cause?.message ?? ""}`;
  } finally {
    delete Object.prototype[name];
  }
  await transport.made?.close();
  if (!outcome.endsWith("GET /")) effects.push(`${name} by ${way}: ${outcome}`);
}

const pollution = (name, value) => () => {
  // eslint-disable-next-line no-extend-native -- the attack
  Object.defineProperty(Object.prototype, name, { value, enumerable: true, configurable: true, writable: true });
};
for (const way of Object.keys(ways)) await attempt("", way, () => {});
const unpolluted = effects.length;
for (const [name, value] of Object.entries(options)) {
  for (const way of Object.keys(ways)) await attempt(name, way, pollution(name, value));
}
for (const [name, value] of Object.entries(shared)) {
  for (const way of ["request", "probe", "requestHandler"]) await attempt(name, way, pollution(name, value));
}
console.log(JSON.stringify({ unpolluted, effects }));
