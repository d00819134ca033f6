import { afterEach, describe, expect, it } from "vitest";
import {
  createClock,
  createSigner,
  deriveSigningKey,
  memoize,
  prepare,
  presignRequest,
  signRequest,
} from "../src/index.ts";
import { signChunked } from "../src/chunked.ts";
import { diagnose, explain, explainSigned, readAnswerText, readExpected, readRequestText } from "../src/diagnose.ts";
import {
  endpointOptionsFromEnv,
  parseEndpoint,
  parseSigningScope,
  resolveEndpoint,
  resolveUrl,
} from "../src/endpoints.ts";
import { signEvents } from "../src/events.ts";
import { deriveKeyPair, presignRequest as presignV4a, signRequest as signV4a } from "../src/v4a.ts";
import { createVerifier } from "../src/verify.ts";
import { handClock } from "./clock/hand-clock.ts";

const START = Date.UTC(2026, 4, 21, 12);
const credentials = { accessKeyId: "ASIAEXAMPLE", secretAccessKey: "secret" };
const url = "https://runtime.sagemaker.eu-west-1.amazonaws.com/endpoints/mine/invocations";
const date = new Date(START);
const context = { credentials, region: "eu-west-1", service: "sagemaker", date };
const make = (o: object = {}) => createSigner({ region: "eu-west-1", credentials, clock: handClock(START), ...o });
const upload = { method: "PUT", url: "https://b.s3.eu-west-1.amazonaws.com/k", decodedLength: 1 };

/** Every factory and call of the package that takes options: each is called with the options that it is given here. */
const doors: Readonly<Record<string, (options: never) => unknown>> = {
  createSigner: (o: object) => make(o),
  "createSigner settings": (settings: object) => make({ settings }),
  "createSigner signedHeaders": (signedHeaders: object) => make({ settings: { signedHeaders } }),
  createClock: (o: object) => createClock(o),
  memoize: (o: object) => memoize(credentials, o),
  prepare: (o: object) => prepare(make(), { url, ...o }),
  "signer.sign": (o: object) => make().sign({ url, ...o }),
  "signer.sign options": (o: object) => make().sign({ url }, o),
  "signer.signSync": (o: object) => make().signSync({ url, ...o }),
  "signer.presign": (o: object) => make().presign({ url, ...o }),
  "signer.presign options": (o: object) => make().presign({ url }, o),
  signRequest: (o: object) => signRequest({ url }, { ...context, ...o }),
  "signRequest request": (o: object) => signRequest({ url, ...o }, context),
  presignRequest: (o: object) => presignRequest({ url }, { ...context, expiresIn: 60, ...o }),
  "v4a.signRequest": (o: object) => signV4a({ url }, { ...context, ...o }),
  "v4a.presignRequest": (o: object) => presignV4a({ url }, { ...context, expiresIn: 60, ...o }),
  signChunked: (o: object) => signChunked(make({ service: "s3" }), { ...upload, ...o }),
  createVerifier: (o: object) => createVerifier({ resolve: async () => undefined, ...o }),
  resolveEndpoint: (o: object) => resolveEndpoint({ service: "sts", region: "eu-west-1", ...o }),
  resolveUrl: (o: object) => resolveUrl({ service: "sts", region: "eu-west-1", ...o }),
  explain: (o: object) => explain(make(), { url }, o),
  explainSigned: (o: object) => explainSigned(make().signSync({ url }), o),
  diagnose: (o: object) => diagnose({ status: 403 }, make().signSync({ url }), o),
  readExpected: (o: object) => readExpected({ status: 403 }, o),
};

/** What a door throws, or what its promise rejects with. */
async function refusalOf(call: () => unknown): Promise<unknown> {
  try {
    await call();
    return undefined;
  } catch (error) {
    return error;
  }
}

describe("kind: options are checked by name and shape", () => {
  it.each(Object.entries(doors))("%s refuses an option that it does not know", async (_, open) => {
    expect(await refusalOf(() => open({ optoin: 1 } as never))).toMatchObject({
      name: "SignerError",
      code: "INVALID_OPTION",
      message: expect.stringMatching(/^[\w.]*optoin: is not an option; /) as unknown,
    });
  });

  it.each<[string, object, string]>([
    ["createSigner", { regoin: "eu-west-1" }, "region"],
    ["createSigner settings", { pathNormalisation: "none" }, "pathNormalization"],
    ["createSigner signedHeaders", { alsoo: [] }, "also"],
    ["signer.sign", { paylod: "unsigned" }, "payload"],
    ["signer.presign options", { expiresin: 5 }, "expiresIn"],
    ["memoize", { onevent: () => undefined }, "onEvent"],
    ["createVerifier", { maxSkewMS: 5 }, "maxSkewMs"],
    ["resolveEndpoint", { dualstack: true }, "dualStack"],
    ["signChunked", { chunksize: 9000 }, "chunkSize"],
    ["explain", { revael: true }, "reveal"],
  ])("%s names the nearest option for %o", async (door, options, nearest) => {
    expect(String(await refusalOf(() => doors[door]?.(options as never)))).toContain(`did you mean ${nearest}?`);
  });

  it.each<[string, object]>([
    ["createSigner", { clock: {} }],
    ["createSigner", { clock: { now: () => 1 } }],
    ["createSigner", { onEvent: "log" }],
    ["createSigner", { credentials: 5 }],
    ["createSigner", { settings: 5 }],
    ["createSigner settings", { signedHeaders: ["host"] }],
    ["createSigner signedHeaders", { never: ["host"] }],
    ["createSigner signedHeaders", { also: "x-mine" }],
    ["signer.sign options", { signal: {} }],
    ["signer.sign options", { minTtlMs: "1" }],
    ["signer.presign options", { signal: {} }],
    ["signer.presign options", { whenShort: "later" }],
    ["signer.sign", { payload: {} }],
    ["memoize", { clock: 5 }],
    ["createVerifier", { replay: {} }],
    ["createVerifier", { resolve: "x" }],
    ["createVerifier", { region: 5 }],
    ["createVerifier", { pathEncoding: "thrice" }],
    ["createVerifier", { unsignedPayload: true }],
    ["createVerifier", { clock: { now: () => 1 } }],
    ["resolveEndpoint", { fips: "true" }],
    ["signChunked", { payload: "hash" }],
    ["signChunked", { trailer: 5 }],
    ["explain", { reveal: "yes" }],
    ["diagnose", { reveal: 1 }],
  ])("%s refuses %o by the same error", async (door, options) => {
    expect(await refusalOf(() => doors[door]?.(options as never))).toMatchObject({
      name: "SignerError",
      code: "INVALID_OPTION",
    });
  });

  const nothing = [undefined, null, 5, "text", true, [], Symbol("s"), () => undefined, new Date(Number.NaN)];
  const naked: Readonly<Record<string, (value: never) => unknown>> = {
    createSigner,
    createClock: (value) => createClock(value ?? { x: 1 }),
    memoize,
    prepare: (value) => prepare(make(), value),
    "prepare signer": (value) => prepare(value, { url }),
    "sign request": (value) => make().sign(value),
    signSync: (value) => make().signSync(value),
    presign: (value) => make().presign(value),
    "sign url": (value) => make().sign({ url: value }),
    "sign method": (value) => make().sign({ url, method: value ?? "" }),
    "sign headers": (value) => make().sign({ url, headers: { "x-amz-a": value ?? "\n" } }),
    "sign body": (value) => make().sign({ url, body: value === null ? ({} as never) : (value ?? ({} as never)) }),
    "sign credentials": (value) => make({ credentials: async () => value }).sign({ url }),
    signRequest: (value) => signRequest(value, context),
    "signRequest context": (value) => signRequest({ url }, value),
    "signRequest credentials": (value) => signRequest({ url }, { ...context, credentials: value }),
    "signRequest date": (value) => signRequest({ url }, { ...context, date: value }),
    "signRequest key": (value) => signRequest({ url }, { ...context, signingKey: value ?? ({} as never) }),
    deriveSigningKey,
    deriveKeyPair,
    "presignRequest context": (value) => presignRequest({ url }, value),
    "v4a context": (value) => signV4a({ url }, value),
    "v4a presign": (value) => presignV4a({ url }, value),
    "signEvents signer": (value) => signEvents(value, "a".repeat(64)),
    "signEvents seed": (value) => signEvents(make(), value),
    "signEvents payload": (value) => signEvents(make(), "a".repeat(64)).sign(value),
    signChunked: (value) => signChunked(make({ service: "s3" }), value),
    "signChunked data": async (value) => (await signChunked(make({ service: "s3" }), upload)).encode(value).next(),
    createVerifier,
    resolveEndpoint,
    resolveUrl,
    "endpointOptionsFromEnv env": (value) =>
      endpointOptionsFromEnv(value === undefined ? (null as never) : value, value),
    explain: (value) => explain(value, { url }),
    explainSigned,
    diagnose: (value) => diagnose({ status: 403 }, value),
    "diagnose answer": (value) => diagnose(value === undefined ? (null as never) : value, {} as never),
    readRequestText,
    readAnswerText,
  };
  const cases = Object.entries(naked).flatMap(([name, call]) => nothing.map((value) => [name, value, call] as const));

  it.each(cases)("%s answers %o with an error of its own, or not at all", async (_, value, call) => {
    const error = await refusalOf(() => call(value as never));
    expect(error === undefined ? "SignerError" : (error as Error).name).toBe("SignerError");
  });

  it("a verifier answers anything that is not a request with its own error", async () => {
    const verify = createVerifier({ resolve: async () => undefined });
    for (const value of nothing) {
      expect(await refusalOf(() => verify(value as never))).toMatchObject({ name: "VerifyError" });
      for (const part of ["method", "url", "headers", "body"]) {
        const request = { method: "GET", url: "/", headers: {}, [part]: value };
        expect(await refusalOf(() => verify(request as never))).toMatchObject({ name: "VerifyError" });
      }
    }
  });
});

describe("kind: options are own properties: a polluted Object.prototype has no effect", () => {
  const polluted = Object.prototype as unknown as Record<string, unknown>;
  const given = Object.keys(polluted);
  afterEach(() => {
    for (const name of Object.keys(polluted)) if (!given.includes(name)) delete polluted[name];
  });

  const values: Readonly<Record<string, unknown>> = {
    method: "DELETE",
    body: "evil",
    payload: "unsigned",
    headers: { "x-amz-evil": "1" },
    service: "iam",
    region: "us-east-1",
    settings: { payloadHeader: "always" },
    pathEncoding: "single",
    pathNormalization: "none",
    payloadHeader: "always",
    sessionToken: "evil",
    signedHeaders: "all",
    also: ["x-evil"],
    never: ["content-type"],
    credentials: { accessKeyId: "AKIAEVIL", secretAccessKey: "evil" },
    provider: async () => ({ accessKeyId: "AKIAEVIL", secretAccessKey: "evil" }),
    memoized: true,
    peek: () => ({ accessKeyId: "AKIAEVIL", secretAccessKey: "evil" }),
    expiration: new Date(0),
    clock: { now: () => 0 },
    onEvent: () => expect.unreachable("a listener that nothing registered"),
    minTtlMs: 5,
    forceRefresh: true,
    signal: AbortSignal.abort(),
    expiresIn: 5,
    whenShort: "throw",
    signingKey: {},
    maxSkewMs: Infinity,
    unsignedPayload: "allow",
    replay: { seen: () => true },
    principal: "evil",
    fips: true,
    dualStack: true,
    vpcEndpoint: "vpce-1-2",
    url: "https://evil.test/",
    reveal: true,
    canonicalRequest: "evil",
    trailer: { "x-evil": "1" },
    chunkSize: 9000,
    sha256: "0".repeat(64),
    AWS_ENDPOINT_URL: "https://evil.test/",
    AWS_USE_FIPS_ENDPOINT: "true",
    "x-amz-content-sha256": "evil",
    wall: () => 0,
    monotonic: () => 0,
    confirmed: true,
    ageS: 1,
    bodyFollows: true,
  };

  /** What the whole package makes of fixed inputs. */
  async function everything(): Promise<unknown> {
    const signer = make();
    const request = { url, headers: { "content-type": "application/json" } };
    const signed = await signer.sign(request);
    const events: unknown[] = [];
    const verify = createVerifier({
      clock: handClock(START),
      resolve: async () => ({ secretAccessKey: "secret" }),
    });
    const { principal, region } = await verify({ method: "GET", url: signed.url, headers: { ...signed.headers } });
    const chunked = await signChunked(make({ service: "s3" }), upload);
    const clock = createClock({ wall: () => START });
    clock.observe({ date: new Date(START + 3_600_000), sentAt: START, receivedAt: START });
    const provider = memoize(async (o) => (events.push({ ...o }), credentials), { clock: handClock(START) });
    return JSON.parse(
      JSON.stringify([
        signed,
        signer.signSync({ url }),
        await signer.presign({ url }),
        prepare(signer, { url }).signSync(),
        await prepare(signer, { url }).sign("body"),
        signRequest({ url }, context).signature,
        presignRequest({ url }, { ...context, expiresIn: 60 }).signature,
        (signV4a({ url }, context), "v4a"),
        principal ?? "none",
        region,
        chunked,
        await provider(),
        clock.offsetMs,
        resolveEndpoint({ service: "sts", region: "eu-west-1" }),
        endpointOptionsFromEnv({}, "sts"),
        await explain(signer, { url }),
        explainSigned(signed),
        diagnose({ status: 403 }, signed),
        readExpected({ status: 403 }),
      ]),
    );
  }

  it.each(Object.entries(values))("%s", async (name, value) => {
    const expected = await everything();
    polluted[name] = value;
    const actual = await everything().finally(() => delete polluted[name]);
    expect(actual).toEqual(expected);
  });
});

describe("kind: every parser is linear, and foreign text has a length limit", () => {
  const huge = "a".repeat(128 * 1024);
  const signed = make().signSync({ url });
  const withScope = (service: string) => ({
    ...signed,
    headers: { ...signed.headers, authorization: signed.headers["authorization"]?.replace("sagemaker", service) ?? "" },
  });

  it.each<[string, () => unknown]>([
    [
      "a service name in a pasted request",
      () => diagnose({ status: 403, body: "<Code>SignatureDoesNotMatch</Code>" }, withScope(huge)),
    ],
    ["the same, explained", () => explainSigned(withScope(huge))],
    ["dots in a service name", () => explainSigned(withScope(".-".repeat(64 * 1024)))],
    [
      "a host in a pasted request",
      () => explainSigned(readRequestText(`GET / HTTP/1.1\nHost: ${huge}.eu-west-1.amazonaws.com\n\n`)),
    ],
    [
      "a host full of regions",
      () => diagnose({ status: 403 }, { ...signed, url: `https://${"eu-west-1.".repeat(13_000)}amazonaws.com/` }),
    ],
    ["an endpoint", () => parseEndpoint(`https://${"eu-west-1.".repeat(13_000)}amazonaws.com/`)],
    [
      "a scope",
      () => parseSigningScope(new URL(`https://${"vpce-a-".repeat(18_000)}b.sts.eu-west-1.vpce.amazonaws.com/`)),
    ],
    ["a header line", () => readRequestText(`GET / HTTP/1.1\nHost: h\n${huge}\n\n`)],
    ["white space in a header", () => readRequestText(`GET / HTTP/1.1\nHost: h\nx: a${" ".repeat(128 * 1024)}b\n\n`)],
    ["a curl command", () => readRequestText(`curl ${"'".repeat(128 * 1024)}`)],
    ["quotes in curl", () => readRequestText(`curl ${`"\\`.repeat(64 * 1024)}`)],
    ["line ends", () => readAnswerText("\r\n".repeat(64 * 1024))],
    ["a path of escapes", () => explainSigned({ ...signed, url: `${url}/${"%25".repeat(43_000)}` })],
    ["a path of segments", () => explainSigned({ ...signed, url: `${url}/${"./".repeat(64 * 1024)}` })],
    ["a query of ampersands", () => explainSigned({ ...signed, url: `${url}?${"&".repeat(128 * 1024)}` })],
    ["an answer of tags", () => diagnose({ status: 403, body: "<Code>".repeat(20_000) }, signed)],
    [
      "an answer of quotes",
      () => diagnose({ status: 403, body: `{"message":"${"'\\n\\nThe ".repeat(12_000)}"}` }, signed),
    ],
    [
      "white space in a signed header",
      () => make().signSync({ url, headers: { "x-amz-a": `a${" \t".repeat(64 * 1024)}b` } }),
    ],
    ["a path to sign", () => make().signSync({ url: `${url}/${"../a//".repeat(20_000)}` })],
    [
      "an S3 key to sign",
      () => make({ service: "s3" }).signSync({ url: `https://b.s3.eu-west-1.amazonaws.com/${"a/.".repeat(40_000)}` }),
    ],
  ])("%s of 128 kB takes milliseconds", async (_, call) => {
    const started = process.cpuUsage();
    const error = await refusalOf(call);
    expect(process.cpuUsage(started).user / 1000).toBeLessThan(1500);
    expect(error === undefined ? 0 : (error as Error).message.length).toBeLessThan(1000);
  });
});

describe("kind: what is checked is what is sent", () => {
  const s3 = (key: string) =>
    make({ service: "s3" }).signSync({ url: `https://b.s3.eu-west-1.amazonaws.com${key}` }).url;

  it.each([
    "/a/../c",
    "/a/./c",
    "/..",
    "/.",
    "/a/..",
    "/a/%2e%2e/c",
    "/a/%2E./c",
    "/a/.%2e",
    "/%2e/c",
    "/../a?x=1",
    "/a/..?x",
  ])("an S3 key with a dot segment, %s, is refused: a client would send another key", async (key) => {
    expect(() => s3(key)).toThrow(expect.objectContaining({ code: "INVALID_URL" }));
    const target = `https://b.s3.eu-west-1.amazonaws.com${key}`;
    const signer = make({ service: "s3" });
    await expect(signer.presign({ url: target })).rejects.toMatchObject({ code: "INVALID_URL" });
    expect(() => prepare(signer, { url: target })).toThrow(expect.objectContaining({ code: "INVALID_URL" }));
    await expect(signChunked(signer, { ...upload, url: target })).rejects.toMatchObject({ code: "INVALID_URL" });
    await expect(explain(signer, { url: target })).rejects.toMatchObject({ code: "INVALID_URL" });
  });

  it.each([
    "/a/...",
    "/a..b/c",
    "/.a",
    "/a./b",
    "/a//b",
    "/a%2F..%2Fc",
    "/a%252e%252e/c",
    "/k?x=/../y",
    "/é",
    "/a^b|c",
    "/",
  ])("an S3 key without one, %s, is signed as a client sends it", (key) => {
    const signed = s3(key);
    expect(new URL(signed).href).toBe(signed);
  });

  it("the URL of every other service is the one that a client sends, dot segments resolved", () => {
    for (const path of ["/a/../c", "/a/%2e%2e/c", "/a\\b", "/é?é", "/a?b=c d&e=%20+", "/a//b", "/a?x='y'"]) {
      const signed = make().signSync({ url: `https://runtime.sagemaker.eu-west-1.amazonaws.com${path}` }).url;
      expect(new URL(signed).href).toBe(signed);
    }
  });

  it("the query is never rewritten beyond what a client does", () => {
    for (const query of ["a=%20", "a=+", "a=b%2Bc", "b=2&a=1", "a", "a=", "a=%7e", "&&", "a==b"]) {
      expect(make().signSync({ url: `${url}?${query}` }).url).toBe(`${url}?${query}`);
      expect(s3(`/k?${query}`)).toBe(`https://b.s3.eu-west-1.amazonaws.com/k?${query}`);
    }
  });

  it("the host in the URL is the host that is signed, in every spelling", () => {
    for (const host of [
      "B.s3.EU-west-1.amazonaws.com",
      "b.s3.eu-west-1.amazonaws.com:443",
      "b%2es3.eu-west-1.amazonaws.com",
      "ｂ.s3.eu-west-1.amazonaws.com",
    ]) {
      const signed = make({ service: "s3" }).signSync({ url: `https://${host}/k` });
      expect(signed.url).toBe("https://b.s3.eu-west-1.amazonaws.com/k");
    }
  });

  it("signs with a getter's first answer only", () => {
    let reads = 0;
    const request = {
      get url() {
        return reads++ === 0 ? url : "https://evil.test/";
      },
    };
    expect(make().signSync(request).url).toBe(url);
    expect(reads).toBe(1);
  });
});

describe("bytes that were transferred, and objects that pass for bytes", () => {
  const transferred = {
    "a Uint8Array": () => transfer(new Uint8Array([1, 2, 3])),
    "a part of a buffer": () => transfer(new Uint8Array(new ArrayBuffer(8), 2, 3)),
    "an ArrayBuffer": () => transfer(new Uint8Array([1, 2, 3])).buffer,
    "what only says that it is a Uint8Array": () => saying("Uint8Array"),
    "what only says that it is an ArrayBuffer": () => saying("ArrayBuffer"),
  };

  const saying = (kind: string): Uint8Array => {
    const fields = { [Symbol.toStringTag]: kind, byteLength: 3, length: 3, buffer: new ArrayBuffer(3), 0: 1 };
    return fields as unknown as Uint8Array;
  };

  function transfer(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
    structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
    return bytes;
  }

  it.each(Object.entries(transferred))("%s is refused, and is not signed as an empty body", async (_what, body) => {
    const refused = expect.objectContaining({ code: "INVALID_BODY" });
    const request = { method: "POST", url };
    expect(() => signRequest({ ...request, body: body() }, context)).toThrow(refused);
    expect(() => make().signSync({ ...request, body: body() })).toThrow(refused);
    expect(() => prepare(make(), request).signSync(body())).toThrow(refused);
    await expect(make().sign({ ...request, body: body() })).rejects.toEqual(refused);
  });

  it.each([new Uint8Array(), new ArrayBuffer(0), new Uint8Array(new ArrayBuffer(8), 8)])(
    "what is empty and was not transferred is signed: %s",
    (body) => {
      const request = { method: "POST", url };
      expect(make().signSync({ ...request, body }).headers).toEqual(make().signSync(request).headers);
    },
  );
});

describe("kind: a gate that cannot judge refuses: the verifier and signed headers", () => {
  const verify = createVerifier({ clock: handClock(START), resolve: async () => ({ secretAccessKey: "secret" }) });
  const settings = { signedHeaders: { also: ["x-empty", "x-other"] } } as const;
  const signed = make({ settings }).signSync({ url, headers: { "x-empty": "", "x-other": "1" } });
  const without = (name: string) => {
    const { [name]: _, ...headers } = signed.headers;
    return { method: "GET", url: signed.url, headers };
  };

  it("refuses a signed empty header that is absent, and accepts it when it is there", async () => {
    await expect(verify(without("x-empty"))).rejects.toMatchObject({ code: "SignatureDoesNotMatch" });
    await expect(verify(without("x-other"))).rejects.toMatchObject({ code: "SignatureDoesNotMatch" });
    await expect(verify(without("none"))).resolves.toMatchObject({ accessKeyId: "ASIAEXAMPLE" });
  });

  it("refuses the same in a presigned URL, and a list of values that was emptied", async () => {
    const { url: presigned } = await make({ settings }).presign({ url, headers: { "x-empty": "" } });
    await expect(verify({ method: "GET", url: presigned, headers: {} })).rejects.toMatchObject({
      code: "SignatureDoesNotMatch",
    });
    await expect(verify({ method: "GET", url: presigned, headers: { "x-empty": [] } })).rejects.toMatchObject({
      code: "SignatureDoesNotMatch",
    });
    await expect(verify({ method: "GET", url: presigned, headers: { "x-empty": "" } })).resolves.toBeDefined();
  });
});

describe("kind: a gate that cannot judge refuses: credentials that have expired", () => {
  const expired = { ...context, credentials: { ...credentials, expiration: new Date(START) } };

  it.each<[string, () => unknown]>([
    ["signRequest", () => signRequest({ url }, expired)],
    ["presignRequest", () => presignRequest({ url }, { ...expired, expiresIn: 60 })],
    ["v4a signRequest", () => signV4a({ url }, expired)],
    ["v4a presignRequest", () => presignV4a({ url }, { ...expired, expiresIn: 60 })],
    ["signer.sign", () => make({ credentials: expired.credentials }).sign({ url })],
    ["signer.signSync", () => make({ credentials: expired.credentials }).signSync({ url })],
    ["signer.presign", () => make({ credentials: expired.credentials }).presign({ url })],
    [
      "a memoized provider",
      () => make({ credentials: Object.assign(async () => expired.credentials, { memoized: true }) }).sign({ url }),
    ],
    ["signEvents", () => signEvents(make({ credentials: expired.credentials }), "a".repeat(64))],
    ["signChunked", () => signChunked(make({ service: "s3", credentials: expired.credentials }), upload)],
  ])("%s does not sign", async (_, call) => {
    expect(await refusalOf(call)).toMatchObject({ code: "CREDENTIALS_EXPIRED" });
  });

  it("sign up to the last millisecond", () => {
    const before = { ...expired, date: new Date(START - 1) };
    expect(signRequest({ url }, before).signature).toMatch(/^[\da-f]{64}$/);
  });
});
