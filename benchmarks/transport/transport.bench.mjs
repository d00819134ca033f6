import { clients } from "./clients.mjs";
import { handshake } from "./handshakes.mjs";
import { load } from "./load.mjs";

const variants = (inFlight, take) =>
  Object.fromEntries(Object.keys(clients).map((name) => [name, () => load(name, inFlight, take)]));

const bare = "undici.request, bare Agent";
const must = [
  { variant: "transport.request", against: bare, max: 1.02 },
  { variant: "transport.request, headers at dispatch", against: bare, max: 1.02 },
  { variant: "transport.request, with a signal", against: `${bare}, with a signal`, max: 1.02 },
];

export const suite = {
  name: "transport",
  readme: "packages/transport/README.md",
  cases: {
    "CPU per request, 16 in flight": { baseline: bare, variants: variants(16, "cpu"), must },
    "CPU per request, 1 in flight": { baseline: bare, variants: variants(1, "cpu") },
    "CPU per request, 64 in flight": { baseline: bare, variants: variants(64, "cpu") },
    "time per request, 16 in flight": { baseline: bare, variants: variants(16, "wall") },
    "CPU per handshake, judged and reported": {
      baseline: "bare tls.connect",
      variants: {
        "transport.probe": () => handshake("ours"),
        "bare tls.connect": () => handshake("bare"),
      },
    },
  },
};
