import { inspect } from "node:util";
import { createSigner } from "@countersign/signer";
import { describe, expect, it, vi } from "vitest";
import { AwsClient } from "../../src/aws4fetch.ts";
import { createHostGate, createSignedFetch, retry } from "../../src/index.ts";
import { readCall as readInPage } from "../../src/platform/web/read-call.ts";
import { createProxyHandler } from "../../src/proxy.ts";
import { signingInterceptor } from "../../src/undici.ts";
import { vendedCredentials } from "../../src/vended.ts";
import { credentials } from "../expect-signed.ts";

const region = "eu-west-1";
const SECRET = "hunter2-hidden";
const URL_ = "https://runtime.sagemaker.eu-west-1.amazonaws.com/endpoints/e/invocations";
const signed = createSignedFetch({ region, credentials, fetch: async () => new Response() });
const aws = new AwsClient(credentials);
const lambda = "https://lambda.us-east-1.amazonaws.com/";

function dispatch(options: object): void {
  const errors: unknown[] = [];
  const run = signingInterceptor(createSigner({ region, credentials }))((() => true) as never) as unknown as (
    options: object,
    handler: object,
  ) => boolean;
  run({ method: "POST", ...options }, { onResponseError: (_: unknown, error: unknown) => errors.push(error) });
  throw errors[0];
}

/** All that an error shows, its causes and hidden properties included. */
function shown(error: unknown): string {
  const parts: string[] = [];
  for (let link = error as Error | undefined; link !== undefined; link = link.cause as Error | undefined) {
    parts.push(inspect(link, { depth: 9, showHidden: true }), link.message, link.stack ?? "", JSON.stringify(link));
  }
  return parts.join("\n");
}

describe("kind: foreign and platform errors are not quoted: an error shows nothing secret of what it refuses", () => {
  it.each<readonly [string, () => unknown]>([
    [
      "allowedHosts with a URL",
      () => createSignedFetch({ credentials, allowedHosts: [`https://u:${SECRET}@a.test/`] }),
    ],
    ["a host gate's rule", () => createHostGate([`u:${SECRET}@a.test`], {})],
    [
      "the interceptor's allowedHosts",
      () => signingInterceptor(createSigner({ region, credentials }), { allowedHosts: [`//${SECRET}@x`] }),
    ],
    ["a referrer that cannot be parsed", () => signed(URL_, { referrer: `https://[${SECRET}` })],
    ["a referrer of the client", () => aws.fetch(lambda, { referrer: `//u:${SECRET}@a` })],
    [
      "upstream",
      () =>
        createProxyHandler({ region, credentials, upstream: `https://u:${SECRET}@a.test`, hosts: ["a"], allow: [] }),
    ],
    [
      "upstream that cannot be parsed",
      () => createProxyHandler({ region, credentials, upstream: `https://u:${SECRET}@`, hosts: ["a"], allow: [] }),
    ],
    [
      "a proxy's own host",
      () =>
        createProxyHandler({ region, credentials, upstream: "https://a.test", hosts: [`u:${SECRET}@a`], allow: [] }),
    ],
    [
      "the broker's address",
      () => vendedCredentials({ url: `https://u:${SECRET}@a.test`, grant: "g", getToken: () => "t" }),
    ],
    [
      "the broker's address that cannot be parsed",
      () => vendedCredentials({ url: `https://u:${SECRET}@`, grant: "g", getToken: () => "t" }),
    ],
    ["a grant", () => vendedCredentials({ url: "https://a.test", grant: `${SECRET} ${SECRET}`, getToken: () => "t" })],
    ["retry options", () => retry({ attempts: SECRET as never })],
    ["a header's value", () => signed(URL_, { headers: { "x-key": `a\n${SECRET}` } })],
    ["a header's value outside Latin-1", () => signed(URL_, { headers: { "x-key": `${SECRET}☃` } })],
    ["a header's name", () => signed(URL_, { headers: { [`${SECRET} `]: "x" } })],
    ["a list of headers", () => signed(URL_, { headers: [["x-key", `${SECRET}\0`]] })],
    ["an address with a password", () => signed(`https://u:${SECRET}@a.test/`)],
    ["an address that cannot be parsed", () => signed(`https://u:${SECRET}@`)],
    [
      "an address whose text throws",
      () =>
        signed({
          toString: () => {
            throw new Error(SECRET);
          },
        } as never),
    ],
    ["a method", () => signed(URL_, { method: `${SECRET} ` })],
    ["a signal", () => signed(URL_, { signal: SECRET as never })],
    ["a token", () => vendedCredentials({ url: "https://a.test", grant: "g", getToken: () => `${SECRET}\n` })()],
    [
      "a broker's answer",
      () =>
        vendedCredentials({
          url: "https://a.test",
          grant: "g",
          getToken: () => "t",
          fetch: async () => new Response(`{"secretAccessKey":"${SECRET}"`),
        })(),
    ],
    ["AwsClient's header", () => aws.sign(lambda, { headers: { "x-key": `a\n${SECRET}` } })],
    ["AwsClient's address", () => aws.sign(`https://u:${SECRET}@a.test/`)],
    ["AwsClient's datetime", () => aws.sign(lambda, { aws: { datetime: SECRET } })],
    ["AwsClient's fields of Request", () => aws.sign(lambda, { referrer: `https://u:${SECRET}@` })],
    [
      "the interceptor's header",
      () => dispatch({ origin: new URL(URL_).origin, path: "/", headers: { "x-key": `a\n${SECRET}` } }),
    ],
    ["the interceptor's origin", () => dispatch({ origin: `https://u:${SECRET}@a.test`, path: "/" })],
    ["the interceptor's path", () => dispatch({ origin: "https://a.test", path: `\\${SECRET}` })],
    ["a page's header", () => readInPage(URL_, { headers: { "x-key": `a\n${SECRET}` } })],
    ["a page's address", () => readInPage(`https://u:${SECRET}@`)],
    ["a page's method", () => readInPage(URL_, { method: `${SECRET} ` })],
    ["a page's referrer", () => readInPage(URL_, { referrer: `https://u:${SECRET}@` })],
  ])("%s", async (_what, refuse) => {
    const error: unknown = await Promise.resolve()
      .then(refuse)
      .then(
        () => undefined,
        (caught: unknown) => caught,
      );
    expect((error as { code?: unknown } | undefined)?.code).toMatch(/^[A-Z_]+$/u);
    expect((error as Error).name).toMatch(/^(?:Fetch|Signer)Error$/u);
    expect(shown(error)).not.toContain("hunter2");
  });

  it("nor does a presigned address in a redirect that is refused", async () => {
    const location = `https://evil.test/x?X-Amz-Signature=${SECRET}&X-Amz-Security-Token=${SECRET}`;
    const events = vi.fn<(event: object) => void>();
    const following = createSignedFetch({
      region,
      credentials,
      onEvent: events,
      allowedHosts: ["runtime.sagemaker.eu-west-1.amazonaws.com"],
      fetch: async () => new Response(null, { status: 307, headers: { location } }),
    });
    const error: unknown = await following(URL_).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: "REDIRECT_REFUSED" });
    expect(shown(error) + JSON.stringify(events.mock.calls)).not.toContain("hunter2");
  });
});
