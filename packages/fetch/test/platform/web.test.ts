import { describe, expect, it, vi } from "vitest";
import { AwsClient } from "../../src/aws4fetch.ts";
import { createSignedFetch, type Fetch } from "../../src/index.ts";
import { judgeError } from "../../src/platform/web/judge-error.ts";
import { bodies, fields, inInitOf, inRequestOf } from "../conformance/matrix.ts";
import { arrivals } from "../conformance/arrivals.ts";
import { credentials, expectSigned } from "../expect-signed.ts";
import { localServer } from "../local-server.ts";

// What pages load instead, behind the same seams.
vi.mock("#platform/read-call", () => import("../../src/platform/web/read-call.ts"));
vi.mock("#platform/redirecting", () => import("../../src/platform/web/redirecting.ts"));
vi.mock("#platform/judge-error", () => import("../../src/platform/web/judge-error.ts"));

describe("in a page", () => {
  const everywhere = fields.filter(({ initOnly, hidden }) => initOnly !== true && hidden !== true);

  it.each(fields.map((field) => [field.name, field] as const))("%s in init is kept", async (_name, field) => {
    expect(await inInitOf(field)).toBe("kept");
  });

  // What has no getter is in the browser's own Request, which is handed on.
  it.each(everywhere.map((field) => [field.name, field] as const))("%s in a Request is kept", async (_name, field) => {
    expect(await inRequestOf(field)).toBe("kept");
  });

  it.each(bodies)("%s arrives as it was, signed", async (kind, make) => {
    const init = kind === "ReadableStream" ? "needs `payload`" : "signed and sent";
    expect(await arrivals(make)).toEqual({ init, request: "signed and sent" });
  });

  it.each(["/a/../c", "/a/./c", "/a/%2e%2E/c", "/a\\..\\c", "/a/..?x=1", "/a/.. "])(
    "an S3 key with dot segments is refused at every door, as on a server: %s",
    async (path) => {
      const sent = vi.fn<Fetch>();
      vi.stubGlobal("fetch", sent);
      const url = `https://bucket.s3.eu-west-1.amazonaws.com${path}`;
      const aws = new AwsClient(credentials);
      const signed = createSignedFetch({ region: "eu-west-1", service: "s3", credentials });
      const calls = [aws.sign(url), aws.sign(url, { aws: { signQuery: true } }), aws.fetch(url), signed(url)];
      for (const call of calls) await expect(call).rejects.toMatchObject({ code: "INVALID_REQUEST" });
      vi.unstubAllGlobals();
      expect(sent).not.toHaveBeenCalled();
    },
  );

  it("asks for permission to go where the request goes, not where its input says", async () => {
    const sent = vi.fn<Fetch>();
    const allowed = "https://allowed.example";
    const signed = createSignedFetch({
      region: "eu-west-1",
      service: "sagemaker",
      credentials,
      allowedHosts: ["allowed.example"],
      fetch: sent,
    });
    const foreign = { url: `${allowed}/`, arrayBuffer: () => {}, toString: () => "https://evil.example/" };
    await expect(signed(foreign as unknown as Request)).rejects.toMatchObject({ code: "HOST_NOT_ALLOWED" });

    // As a page's `<base>` does: addresses of requests are not resolved as the page's own address is.
    vi.stubGlobal("location", { href: `${allowed}/page` });
    const Native = Request;
    vi.stubGlobal(
      "Request",
      class extends Native {
        constructor(input: RequestInfo | URL, init?: RequestInit) {
          super(typeof input === "string" ? new URL(input, "https://evil.example/") : input, init);
        }
      },
    );
    await expect(signed("/relative", { method: "POST", body: "b" })).rejects.toMatchObject({
      code: "HOST_NOT_ALLOWED",
    });
    vi.unstubAllGlobals();
    expect(sent).not.toHaveBeenCalled();
  });

  it("an empty body is sent as one", async () => {
    await using server = await localServer();
    const signed = createSignedFetch({
      region: "eu-west-1",
      service: "sagemaker",
      credentials,
      allowedHosts: [server.host],
      middleware: [(next) => (input, init) => next(input, init)],
    });
    for (const body of ["", new Uint8Array(), new Blob([])]) await signed(server.origin, { method: "POST", body });
    await signed(new Request(server.origin, { method: "POST", body: "" }));
    expect(server.received.map(({ body }) => body.length)).toEqual([0, 0, 0, 0]);
    for (const request of server.received) await expectSigned(request);
  });
});

describe("a redirect in a page", () => {
  const url = "https://runtime.sagemaker.eu-west-1.amazonaws.com/endpoints/e/invocations";
  const opaque = Object.defineProperties(new Response(null), {
    type: { value: "opaqueredirect" },
    status: { value: 0 },
  });
  const moved = new Response(null, { status: 307, headers: { location: "/elsewhere" } });

  it.each([
    ["that shows nothing", opaque],
    ["whose target could be seen, and is allowed", moved],
  ])("%s is refused, and told", async (_what, response) => {
    const events: unknown[] = [];
    const fetch = vi.fn<Fetch>(async () => response);
    const signed = createSignedFetch({
      region: "eu-west-1",
      credentials,
      fetch,
      allowedHosts: [() => true],
      onEvent: ({ name, ...event }) => name === "redirect.refused" && events.push(event),
    });
    await expect(signed(url)).rejects.toMatchObject({ name: "FetchError", code: "REDIRECT_REFUSED" });
    expect(fetch).toHaveBeenCalledOnce();
    expect(events).toMatchObject([{ host: new URL(url).host, location: "", status: response.status }]);
  });

  it('is given back as it is to who asked for "manual", and a 304 to everybody', async () => {
    const options = { region: "eu-west-1", credentials };
    const manual = createSignedFetch({ ...options, fetch: async () => opaque });
    expect(await manual(url, { redirect: "manual" })).toBe(opaque);
    const cached = createSignedFetch({ ...options, fetch: async () => new Response(null, { status: 304 }) });
    expect((await cached(url)).status).toBe(304);
  });
});

it.each([
  [new TypeError("Failed to fetch"), "always", "transient"],
  [new TypeError("Failed to fetch"), "answered", "final"],
  [new DOMException("The user aborted a request.", "AbortError"), "always", "final"],
  [new Error("anything"), "always", "final"],
  [undefined, "always", "final"],
] as const)("in a page %o under %s is %s", (error, repeat, verdict) => {
  expect(judgeError(error, repeat)).toBe(verdict);
});
