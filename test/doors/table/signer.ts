import { createSigner, createClock, signRequest, memoize, deriveSigningKey, SignerError } from "@countersign/signer";
import { serviceRules } from "@countersign/signer/async";
import { deriveKeyPair } from "@countersign/signer/v4a";
import { optional, text } from "@countersign/signer/options";
import { createAuthority, EC } from "../../../packages/signer/test/x509/authority.ts";
import type { Door } from "../door.ts";
import { also, anything, fixed, ignored, maybe, open, part } from "../variants.ts";
import { credentialRequest, credentials, keys, provider, settings } from "./shared.ts";

const date = new Date("2026-03-01T12:00:00Z");
const region = "eu-west-1";
const clock = createClock();
const url = "https://runtime.sagemaker.eu-west-1.amazonaws.com/endpoints/e/invocations";
const signer = createSigner({ region, credentials: keys, clock });
const rules = serviceRules("sagemaker");
const signal = AbortSignal.timeout(60_000);
const refuse = (message: string): never => {
  throw new SignerError("INVALID_OPTION", message);
};
/** The shape of one value: called with the value, the name of its field and what refuses. */
const value = (given: unknown): Door => ({
  args: [given, fixed("field"), fixed(refuse)],
  methods: "are those of what was given",
});
const nothing = (): void => undefined;

const EMPTY = ["[]", "{}", "bare"] as const;
const request = {
  "method?": "POST",
  url: also(url, "url"),
  "headers?": also(
    open({ "x-a": maybe("b", '""', "[]"), "x-b": maybe([maybe("c", '""')], '""', "[]") }),
    "map",
    ...EMPTY,
  ),
  "body?": also("{}", '""', "null"),
  "payload?": "hash",
};
const context = {
  credentials,
  region,
  service: "sagemaker",
  date: also(date, "date"),
  "settings?": maybe(settings, "{}", "bare"),
};
const wish = maybe({ "minTtlMs?": also(1000, "5"), "signal?": signal }, "{}", "bare");
const signedDoor: Door = { args: [request, wish] };
const session = open({
  accessKeyId: anything("AKIDEXAMPLE"),
  secretAccessKey: anything("secret"),
  "expiration?": also(date, "date"),
});
const instant = also(0, "5");
const state = open({
  nextAttemptAt: instant,
  nextForcedAt: instant,
  nextWishAt: instant,
  rejected: maybe("AKIDEXAMPLE", '""'),
  rejections: [instant, instant],
});
const signed = {
  ...signRequest({ method: "POST", url, body: "{}" }, { credentials: keys, region, service: "sagemaker", date }),
};
const signedRequest = open({
  method: also("POST", '""'),
  url,
  headers: open({ ...signed.headers }),
  "body?": also("{}", "null", '""'),
});
const signedHeaders = { ...signed.headers };
const authority = createAuthority();
const leaf = authority.issue("ec", EC, { by: authority.intermediate });
authority[Symbol.dispose]();
const now = new Date(Date.now() + 60_000);
const applied: Door = { args: [request, open({ headers: open({ authorization: also("AWS4", '""') }) })] };
const verified: Door = {
  args: [open({ method: "POST", url, headers: open(signedHeaders), "body?": "{}", "bodyFollows?": anything(false) })],
};
const answer = open({
  status: also(403, "5"),
  "headers?": also(open({}), "[]", "{}", "{ zzz }", "bare", "map"),
  "body?": also("<Error/>", '""'),
});

export const signerDoors: Readonly<Record<string, Readonly<Record<string, Door | string>>>> = {
  ".": {
    SignerError: { construct: true, args: [anything("INVALID_OPTION"), anything("message"), anything({ cause: 1 })] },
    CountersignError: "is abstract",
    memoize: {
      args: [open(keys), maybe({ "clock?": part(clock), "onEvent?": nothing }, "{}", "bare")],
      methods: provider,
    },
    createClock: {
      args: [
        maybe({ "wall?": () => Date.now(), "monotonic?": () => performance.now(), "onEvent?": nothing }, "{}", "bare"),
      ],
      methods: {
        now: { args: [] },
        wall: { args: [] },
        monotonic: { args: [] },
        sleep: { args: [also(1, "5"), maybe(signal)] },
        observe: {
          args: [
            ignored(
              open({
                date: anything(date),
                sentAt: anything(1),
                receivedAt: anything(2),
                "ageS?": anything(0),
                "confirmed?": anything(true),
              }),
            ),
          ],
        },
      },
    },
    createSigner: {
      args: [
        {
          region,
          "service?": "sagemaker",
          credentials,
          "clock?": part(clock),
          "settings?": maybe(settings, "{}", "bare"),
          "onEvent?": nothing,
        },
      ],
      methods: {
        ready: { args: [] },
        credentials: provider["()"],
        sign: signedDoor,
        signSync: { args: [request] },
        presign: {
          args: [
            request,
            maybe({ "expiresIn?": also(60, "5"), "whenShort?": "clamp", "signal?": signal }, "{}", "bare"),
          ],
        },
      },
    },
    prepare: {
      args: [
        part(signer),
        { "method?": "POST", url: also(url, "url"), "headers?": also(open({}), "map", ...EMPTY), "payload?": "hash" },
      ],
      methods: {
        sign: { args: [maybe("{}", '""', "null"), maybe(open({}), ...EMPTY, "map"), maybe(nothing)] },
        signSync: { args: [maybe("{}", '""', "null"), maybe(open({}), ...EMPTY, "map"), maybe(nothing)] },
      },
    },
    deriveSigningKey: {
      args: [open({ credentials: open(keys), region, service: "sagemaker", date: also(date, "date") })],
    },
    signRequest: {
      args: [
        request,
        {
          ...context,
          "signingKey?": part(deriveSigningKey({ credentials: keys, region, service: "sagemaker", date })),
        },
      ],
    },
    presignRequest: { args: [request, { ...context, expiresIn: also(60, "5") }] },
    applySignature: applied,
    words: "is a value",
    createEmitter: { args: [maybe(nothing), part(clock)], methods: "is called by packages with the names of events" },
    checkCredentials: { args: [credentials] },
    refreshBackoffMs: { args: [also(1000, "5"), maybe(() => 0.5)] },
    refreshJitterMs: {
      args: [also(1000, "5"), maybe(open({ advisoryMs: also(5, "5"), mandatoryMs: also(5, "5") })), maybe(() => 0.5)],
    },
    refreshWindow: { args: [also(1000, "5")] },
    afterFailure: { args: [state, also(0, "5"), also(5, "5")] },
    AgingMap: "is made with constants of an author",
    generations: "is called with constants of an author",
    afterRejection: { args: [state, also("AKIDEXAMPLE", '""'), also(0, "5"), also(5, "5")] },
    afterRenewal: { args: [state, also("AKIDEXAMPLE", '""')] },
    decideRefresh: {
      args: [
        state,
        maybe(
          open({
            accessKeyId: also("AKIDEXAMPLE", '""'),
            remainingMs: also(5, "5"),
            lifetimeMs: also(5, "5"),
            advisoryMs: also(5, "5"),
            mandatoryMs: also(5, "5"),
          }),
        ),
        also(open({ "forceRefresh?": false, "minTtlMs?": also(5, "5") }), "{}", "{ zzz }", "bare"),
        also(0, "5"),
        anything(false),
      ],
    },
    INITIAL_REFRESH_STATE: "is a value",
    scheduleOf: { args: [also(1000, "5")] },
    isExpired: { args: [also(session, "{}", "{ zzz }", "bare"), part(clock)] },
    validityOf: { args: [also(session, "{}", "{ zzz }", "bare"), part(clock)] },
    unlessAborted: { args: [anything(Promise.resolve(1)), maybe(signal, "null")] },
    waitFor: { args: [anything(Promise.resolve(1)), also(1000, "5"), part(clock), maybe(signal)] },
  },
  "./endpoints": {
    endpointOptionsFromEnv: { args: [also(open({}), "{}", "{ zzz }", "bare"), "sagemaker"] },
    hostSuffix: { args: [anything(region)] },
    isLoopbackHost: { args: [anything("localhost")] },
    parseEndpoint: { args: [anything(url)] },
    parseSigningScope: { args: [anything(new URL(url))] },
    resolveEndpoint: {
      args: [{ service: "sts", region, "url?": also(url, "url"), "fips?": false, "dualStack?": false }],
    },
    resolveUrl: { args: [{ service: "sts", region, "url?": also(url, "url"), "fips?": false, "dualStack?": false }] },
  },
  "./verify": {
    createVerifier: {
      args: [
        {
          resolve: async () => ({ secretAccessKey: "secret" }),
          "region?": also(region, "[]", '""'),
          "service?": also("sagemaker", "[]", '""'),
          "clock?": part({ ...clock, now: () => date.getTime(), wall: () => date.getTime() }),
          "maxSkewMs?": also(1000, "5"),
          "unsignedPayload?": "allow",
          "replay?": open({ seen: () => false }),
        },
      ],
      methods: {
        "()": verified,
        verify: verified,
      },
    },
    VerifyError: {
      construct: true,
      args: [anything("AccessDenied"), anything("message"), anything({ canonicalRequest: "", stringToSign: "" })],
    },
  },
  "./events": {
    signEvents: {
      args: [part(signer), signed.signature],
      methods: { sign: { args: [new Uint8Array(1)] }, end: { args: [] } },
    },
  },
  "./chunked": {
    signChunked: {
      args: [
        part(createSigner({ region, service: "s3", credentials: keys })),
        {
          "method?": "PUT",
          url: also(url, "url"),
          "headers?": also(open({}), "map", ...EMPTY),
          decodedLength: also(5, "5"),
          "chunkSize?": 65_536,
          "trailer?": also(open({}), "{}", "bare"),
          "payload?": "streaming-signed",
        },
      ],
      methods: { encode: { args: [new Uint8Array(5)] } },
    },
  },
  "./async": {
    sha256Hex: "is called by @countersign/fetch only, with text that it has checked",
    createAsyncSigner: {
      args: [
        {
          region,
          service: "sagemaker",
          credentials: part(memoize(keys)),
          clock: part(clock),
          "rules?": part(rules),
          "urlOf?": (given: string) => given,
          "payloadOf?": () => "UNSIGNED-PAYLOAD",
        },
      ],
      methods: {
        sign: { args: [{ ...request, "body?": anything("{}"), "payload?": anything("hash") }, credentialRequest] },
      },
    },
    createPlainSigner: "is called by assembleFetch only, with options and requests that it has checked",
    createPageSigner: {
      args: [
        {
          region,
          "service?": "sagemaker",
          credentials,
          "clock?": part(clock),
          "settings?": maybe(settings, "{}", "bare"),
          "onEvent?": nothing,
        },
      ],
      methods: { sign: signedDoor, credentials: provider["()"] },
    },
    wireUrl: { args: [url, part(rules)] },
    serviceRules: {
      args: ["sagemaker", maybe(settings, "{}", "bare")],
      methods: { signs: "is called by the signer only" },
    },
  },
  "./v4a": {
    applySignature: applied,
    deriveKeyPair: { args: [open(keys)] },
    signRequest: { args: [request, { ...context, "signingKey?": part(deriveKeyPair(keys)) }] },
    presignRequest: { args: [request, { ...context, expiresIn: also(60, "5") }] },
  },
  "./x509": {
    applySignature: applied,
    signRequest: {
      args: [
        request,
        {
          certificate: leaf.certificate,
          key: leaf.key,
          "chain?": also(authority.intermediate.certificate, '""', "[]"),
          region,
          "service?": "rolesanywhere",
          date: now,
        },
      ],
    },
  },
  "./diagnose": {
    diagnose: { args: [answer, signedRequest, maybe({ "reveal?": false }, "{}", "bare")] },
    explain: { args: [part(signer), request, maybe({ "reveal?": false }, "{}", "bare")] },
    explainSigned: { args: [signedRequest, maybe({ "reveal?": false, "canonicalRequest?": "GET" }, "{}", "bare")] },
    readAnswerText: { args: [also("HTTP/1.1 403 Forbidden\r\n\r\n", '""')] },
    readExpected: { args: [answer, maybe({ "reveal?": false }, "{}", "bare")] },
    readRequestText: { args: [`curl ${url}`] },
    redactToken: { args: [also("token", '""')] },
    redactTokens: { args: [also("text", '""'), maybe([also("token", '""')], "[]")] },
  },
  "./error": {
    CountersignError: "is abstract",
    SignerError: { construct: true, args: [anything("INVALID_OPTION"), anything("message"), anything({ cause: 1 })] },
    words: "is a value",
  },
  "./schema": {
    createSchemaCheck: {
      args: [fixed(refuse)],
      methods: {
        "()": { args: [fixed({ type: "object", properties: {} }), maybe(open({}), "bare", "{}"), fixed(refuse)] },
      },
    },
  },
  "./options": {
    checkOptions: { args: [maybe({ "name?": "a" }, "{}", "bare"), fixed({ name: optional(text) }), fixed(refuse)] },
    nearestName: { args: [anything("name"), fixed(["names"])] },
    callable: value(nothing),
    clockShape: value(part(clock)),
    flag: value(true),
    isRecord: { args: [anything({})] },
    milliseconds: value(also(5, "5")),
    own: "is called with code of the author only",
    signalShape: value(signal),
    text: value("a"),
    unchecked: "lets everything pass",
    shape: "is called with code of the author only",
    optional: "is called with code of the author only",
    nested: "is called with code of the author only",
    listOf: "is called with code of the author only",
    oneOf: "is called with code of the author only",
    wholeNumber: "is called with code of the author only",
    contract: "is called with code of the author only",
  },
};
