// Runs in each Node binary, bundled with the package: takes jobs from the parent, sends as told, and answers with what came
// of it.
import https from "node:https";
import { setTimeout } from "node:timers/promises";
import { createTransport } from "@countersign/transport";
import { request as undiciRequest } from "undici";
import { undici } from "../../packages/transport/src/adapters/load-undici.ts";
import { transportOver } from "../../packages/transport/src/transport.ts";

const drained = async (response) => {
  for await (const _part of response);
};

const get = (url, options) =>
  new Promise((resolve, reject) => {
    https.get(url, options, (response) => void drained(response).then(resolve, reject)).on("error", reject);
  });

/** As a client of the AWS SDK sends. */
const handle = async (transport, url, protocol) => {
  const { hostname, port, pathname } = new URL(url);
  const request = { protocol: "https:", hostname, port: Number(port), method: "GET", path: pathname, headers: {} };
  const handler = transport.requestHandler({ protocol });
  const { response } = await handler.handle(request);
  await drained(response.body);
  handler.destroy();
};

const ways = {
  "https.Agent": (transport, url) => get(url, { agent: transport.agent }),
  "undici request": async (transport, url) =>
    (await undiciRequest(url, { dispatcher: transport.dispatcher, method: "GET" })).body.dump(),
  "first request": async (transport, url) => (await transport.request(url, { method: "GET" })).body.dump(),
  request: async (transport, url) => {
    await undici.load();
    return (await transport.request(url, { method: "GET" })).body.dump();
  },
  "SDK handler": (transport, url) => handle(transport, url, "http/1.1"),
  "SDK handler over HTTP/2": (transport, url) => handle(transport, url, "h2"),
  fetch: async (transport, url) => void (await (await transport.fetch(url)).arrayBuffer()),
  "HTTP/2": async (transport, url) => {
    const session = await transport.connectHttp2(url);
    const failed = new Promise((_resolve, reject) => session.once("error", reject));
    const stream = session.request({ ":path": new URL(url).pathname });
    await Promise.race([drained(stream), failed]);
    session.close();
  },
};

const codeOf = (error) => {
  let known;
  for (let current = error; current instanceof Error; current = current.cause) {
    if (current.name === "TransportError") known = current;
  }
  return known === undefined ? `${error?.code ?? error}` : known.code;
};

const shown = ({ protocol, cipher, group, resumed }) =>
  [protocol, cipher, group ?? "?", ...(resumed ? ["resumed"] : [])].join(" ");

/** A transport; for first requests one that never has undici. */
const transportFor = (way, options) =>
  way === "first request" ? transportOver(options, { load: undici.load }) : createTransport(options);

/** Two requests, each on a connection of its own, by one way. */
async function send({ way, url, options }) {
  const handshakes = [];
  let transport;
  try {
    transport = transportFor(way, {
      ...options,
      onEvent: (event) => event.name === "tls.handshake" && handshakes.push(event.handshake),
    });
    for (let n = 0; n < 2; n++) {
      await ways[way](transport, url);
      // nginx closes after each answer although it says keep-alive.
      while (transport.stats().open > 0) await setTimeout(1);
    }
    const [first, second] = handshakes.map(shown);
    return { outcome: first === second ? first : `${first}; ${second}`, handshakes };
  } catch (error) {
    return { outcome: codeOf(error), message: String(error?.message), handshakes };
  } finally {
    await transport?.close();
  }
}

/** As many requests as asked for, whatever came of the one before. */
async function sendOnAndOn({ way, url, options, attempts }) {
  const outcomes = [];
  const transport = transportFor(way, {
    ...options,
    onEvent: (event) => event.name === "tls.handshake" && outcomes.push(shown(event.handshake)),
  });
  for (let n = 0; n < attempts; n++) {
    await ways[way](transport, url).catch((error) => outcomes.push(codeOf(error)));
    while (transport.stats().open > 0) await setTimeout(1);
  }
  await transport.close();
  return { outcome: outcomes.join("; ") };
}

/** What Node does without the package. */
async function bare({ url, options }) {
  try {
    await get(url, { agent: new https.Agent({ ca: options.ca }) });
    return { outcome: "accepted" };
  } catch (error) {
    return { outcome: "refused", message: String(error?.message) };
  }
}

process.on("message", (job) => {
  (job.way === "bare" ? bare(job) : job.attempts === undefined ? send(job) : sendOnAndOn(job)).then(
    (result) => process.send(result),
    (error) => process.send({ outcome: `crashed: ${error?.stack}` }),
  );
});
process.send({ ready: process.versions });
