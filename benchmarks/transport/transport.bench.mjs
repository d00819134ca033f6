import { clients } from "./clients.mjs";
import { handshake } from "./handshakes.mjs";
import { load } from "./load.mjs";

const variants = (inFlight) =>
  Object.fromEntries(Object.keys(clients).map((name) => [name, () => load(name, inFlight)]));

const bare = "undici.request, bare Agent";
const must = [
  { variant: "transport.request", against: bare, max: 1.02 },
  { variant: "transport.request, headers at dispatch", against: bare, max: 1.02 },
  { variant: "transport.request, with a signal", against: `${bare}, with a signal`, max: 1.02 },
];

/** One table for the README: CPU per request as a ratio, by how many requests were in flight. */
function summary({ runtimes, machine, date, rounds }) {
  const lines = [];
  for (const [version, cases] of Object.entries(runtimes)) {
    const loads = [1, 16, 64].map((inFlight) => cases[`CPU per request, ${inFlight} in flight`].variants);
    const handshakes = cases["CPU per handshake, judged and reported"].variants;
    lines.push(
      `CPU per request against undici's bare agent (${version}, HTTP/1.1 over TLS 1.3, loopback):`,
      "",
      "| | 1 in flight | 16 | 64 |",
      "| --- | ---: | ---: | ---: |",
      ...Object.keys(clients).map(
        (name) => `| ${name} | ${loads.map((variants) => variants[name].ratio.toFixed(2)).join(" | ")} |`,
      ),
      "",
      `A handshake, judged and reported, costs ${handshakes["transport.probe"].ratio.toFixed(2)} × a bare \`tls.connect\`.`,
    );
  }
  lines.push(`${date.slice(0, 10)}, ${machine.cpu}, ${machine.cores} cores, median of ${rounds} fresh processes each.`);
  return lines.join("\n");
}

export const suite = {
  name: "transport",
  readme: "packages/transport/README.md",
  summary,
  cases: {
    "CPU per request, 16 in flight": { baseline: bare, variants: variants(16), must },
    "CPU per request, 1 in flight": { baseline: bare, variants: variants(1) },
    "CPU per request, 64 in flight": { baseline: bare, variants: variants(64) },
    "CPU per handshake, judged and reported": {
      baseline: "bare tls.connect",
      variants: {
        "transport.probe": () => handshake("ours"),
        "bare tls.connect": () => handshake("bare"),
      },
    },
  },
};
