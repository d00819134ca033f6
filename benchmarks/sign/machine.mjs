// What the machine buys: one prepared call with WebAssembly and without it, by turns: node benchmarks/sign/machine.mjs
// Without it, the package takes its TypeScript form by itself, as on a runtime that does not compile WebAssembly.
import { execFileSync } from "node:child_process";
import { median } from "../lib/statistics.mjs";

if (process.argv[2] === undefined) {
  const times = { with: [], without: [] };
  for (let round = 0; round < 7; round++) {
    for (const mode of round % 2 === 0 ? ["with", "without"] : ["without", "with"]) {
      times[mode].push(Number(execFileSync(process.execPath, [import.meta.filename, mode])));
    }
  }
  console.log(process.version);
  for (const mode in times)
    console.log(`${mode} the machine:`, median(times[mode].toSorted((a, b) => a - b)).toFixed(0), "ns");
} else {
  if (process.argv[2] === "without") delete globalThis.WebAssembly;
  const { createSigner, prepare } = await import("@countersign/signer");
  const { bodies, clock, contentType, credentials, region, service, url } = await import("./fixture.mjs");
  const signer = createSigner({ region, service, credentials, clock });
  const prepared = prepare(signer, { method: "POST", url, headers: { "content-type": contentType } });
  const samples = [];
  for (let batch = 0; batch < 400; batch++) {
    const started = performance.now();
    for (let call = 0; call < 200; call++) prepared.signSync(bodies.small);
    samples.push(((performance.now() - started) * 1e6) / 200);
  }
  process.stdout.write(String(median(samples.slice(200).toSorted((a, b) => a - b))));
}
