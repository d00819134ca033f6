// Sends thousands of requests, good ones and bad ones, and tells what is left of them afterwards.
import { createTransport } from "@countersign/transport";

const { url, ca } = JSON.parse(process.argv[2]);
const requests = 10_000;
const connections = 64;

const resources = () => {
  const counts = {};
  for (const kind of process.getActiveResourcesInfo()) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
};
const settled = async () => {
  for (let n = 0; n < 20; n++) await new Promise((resolve) => setImmediate(resolve));
};

// Opened by the first look at it, and not ours.
process.stdout.write("");
await settled();
const before = resources();
const transport = createTransport({ ca, connections });
let next = 0;
let ok = 0;
let most = 0;
const outcomes = {};
await Promise.all(
  Array.from({ length: connections * 2 }, async () => {
    while (next < requests) {
      const n = next++;
      const signal = n % 50 === 0 ? AbortSignal.timeout(1) : undefined;
      const path = n % 70 === 0 ? "/drop" : "/";
      try {
        const options = { method: "POST", headers: () => ({ "x-n": String(n) }), body: "body" };
        const answer = await transport.request(
          `${url}${path}`,
          signal === undefined ? options : { ...options, signal },
        );
        await answer.body.text();
        ok++;
      } catch (error) {
        const kind = typeof error.code === "string" ? error.code : error.name;
        outcomes[kind] = (outcomes[kind] ?? 0) + 1;
      }
      most = Math.max(most, transport.stats().open);
    }
  }),
);
const pending = transport.stats().pending;
await transport.close();
await settled();
const left = transport.stats();
process.stdout.write(JSON.stringify({ ok, outcomes, most, pending, left, before, after: resources() }));
