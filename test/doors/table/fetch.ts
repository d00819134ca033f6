import { createClock, createSigner, memoize } from "@countersign/signer";
import { createHostGate } from "@countersign/fetch";
import type { Door } from "../door.ts";
import { also, anything, maybe, open, part } from "../variants.ts";
import { credentials, keys, provider, retryOptions, settings } from "./shared.ts";

const region = "eu-west-1";
const url = "https://runtime.sagemaker.eu-west-1.amazonaws.com/endpoints/e/invocations";
const clock = createClock();
const signer = createSigner({ region, credentials: keys });
const answer = async (): Promise<Response> => new Response("{}");
const nothing = (): void => undefined;
const step = (next: unknown): unknown => next;

/** No argument, by name. */
const nothingAtAll = maybe(undefined);
const EMPTY = ["{}", "bare"] as const;
const allowedHosts = also(["runtime.sagemaker.eu-west-1.amazonaws.com", nothing], "[]");
const signs = {
  "region?": region,
  "service?": "sagemaker",
  credentials,
  "settings?": maybe(settings, ...EMPTY),
  "fetch?": answer,
  "allowedHosts?": allowedHosts,
  "clock?": part(clock),
  "retry?": maybe(retryOptions, ...EMPTY),
  "payload?": "hash",
  "maxBufferBytes?": also(100, "5"),
  "middleware?": also([(next: unknown) => next], "[]"),
  "onEvent?": nothing,
};
const { "maxBufferBytes?": _, ...forProxy } = signs;
const body = also("{}", '""', "null", "url");
/** What fetch itself takes for options: any object, of which it reads the names it knows. */
const OBJECTS = ["null", "{}", "bare", "{ zzz }", "map", "url", "date"] as const;
const call: Door = { args: [also(url, "url"), maybe(open({ "method?": "POST", "body?": body }), ...OBJECTS)] };
/** The rest of the chain refuses an empty method. */
const chained: Door = {
  args: [also(url, "url"), maybe(open({ "method?": also("POST", '""'), "body?": body }), ...OBJECTS)],
};
const middlewareDoor: Door = { args: [answer], methods: { "()": chained } };
export const vended = {
  args: [
    {
      url: also("https://broker.example.com", "url"),
      grant: "chat",
      getToken: () => "token",
      "fetch?": answer,
      "clock?": part(clock),
      "onEvent?": nothing,
    },
  ],
  methods: { ...provider, "()": { ...provider["()"], passed: ["VENDING_FAILED"] }, signOut: { args: [] } },
} satisfies Door;

export const fetchDoors: Readonly<Record<string, Readonly<Record<string, Door | string>>>> = {
  ".": {
    FetchError: { construct: true, args: [anything("INVALID_OPTION"), anything("message"), anything({ cause: 1 })] },
    createSignedFetch: { args: [signs], methods: { "()": call } },
    compose: { args: [answer, maybe((next: unknown) => next)], methods: "are those of what was composed" },
    clockSkew: { args: [part(clock)], methods: { "()": middlewareDoor } },
    retry: {
      args: [
        maybe(
          {
            ...retryOptions,
            "clock?": part(clock),
            "credentials?": part(memoize(keys)),
            "maxBufferBytes?": also(5, "5"),
            "onEvent?": nothing,
          },
          ...EMPTY,
        ),
      ],
      methods: { "()": middlewareDoor },
    },
    signing: {
      args: [
        part(signer),
        maybe(
          { "gate?": createHostGate(undefined, {}), "payload?": "hash", "maxBufferBytes?": also(100, "5") },
          ...EMPTY,
        ),
      ],
      methods: { "()": middlewareDoor },
    },
    resigningRedirects: {
      args: [
        {
          "gate?": createHostGate(undefined, {}),
          "maxBufferBytes?": also(100, "5"),
          clock: part(clock),
          "onEvent?": nothing,
        },
      ],
      methods: { "()": middlewareDoor },
    },
    createHostGate: {
      args: [maybe(["files.example.com"], "[]"), maybe({ "region?": region, "service?": "sagemaker" }, ...EMPTY)],
      methods: {
        "()": {
          args: [also(new URL("https://files.example.com/"), "url"), maybe("", '""')],
          passed: ["HOST_NOT_ALLOWED"],
        },
      },
    },
  },
  "./attempts": {
    createAttempts: {
      args: [
        {
          clock: part(clock),
          "credentials?": part(memoize(keys)),
          "retry?": maybe(retryOptions, ...EMPTY),
          "onEvent?": nothing,
        },
      ],
      methods: {
        run: {
          args: [
            open({
              host: "a.test",
              secure: true,
              repeat: "always",
              "signal?": also(AbortSignal.timeout(60_000), "null"),
              send: async () => 1,
              inspect: () => ({ status: 200, header: () => null }),
              discard: nothing,
            }),
          ],
        },
      },
    },
    repeatOf: { args: [open({ method: "POST", url: also(new URL(url), "url"), header: () => null })] },
    errorCode: { args: [open({ status: also(403, "5"), header: () => null, "text?": async () => "" })] },
    isAboutTime: {
      args: [
        open({ status: also(403, "5"), header: () => null, "text?": async () => "" }),
        also("Signature expired", '""'),
      ],
    },
    dateInText: { args: [also("20260521T115000Z", '""')] },
  },
  "./parts": {
    assembleFetch: {
      args: [
        {
          region,
          "service?": "sagemaker",
          credentials: async () => keys,
          hosts: also([() => true], "[]"),
          "clock?": part(clock),
          "skew?": step,
          "retry?": step,
          "fetch?": answer,
        },
      ],
      methods: { "()": call },
    },
    awsHosts: { args: [also(new URL(url), "url"), open({ region, service: "sagemaker" })] },
    correctingClock: {
      args: [nothingAtAll],
      methods: {
        now: { args: [] },
        wall: { args: [] },
        monotonic: { args: [] },
        sleep: { args: [also(1, "5"), maybe(AbortSignal.timeout(60_000), "null")] },
        observe: "does nothing",
        step: "is called by assembleFetch only",
      },
    },
    renewing: { args: [async () => keys], methods: provider },
    readUpTo: "is called by this project only, with streams of the platform",
    retrying: { args: [nothingAtAll], methods: "is called by assembleFetch only" },
    vendedCredentials: vended,
  },
  "./undici": {
    signingInterceptor: {
      args: [part(signer), maybe({ "allowedHosts?": allowedHosts, "maxSignatureAgeMs?": also(1000, "5") }, ...EMPTY)],
      methods: "is called by undici only",
    },
  },
  "./vended": { vendedCredentials: vended },
  "./proxy": {
    createProxyHandler: {
      args: [
        {
          ...forProxy,
          upstream: also("https://runtime.sagemaker.eu-west-1.amazonaws.com", "url"),
          allow: also([{ "method?": "POST", path: "/endpoints/chat/invocations", "target?": "a" }], "[]"),
          hosts: ["app.example.com"],
          "prefix?": also("/api", '""'),
          "authorize?": () => true,
          "headers?": also(["accept"], "[]"),
          "maxBodyBytes?": also(100, "5"),
        },
      ],
      methods: { "()": { args: [new Request("https://app.example.com/endpoints/chat/invocations")] } },
    },
  },
  "./aws4fetch": {
    AwsClient: "keeps aws4fetch's own errors",
  },
};
