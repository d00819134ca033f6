import {
  applySignature,
  createClock,
  createSigner,
  memoize,
  prepare,
  presignRequest,
  SignerError,
  signRequest,
} from "@countersign/signer";
import { signChunked } from "@countersign/signer/chunked";
import { signEvents } from "@countersign/signer/events";
import { deriveKeyPair, signRequest as signV4a } from "@countersign/signer/v4a";
import { createVerifier } from "@countersign/signer/verify";
import type { RuntimeCase } from "../runtimes/drivers/run-suite.ts";
import type { Expectations, Vector } from "./expectations.ts";

/** What Node came to, over its own crypto. */
declare const EXPECTED: Expectations;
/** AWS's signing test suite; empty when it is not there. */
declare const VECTORS: readonly Vector[];
/** Whether SigV4a can be done. */
declare const HAS_NODE_CRYPTO: boolean;

export const credentials = {
  accessKeyId: "AKIDEXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
  sessionToken: "AQoDYXdzEXAMPLE/token+value==",
};
const now = Date.parse("2026-11-23T12:00:00Z");
const clock = createClock({ wall: () => now });
const date = new Date(now);
const url = "https://runtime.sagemaker.eu-west-1.amazonaws.com/endpoints/mine/invocations";
const context = { credentials, region: "eu-west-1", service: "sagemaker", date };
const request = { method: "POST", url, headers: { "content-type": "application/json" }, body: '{"inputs":"héllo"}' };
const large = new Uint8Array(100_000).map((_, i) => i);
const make = (service = "sagemaker") => createSigner({ region: "eu-west-1", service, credentials, clock });

const hex = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

function equal(actual: unknown, expected: unknown): void {
  const [left, right] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (left !== right) throw new Error(`expected ${right}, got ${left}`);
}

async function refused(code: string, work: () => unknown): Promise<void> {
  try {
    await work();
  } catch (error) {
    equal(error instanceof SignerError && error.code, code);
    return;
  }
  throw new Error(`expected ${code}, got no error`);
}

/** Everything that must come out the same, whatever hashes it. */
export const answers: Readonly<Record<keyof Expectations, () => unknown>> = {
  signRequest: () => signRequest(request, context).signature,
  presignRequest: () => presignRequest(request, { ...context, expiresIn: 60 }).url,
  signSync: () => make().signSync(request).headers,
  sign: async () => (await make().sign({ ...request, body: large })).headers,
  signLargeText: async () => (await make().sign({ ...request, body: "é".repeat(40_000) })).headers,
  presign: async () => (await make().presign(request)).url,
  prepare: async () => {
    const prepared = prepare(make(), request);
    const extra = { "x-amzn-sagemaker-inference-id": "1" };
    const signed = [
      prepared.signSync("{}"),
      prepared.signSync("{}", extra),
      await prepared.sign(large, { accept: "*/*" }),
    ];
    // The order of the headers is not promised.
    return signed.map((headers) => Object.entries(headers).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  },
  s3: () => make("s3").signSync({ method: "PUT", url: "https://b.s3.amazonaws.com/a b/é//..c?x=%zz", body: large }),
  events: () => {
    const events = signEvents(make(), make().signSync({ url, payload: "streaming-events" }));
    return [events.sign(large), events.end()].map(({ headers }) => hex(headers));
  },
  chunked: async () => {
    const upload = await signChunked(make("s3"), { method: "PUT", url, decodedLength: large.length });
    let text = "";
    for await (const piece of upload.encode(large)) if (piece.length < 200) text += hex(piece);
    return text;
  },
};

/** Without assertions of a test runner: it runs on runtimes that have no test runner. */
export const suite: readonly RuntimeCase[] = [
  ...Object.entries(answers).map(([name, answer]): RuntimeCase => ({
    name: `${name} as with Node's own crypto`,
    run: async () => equal(await answer(), EXPECTED[name as keyof Expectations]),
  })),
  ...VECTORS.map(({ name, request, context, signature }): RuntimeCase => ({
    name: `official: ${name}`,
    run: () => equal(signRequest(request, { ...context, date: new Date(context.date) }).signature, signature),
  })),
  {
    name: "what is signed verifies",
    async run() {
      const verify = createVerifier({ resolve: async () => credentials, clock });
      const { method, url, headers, body = null } = make().signSync(request);
      await verify({ method, url, headers: { host: new URL(url).host, ...headers }, body });
    },
  },
  {
    name: "applySignature",
    run() {
      const { method, url: signedUrl, headers, body } = make().signSync(request);
      equal(applySignature(request, signRequest(request, context)), { method, url: signedUrl, headers, body });
    },
  },
  {
    name: "a provider is asked once",
    async run() {
      let asked = 0;
      const provider = memoize(async () => (asked++, credentials));
      const signer = createSigner({ region: "eu-west-1", credentials: provider, clock });
      await Promise.all([signer.sign(request), signer.sign(request), signer.ready()]);
      equal(asked, 1);
    },
  },
  {
    name: "SigV4a works where node:crypto is, and says so where it is not",
    async run() {
      const work = (): string => signV4a(request, { ...context, region: "*" }).signature;
      if (!HAS_NODE_CRYPTO) {
        await refused("UNSUPPORTED_RUNTIME", work);
        await refused("UNSUPPORTED_RUNTIME", () => deriveKeyPair(credentials));
      } else equal(/^30[\da-f]{130,146}$/.test(work()), true);
    },
  },
  ...[
    ["a stream", () => new Blob(["a"]).stream()],
    ["a Blob", () => new Blob(["a"])],
    ["URLSearchParams", () => new URLSearchParams("a=b")],
    ["a number", () => 5],
    ["an object", () => ({})],
  ].map(([kind, body]): RuntimeCase => ({
    name: `${String(kind)} is no body to sign`,
    async run() {
      const given = { ...request, body: (body as () => unknown)() as string };
      await refused("INVALID_BODY", () => make().signSync(given));
      await refused("INVALID_BODY", () => make().sign(given));
    },
  })),
  {
    name: "a line break in a header",
    run: () => refused("INVALID_HEADER", () => make().signSync({ url, headers: { a: "b\r\nc: d" } })),
  },
  { name: "a fragment", run: () => refused("INVALID_URL", () => make().signSync({ url: `${url}#a` })) },
  {
    name: "Headers, pairs and records are the same",
    run() {
      const pairs: [string, string][] = [
        ["Content-Type", "a/b"],
        ["X-Amz-A", "c"],
      ];
      const [one, ...others] = [pairs, new Headers(pairs), new Map(pairs), Object.fromEntries(pairs)].map(
        (headers) => make().signSync({ url, headers }).headers["authorization"],
      );
      for (const other of others) equal(other, one);
    },
  },
  {
    name: "no secret in JSON",
    run() {
      const shown = JSON.stringify([make(), signRequest(request, context)]);
      equal(shown.includes(credentials.secretAccessKey) || shown.includes(credentials.sessionToken), false);
    },
  },
];
