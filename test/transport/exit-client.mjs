// Uses every way of sending and closes nothing: what is idle must not keep the process.
import https from "node:https";
import { createTransport } from "@countersign/transport";

const { url, ca } = JSON.parse(process.argv[2]);
const transport = createTransport({ ca, timeouts: { idleMs: 600_000 } });
await (await transport.request(url, { method: "GET" })).body.text();
await (await transport.fetch(url)).text();
await new Promise((resolve, reject) => {
  https.get(url, { agent: transport.agent }, (response) => response.resume().on("end", resolve)).on("error", reject);
});
const { hostname, port } = new URL(url);
const headers = { host: `${hostname}:${port}` };
const sdkRequest = { protocol: "https:", hostname, port: Number(port), method: "GET", path: "/", headers };
const { response } = await transport.requestHandler({ protocol: "h2" }).handle(sdkRequest);
for await (const _part of response.body);
process.stdout.write(JSON.stringify(transport.stats()));
