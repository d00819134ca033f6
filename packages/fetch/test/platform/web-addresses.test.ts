import { afterEach, describe, expect, it, vi } from "vitest";
import { AwsClient } from "../../src/aws4fetch.ts";
import { createSignedFetch, type Fetch } from "../../src/index.ts";
import { assembleFetch, correctingClock } from "../../src/parts.ts";
import { credentials } from "../expect-signed.ts";

// What pages load instead, behind the same seams.
vi.mock("#platform/read-call", () => import("../../src/platform/web/read-call.ts"));
vi.mock("#platform/redirecting", () => import("../../src/platform/web/redirecting.ts"));
vi.mock("#platform/judge-error", () => import("../../src/platform/web/judge-error.ts"));

afterEach(() => void vi.unstubAllGlobals());

describe("kind: what is checked is what is sent: the addresses of a page", () => {
  it.each([
    "..",
    "../b",
    "./b",
    " ../b",
    "\0../b",
    "%2e%2E/b",
    ".%2e",
    "..\\b",
    "..?x=1",
    "..#x",
    "ht\ntps:../b",
    ".\t./b",
  ])(
    "an S3 key with dot segments is refused at every door, as on a server: the relative address %j",
    async (address) => {
      // The constructor of Node's Request resolves no relative address, as a page's does.
      const base = "https://bucket.s3.eu-west-1.amazonaws.com/users/ada/page";
      vi.stubGlobal("location", { href: base });
      const Native = Request;
      vi.stubGlobal(
        "Request",
        class extends Native {
          constructor(input: RequestInfo | URL, init?: RequestInit) {
            super(typeof input === "string" ? new URL(input, base) : input, init);
          }
        },
      );
      const sent = vi.fn<Fetch>(async () => new Response());
      const signed = createSignedFetch({ region: "eu-west-1", service: "s3", credentials, fetch: sent });
      const aws = new AwsClient({ ...credentials, service: "s3", region: "eu-west-1" });
      const answers = await Promise.allSettled([signed(address), aws.sign(address), signed("b..")]);
      vi.unstubAllGlobals();
      const refused = { status: "rejected", reason: { code: "INVALID_REQUEST" } };
      expect(answers).toMatchObject([refused, refused, { status: "fulfilled" }]);
      expect(sent).toHaveBeenCalledTimes(1);
    },
  );

  it.each([
    ["text", (url: string) => url],
    ["a URL", (url: string) => new URL(url)],
    ["a Request", (url: string) => new Request(url)],
  ])("a polluted Object.prototype leads nothing elsewhere: %s", async (_kind, of) => {
    const sent = vi.fn<Fetch>(async () => new Response());
    const allowed = "https://allowed.example";
    const clock = correctingClock();
    const options = { region: "eu-west-1", service: "sagemaker", fetch: sent };
    const parts = { ...options, credentials: async () => credentials, hosts: ["allowed.example"], clock };
    const fetches = [
      createSignedFetch({ ...options, credentials, allowedHosts: ["allowed.example"] }),
      assembleFetch({ ...parts, skew: clock.step }),
    ];
    // As in a page that may call its own origin.
    vi.stubGlobal("location", { href: `${allowed}/page` });
    const prototype = Object.prototype as { arrayBuffer?: unknown };
    const outcomes: PromiseSettledResult<unknown>[] = [];
    for (const signed of fetches) {
      const calls = [of("https://evil.example/"), of(`${allowed}/e`)];
      prototype.arrayBuffer = "polluted";
      outcomes.push(...(await Promise.allSettled(calls.map((call) => signed(call, { method: "POST", body: "b" })))));
      delete prototype.arrayBuffer;
    }
    vi.unstubAllGlobals();
    const both = [{ reason: { code: "HOST_NOT_ALLOWED" } }, { status: "fulfilled" }];
    expect(outcomes).toMatchObject([...both, ...both]);
    expect(sent.mock.calls.map(([request]) => (request as Request).url)).toEqual([`${allowed}/e`, `${allowed}/e`]);
  });
});

it.each([
  ["plain object", {}],
  ["text", Object("text") as object],
  ["function", () => {}],
])("kind: refused where it is read: a revoked Proxy of a %s as a body", async (_kind, target) => {
  const { proxy, revoke } = Proxy.revocable(target, {});
  revoke();
  const signed = createSignedFetch({ region: "eu-west-1", credentials, fetch: async () => new Response() });
  const url = "https://runtime.sagemaker.eu-west-1.amazonaws.com/endpoints/e/invocations";
  await expect(signed(url, { method: "POST", body: proxy as never })).rejects.toMatchObject({
    name: "FetchError",
    code: "INVALID_REQUEST",
    message: expect.stringMatching(/^body: /u) as string,
  });
});
