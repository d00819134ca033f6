import { createClock, createSigner } from "@countersign/signer";
import { compose, createSignedFetch, type Fetch, retry, signing } from "@countersign/fetch";
import { createProxyHandler } from "@countersign/fetch/proxy";
import { assembleFetch, renewing, retrying, vendedCredentials as vendedInParts } from "@countersign/fetch/parts";
import { vendedCredentials } from "@countersign/fetch/vended";
import { AwsClient } from "@countersign/fetch/aws4fetch";
import type { RuntimeCase } from "../runtimes/drivers/run-suite.ts";

/** Of the server that writes down what arrives; set when the suite is bundled. */
declare const OWN: string;
/** Of a server that no rule allows. */
declare const FOREIGN: string;

const credentials = {
  accessKeyId: "AKIDEXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
  sessionToken: "AQoDYXdzEXAMPLE/token+value==",
};
const allowedHosts = [new URL(OWN).host];
const options = { region: "eu-west-1", service: "sagemaker", credentials, allowedHosts } as const;
const signed = createSignedFetch(options);

interface Echo {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const echo = async (response: Response): Promise<Echo> => (await response.json()) as Echo;

function equal(actual: unknown, expected: unknown): void {
  const [left, right] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (left !== right) throw new Error(`expected ${right}, got ${left}`);
}

async function refused(code: string, sent: Promise<unknown>): Promise<void> {
  const error: unknown = await sent.then(
    () => undefined,
    (caught: unknown) => caught,
  );
  equal((error as { readonly code?: string } | undefined)?.code, code);
}

const bodies: readonly (readonly [kind: string, make: () => BodyInit, text: string, type: string | undefined])[] = [
  ["string", () => "héllo", "héllo", "text/plain;charset=UTF-8"],
  [
    "URLSearchParams",
    () => new URLSearchParams({ a: "1 2" }),
    "a=1+2",
    "application/x-www-form-urlencoded;charset=UTF-8",
  ],
  ["Uint8Array", () => new TextEncoder().encode("bytes"), "bytes", undefined],
  ["ArrayBuffer", () => new TextEncoder().encode("bytes").buffer, "bytes", undefined],
  ["Blob", () => new Blob(["blob"], { type: "application/json" }), "blob", "application/json"],
];

/** Without assertions of a test runner: it runs on runtimes that have no test runner. */
export const suite: readonly RuntimeCase[] = [
  ...bodies.flatMap(([kind, make, text, type]): RuntimeCase[] => [
    {
      name: `${kind} as init.body`,
      async run() {
        const got = await echo(await signed(`${OWN}/init`, { method: "POST", body: make() }));
        equal([got.method, got.body], ["POST", text]);
        // Bun adds a charset to a Blob's own type.
        if (type !== undefined) equal(got.headers["content-type"]?.toLowerCase().startsWith(type.toLowerCase()), true);
      },
    },
    {
      name: `${kind} in a Request`,
      async run() {
        const got = await echo(await signed(new Request(`${OWN}/request`, { method: "PUT", body: make() })));
        equal([got.method, got.body], ["PUT", text]);
      },
    },
  ]),
  {
    name: "FormData with its boundary",
    async run() {
      const form = new FormData();
      form.append("field", "value");
      const got = await echo(await signed(OWN, { method: "POST", body: form }));
      const boundary = /boundary=(.+)$/u.exec(got.headers["content-type"] ?? "")?.[1]?.replace(/^"|"$/gu, "");
      equal(boundary !== undefined && got.body.includes(`--${boundary}--`) && got.body.includes("value"), true);
    },
  },
  {
    name: "a stream in a Request is read and signed",
    async run() {
      const stream = new Blob(["streamed"]).stream();
      const init: RequestInit & { duplex: string } = { method: "POST", body: stream, duplex: "half" };
      equal((await echo(await signed(new Request(OWN, init)))).body, "streamed");
    },
  },
  {
    name: "a stream as init.body needs to be told how",
    run: () => refused("STREAM_NEEDS_PAYLOAD", signed(OWN, { method: "POST", body: new Blob(["s"]).stream() })),
  },
  {
    name: "a Request as init, as fetch(url, request)",
    async run() {
      const request = new Request("http://unused.example/", {
        method: "POST",
        body: "kept",
        headers: { "x-kept": "1" },
      });
      const got = await echo(await signed(`${OWN}/other`, request));
      equal([got.method, got.path, got.body, got.headers["x-kept"]], ["POST", "/other", "kept", "1"]);
    },
  },
  {
    name: "headers and query survive",
    async run() {
      const headers = { "X-Amzn-SageMaker-Target-Variant": "blue", accept: "application/json" };
      const got = await echo(await signed(`${OWN}/p?b=2&a=1&a=%20x`, { headers }));
      equal([got.path, got.headers["x-amzn-sagemaker-target-variant"]], ["/p?b=2&a=1&a=%20x", "blue"]);
    },
  },
  {
    name: "a redirect to a foreign host delivers nothing there",
    async run() {
      for (const status of [302, 307, 308]) {
        const target = `${OWN}/redirect?status=${status}&to=${encodeURIComponent(`${FOREIGN}/steal`)}`;
        await refused("REDIRECT_REFUSED", signed(target, { method: "POST", body: "the prompt" }));
      }
    },
  },
  {
    name: "a redirect to an allowed host is signed anew",
    async run() {
      const target = `${OWN}/redirect?status=307&to=${encodeURIComponent(`${OWN}/moved`)}`;
      const got = await echo(await signed(target, { method: "POST", body: "kept" }));
      equal([got.method, got.path, got.body], ["POST", "/moved", "kept"]);
    },
  },
  {
    name: 'redirect: "manual" gives the answer back',
    async run() {
      const response = await signed(`${OWN}/redirect?status=307&to=/moved`, { redirect: "manual" });
      equal(response.status, 307);
      await response.body?.cancel();
    },
  },
  {
    name: "a foreign host is refused",
    run: () => refused("HOST_NOT_ALLOWED", signed(FOREIGN)),
  },
  {
    name: "an aborted call stops with the caller's reason",
    async run() {
      const abort = new AbortController();
      const reason = new Error("enough");
      const sent = signed(`${OWN}/hang`, { signal: abort.signal }).then(
        () => undefined,
        (caught: unknown) => caught,
      );
      abort.abort(reason);
      const error = (await sent) as Error | undefined;
      // Bun 1.4 wraps the reason of a fetch under way; all agree on its message.
      equal(String(error?.message).includes("enough") || error?.name === "AbortError", true);
    },
  },
  {
    name: "a 503 of an invocation is sent again, body and all",
    async run() {
      const path = `${OWN}/endpoints/flaky-${Math.random()}/invocations`;
      const got = await echo(await signed(path, { method: "POST", body: "again" }));
      equal(got.body, "again");
    },
  },
  {
    name: "a refused connection is the platform's own error",
    async run() {
      const once = createSignedFetch({ ...options, allowedHosts: ["127.0.0.1"], retry: { attempts: 2, baseMs: 1 } });
      const error: unknown = await once("http://127.0.0.1:9/").then(
        () => undefined,
        (caught: unknown) => caught,
      );
      equal(error instanceof Error, true);
    },
  },
  {
    name: "compose, retry and signing work apart",
    async run() {
      const clock = createClock();
      const signer = createSigner({ region: "eu-west-1", credentials, clock });
      const send: Fetch = compose((input, init) => fetch(input, init), retry({ clock }), signing(signer));
      equal((await echo(await send(`${OWN}/apart`, { method: "POST", body: "b" }))).body, "b");
    },
  },
  {
    name: "vended credentials sign",
    async run() {
      const vended = vendedCredentials({ url: OWN, grant: "chat", getToken: () => "token" });
      const viaVended = createSignedFetch({ ...options, credentials: vended });
      equal((await echo(await viaVended(`${OWN}/vended`))).headers["authorization"]?.includes("AKIDEXAMPLE"), true);
    },
  },
  {
    name: "a fetch assembled from parts signs, retries and refuses",
    async run() {
      const hosts = allowedHosts;
      const assembled = assembleFetch({
        region: "eu-west-1",
        credentials: renewing(async () => credentials),
        hosts,
        retry: retrying(),
      });
      for (const [, make, text] of bodies) {
        equal((await echo(await assembled(`${OWN}/parts`, { method: "POST", body: make() }))).body, text);
        equal((await echo(await assembled(new Request(`${OWN}/parts`, { method: "PUT", body: make() })))).body, text);
      }
      const flaky = `${OWN}/endpoints/flaky-${Math.random()}/invocations`;
      equal((await echo(await assembled(flaky, { method: "POST", body: "again" }))).body, "again");
      await refused("HOST_NOT_ALLOWED", assembled(FOREIGN));
      const target = `${OWN}/redirect?status=307&to=${encodeURIComponent(`${FOREIGN}/steal`)}`;
      await refused("REDIRECT_REFUSED", assembled(target, { method: "POST", body: "the prompt" }));
    },
  },
  {
    name: "the parts' vended credentials belong to the token's user",
    async run() {
      let token: string | undefined = "token";
      const vended = vendedInParts({ url: OWN, grant: "chat", getToken: async () => token });
      const assembled = assembleFetch({ region: "eu-west-1", credentials: vended, hosts: allowedHosts });
      equal((await echo(await assembled(`${OWN}/vended`))).headers["authorization"]?.includes("AKIDEXAMPLE"), true);
      token = undefined;
      await refused("GRANT_REFUSED", assembled(`${OWN}/vended`));
    },
  },
  {
    name: "the proxy handler signs and answers",
    async run() {
      const proxy = createProxyHandler({
        ...options,
        upstream: OWN,
        hosts: ["app.example"],
        prefix: "/aws",
        allow: [{ path: "/endpoints/e/invocations" }],
      });
      const page = new Request("https://app.example/aws/endpoints/e/invocations", {
        method: "POST",
        body: "{}",
        headers: { cookie: "session=1", "sec-fetch-site": "same-origin" },
      });
      const got = await echo(await proxy(page));
      equal([got.path, got.body, got.headers["cookie"]], ["/endpoints/e/invocations", "{}", undefined]);
    },
  },
  {
    name: "aws4fetch's client posts whatever has a body",
    async run() {
      const aws = new AwsClient({ ...credentials, region: "eu-west-1", service: "sagemaker" });
      equal((await echo(await aws.fetch(`${OWN}/compat`, { body: "b" }))).method, "POST");
      equal((await echo(await fetch(await aws.sign(`${OWN}/compat`, { method: "PUT", body: "b" })))).method, "PUT");
    },
  },
];
