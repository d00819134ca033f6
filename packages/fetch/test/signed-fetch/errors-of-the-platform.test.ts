import { once } from "node:events";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { inspect } from "node:util";
import { runInNewContext } from "node:vm";
import { createSigner } from "@countersign/signer";
import * as undici7 from "undici";
import * as undici6 from "undici6";
import { describe, expect, it, vi } from "vitest";
import { AwsClient } from "../../src/aws4fetch.ts";
import { createSignedFetch } from "../../src/index.ts";
import { assembleFetch, vendedCredentials as small } from "../../src/parts.ts";
import { signingInterceptor } from "../../src/undici.ts";
import { vendedCredentials } from "../../src/vended.ts";

const SECRET = "s3cr3t-of-the-wire";
const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "example" };

const scope = { region: "eu-west-1", service: "sagemaker" };

/** Everything that sends by the global fetch. */
const doors: Readonly<Record<string, (url: string) => Promise<unknown>>> = {
  createSignedFetch: (url) =>
    createSignedFetch({ ...scope, credentials, allowedHosts: ["127.0.0.1"], retry: false })(url),
  assembleFetch: (url) =>
    assembleFetch({ ...scope, credentials: async () => credentials, hosts: [new URL(url).host] })(url),
  vendedCredentials: (url) => vendedCredentials({ url, grant: "g", getToken: () => "token" })(),
  "vendedCredentials of parts": (url) => small({ url, grant: "g", getToken: () => "token" })(),
  AwsClient: (url) => new AwsClient({ ...scope, ...credentials, retries: 0 }).fetch(url),
};

const shown = (error: unknown): string => inspect(error, { depth: 20, showHidden: true });

const malformed = [
  ["an answer that is not HTTP", `${SECRET}\r\n\r\n`],
  ["a header line that is malformed", `HTTP/1.1 200 OK\r\nset-cookie: ${SECRET}\r\nbroken header\r\n\r\n`],
] as const;

/** Sends to a server that answers with these bytes. */
async function answered<Result>(answer: string, send: (url: string) => Promise<Result>): Promise<Result> {
  const server = createServer((socket) => socket.once("data", () => socket.end(answer)).on("error", () => {}));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return send(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`).finally(() => server.close());
}

describe.each(Object.entries(doors))("errors of the platform's own fetch, through %s,", (_name, send) => {
  const thrownBy = (url: string): Promise<unknown> =>
    send(url).then(
      () => undefined,
      (error: unknown) => error,
    );

  it.each(malformed)("do not hold the bytes of %s", async (_what, answer) => {
    const error = await answered(answer, thrownBy);
    expect(error).toBeInstanceOf(Error);
    expect(shown(error)).not.toContain(SECRET);
  });

  it.each([
    ["a socket", Object.assign(new Error("other side closed"), { code: "UND_ERR_SOCKET", data: SECRET })],
    [
      "a parser of another realm",
      runInNewContext("new Error('parser of another realm', { cause: Object.assign(new Error('parse'), { data }) })", {
        data: SECRET,
      }) as Error,
    ],
    ["several addresses", new AggregateError([Object.assign(new Error("parse"), { data: SECRET })], "all failed")],
  ])("do not hold the bytes of %s", async (_what, cause) => {
    vi.stubGlobal("fetch", () => Promise.reject(new TypeError("fetch failed", { cause })));
    const error = await thrownBy("http://127.0.0.1:1/");
    vi.unstubAllGlobals();
    expect(shown(error)).toContain(cause.message);
    expect(shown(error)).not.toContain(SECRET);
  });
});

const vending = Object.entries(doors).filter(([name]) => name.startsWith("vended"));

describe.each(vending)("errors of an answer that is read, by %s,", (_name, send) => {
  it.each([
    ["a chunk that is malformed", `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz ${SECRET}\r\n`],
    [
      "a later chunk that is malformed",
      `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\nzz ${SECRET}\r\n`,
    ],
    ["a trailer that is malformed", `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n${SECRET} x\r\n\r\n`],
  ])("do not hold the bytes of %s", async (_what, answer) => {
    const error = await answered(answer, (url) => send(url).catch((thrown: unknown) => thrown));
    expect(error).toMatchObject({ code: "VENDING_FAILED", cause: { message: "terminated" } });
    expect(shown(error)).not.toContain(SECRET);
  });
});

describe.each([undici6, undici7].map((undici, index) => [6 + index, undici] as const))(
  "errors of undici %i, through signingInterceptor,",
  (_version, undici) => {
    it.each(malformed)("do not hold the bytes of %s", async (_what, answer) => {
      const signer = createSigner({ ...scope, credentials });
      const interceptor = signingInterceptor(signer, { allowedHosts: ["127.0.0.1"] });
      const dispatcher = new (undici as typeof undici7).Agent().compose(interceptor);
      for (const send of ["request", "fetch"] as const) {
        const error: unknown = await answered(answer, (url) =>
          (undici as typeof undici7)[send](url, { dispatcher }).catch((thrown: unknown) => thrown),
        );
        expect(error).toBeInstanceOf(Error);
        expect(shown(error)).not.toContain(SECRET);
      }
    });
  },
);

it.each([
  ["the error itself", (error: Error) => error],
  ["a cause", (error: Error) => new Error("retried", { cause: error })],
  ["one of several errors", (error: Error) => new AggregateError([error], "all failed")],
])("an error below signingInterceptor loses the bytes in %s, and no record of the caller's", async (_where, wrap) => {
  const text = Object.assign(new Error("parse"), { data: SECRET, code: "HPE_INVALID_CONSTANT" });
  const bytes = Object.assign(new Error("parse"), { data: Buffer.from(SECRET), cause: wrap(text) });
  const record = Object.assign(new Error("aborted"), { data: { kept: true }, cause: wrap(bytes) });
  const signer = createSigner({ ...scope, credentials });
  const failing = (
    _options: object,
    handler: { onResponseError(controller: unknown, error: Error): void },
  ): boolean => {
    handler.onResponseError({}, record);
    return true;
  };
  const errors: unknown[] = [];
  const handler = {
    onRequestStart: () => {},
    onResponseError: (_: unknown, error: unknown) => void errors.push(error),
  };
  const dispatch = signingInterceptor(signer, { allowedHosts: ["127.0.0.1"] })(failing);
  dispatch({ origin: "http://127.0.0.1:1", path: "/", method: "GET" }, handler);
  await expect.poll(() => errors).toEqual([record]);
  expect(record.data).toEqual({ kept: true });
  expect(shown(record)).not.toContain(SECRET);
  expect("data" in text || "data" in bytes).toBe(false);
});
