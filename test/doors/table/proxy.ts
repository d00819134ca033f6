import { issueKey } from "@countersign/proxy";
import { also, anything, maybe, open, part } from "../variants.ts";
import { type Doors, close, region, clock, nothing, transport, ms, error, EMPTY, keys } from "./shared.ts";

const key = issueKey();
const proxyClient = {
  name: "a",
  "key?": { ...key },
  credentials: open({ ...keys }),
  allow: also(
    [{ actions: ["sagemaker:ListModels"], "regions?": also([region], "[]"), "resources?": also(["*"], "[]") }],
    "[]",
  ),
  "replay?": "unique",
  "maxBodyBytes?": ms(1000),
  "requestsPerSecond?": ms(5),
  "maxInFlight?": ms(5),
};
const config = {
  version: 1,
  "region?": region,
  "profile?": "default",
  listen: [maybe({ "host?": "127.0.0.1", "port?": also(1234, "5") }, ...EMPTY)],
  clients: [
    {
      name: "a",
      keyFile: "/a",
      allow: also([{ actions: ["sagemaker:ListModels"] }], "[]"),
      "posture?": "baseline",
      "replay?": "unique",
      "maxBodyBytes?": ms(1000),
      "requestsPerSecond?": ms(5),
      "maxInFlight?": ms(5),
    },
  ],
  "fips?": false,
  "dualStack?": false,
  "maxSkewMs?": ms(1000),
  "maxBufferedBytes?": ms(1000),
};
export const proxyDoors: Doors = {
  ".": {
    PROXY_SCHEMA: "is a value",
    ProxyError: error("INVALID_OPTION"),
    issueKey: { args: [] },
    checkProxyConfig: { args: [config] },
    createProxy: {
      args: [
        {
          clients: [proxyClient],
          transport: part(transport),
          "endpoints?": also({ "fips?": false }, ...EMPTY),
          "clock?": part(clock),
          "maxSkewMs?": ms(1000),
          "maxBufferedBytes?": ms(10_000),
          "audit?": nothing,
        },
      ],
      after: close,
      methods: {
        listen: {
          args: [maybe({ "host?": "127.0.0.1", "port?": also(0, "5") }, ...EMPTY)],
          after: close,
          methods: { close: "ends it" },
        },
        listenForward: {
          args: [maybe({ "host?": "127.0.0.1", "port?": also(0, "5") }, ...EMPTY)],
          after: close,
          methods: { close: "ends it" },
        },
        replaceClients: { args: [[proxyClient]] },
        handle: "takes Node's own request and response",
        close: "ends the proxy",
      },
    },
    listenAdmin: {
      args: [
        {
          "host?": "127.0.0.1",
          port: also(0, "5"),
          registry: open({ metrics: async () => "", contentType: anything("text/plain") }),
          isReady: () => true,
        },
      ],
      after: close,
      methods: { close: "ends it" },
    },
  },
};
