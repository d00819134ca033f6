// What the parts of one prepared call cost, by turns in one process: node benchmarks/sign/parts.mjs
// The table of benchmarks/README.md. Reads the built modules, because parts are not exported.
import { hash } from "node:crypto";
import { createSigner, prepare } from "@countersign/signer";
import { median } from "../lib/statistics.mjs";
import { bodies, clock, contentType, credentials, region, service, url } from "./fixture.mjs";

const built = (name) => import(new URL(`../../packages/signer/dist/crypto/machine/${name}.js`, import.meta.url).href);
const { CANONICAL, INNER, OUTER, RESULT, machine } = await built("machine");
const { memory, run, sign } = machine();

const signer = createSigner({ region, service, credentials, clock });
const prepared = prepare(signer, { method: "POST", url, headers: { "content-type": contentType } });
const digits = hash("sha256", bodies.small, "hex");
const [canonical, text] = [new Uint8Array(160), new Uint8Array(192)];

const parts = {
  "whole call": () => prepared.signSync(bodies.small),
  "crypto.hash of the body": () => hash("sha256", bodies.small, "hex"),
  "of that, without hashing (an empty body)": () => hash("sha256", "", "hex"),
  "five blocks, with digits between": () => sign(CANONICAL + 160, INNER + 44, INNER + 160),
  "one block": () => run(CANONICAL, CANONICAL + 32, CANONICAL + 96, CANONICAL),
  "states and blocks into memory": () => {
    memory.set(canonical, CANONICAL);
    memory.set(text, OUTER);
  },
  "digits into memory": () => memory.latin1Write(digits, CANONICAL + 40, 64),
  "digits out": () => memory.latin1Slice(RESULT, RESULT + 64),
};

const perBatch = 200;
const batch = (call) => {
  const started = process.hrtime.bigint();
  for (let index = 0; index < perBatch; index++) call();
  return Number(process.hrtime.bigint() - started) / perBatch;
};
for (let round = 0; round < 200; round++) for (const call of Object.values(parts)) batch(call);
const samples = Object.fromEntries(Object.keys(parts).map((name) => [name, []]));
for (let round = 0; round < 1000; round++) for (const name in parts) samples[name].push(batch(parts[name]));
console.log(process.version);
for (const name in parts) {
  const sorted = samples[name].toSorted((a, b) => a - b);
  console.log(name.padEnd(44), median(sorted.slice(0, sorted.length / 4)).toFixed(0), "ns");
}
