import { TransportError } from "@countersign/transport";
import { JUNK } from "../junk.ts";
import { also, anything, fixed, maybe, open, part } from "../variants.ts";
import { type Doors, close, clock, nothing, signal, ms, LOST, nowhere, EMPTY } from "./shared.ts";

const refuseSocket = (message: string): never => {
  throw new TransportError("INVALID_OPTION", message, { phase: "configure" });
};

export const transportDoors: Doors = {
  ".": {
    TransportError: {
      construct: true,
      args: [anything("INVALID_OPTION"), anything("message"), anything({ phase: "connect" })],
    },
    createTransport: {
      args: [
        maybe(
          {
            "tls?": also(
              {
                "name?": "mine",
                "minVersion?": "TLSv1.2",
                "maxVersion?": "TLSv1.3",
                "ciphers?": ["TLS_AES_128_GCM_SHA256"],
                "groups?": ["X25519"],
                "dhe?": "off",
              },
              "{}",
              "bare",
            ),
            "postQuantum?": "off",
            "proxy?": also(false, "url"),
            "addresses?": "any",
            "allowLoopbackHttp?": false,
            "connections?": also(2, "5"),
            "timeouts?": maybe(
              {
                "connectMs?": ms(1000),
                "bodyMs?": ms(1000),
                "headersMs?": ms(1000),
                "bodyIdleMs?": ms(1000),
                "idleMs?": ms(1000),
                "tcpKeepAliveMs?": ms(1000),
              },
              ...EMPTY,
            ),
            "http2?": false,
            "lookup?": nothing,
            "clock?": part(clock),
            "onEvent?": nothing,
          },
          ...EMPTY,
        ),
      ],
      after: close,
      methods: {
        fetch: {
          wrapped: true,
          args: [nowhere, maybe(open({ "method?": anything("POST"), "body?": anything("{}") }), ...JUNK)],
          passed: LOST,
        },
        request: {
          args: [
            also(nowhere, "url"),
            {
              method: "POST",
              "headers?": also(open({ "x-a": anything("b") }), "[]", ...EMPTY, "{ zzz }", "map"),
              "body?": also("{}", '""', "null", "[]", "map"),
              "signal?": signal,
              "headersMs?": ms(1000),
              "bodyIdleMs?": ms(1000),
            },
          ],
          passed: LOST,
        },
        connectHttp2: { args: [also(nowhere, "url")], passed: LOST },
        probe: { args: [also(nowhere, "url")], passed: LOST },
        requestHandler: {
          args: [maybe({ "protocol?": "auto", "requestTimeoutMs?": ms(1000) }, ...EMPTY)],
          methods: {
            handle: {
              wrapped: true,
              args: [
                open({
                  protocol: "https:",
                  hostname: "127.0.0.1",
                  "port?": also(65_500, "null", "5"),
                  method: "POST",
                  path: also("/", '""'),
                  "query?": also(open({}), ...EMPTY, "{ zzz }", "null"),
                  headers: also(open({ "x-a": anything("b") }), ...EMPTY, "{ zzz }"),
                  "body?": also("{}", '""', "null", "[]", "map"),
                }),
                maybe(
                  open({ "abortSignal?": signal, "requestTimeout?": ms(1000), "isEventStream?": false }),
                  ...EMPTY,
                  "{ zzz }",
                ),
              ],
              passed: LOST,
            },
            destroy: { args: [] },
            updateHttpClientConfig: { args: [anything("a"), anything(1)] },
            httpHandlerConfigs: { args: [] },
          },
        },
        stats: { args: [] },
        close: "ends the transport",
      },
    },
    checkSocket: { args: ["/nowhere/a.sock", fixed(refuseSocket)] },
    listenOnSocket: "see server/unix-socket.test.ts",
    serverTlsOptions: { args: [maybe("default", ...EMPTY)] },
    tlsPolicies: "is a value",
  },
};
