import type { CountersignEvent } from "@countersign/signer";
import { describe, expect, it } from "vitest";
import { createSignedFetch, type Fetch } from "../../src/index.ts";
import { credentials, expectSigned } from "../expect-signed.ts";
import { localServer, nth } from "../local-server.ts";

const options = { region: "eu-west-1", service: "sagemaker", credentials } as const;
const RUNTIME = "https://runtime.sagemaker.eu-west-1.amazonaws.com/endpoints/e/invocations";

function redirecting(to: string, status = 307) {
  return localServer((_request, response) => response.writeHead(status, { location: to }).end("moved"));
}

describe("a redirect to a host that is not allowed", () => {
  // aws4fetch#51, aws-sdk-go#4800, bun#35869: following it hands the session token and the body to the named host.
  it.each([301, 302, 303, 307, 308])("delivers nothing there: %i (aws4fetch#51, bun#35869)", async (status) => {
    await using foreign = await localServer();
    await using own = await redirecting(`${foreign.origin}/steal`, status);
    const events: CountersignEvent[] = [];
    const signed = createSignedFetch({ ...options, allowedHosts: [own.host], onEvent: (event) => events.push(event) });
    const sent = signed(`${own.origin}/endpoints/e/invocations`, { method: "POST", body: "the prompt" });
    await expect(sent).rejects.toMatchObject({ name: "FetchError", code: "REDIRECT_REFUSED" });
    expect(foreign.received).toEqual([]);
    expect(own.received).toHaveLength(1);
    expect(events.find((event) => event.name === "redirect.refused")).toMatchObject({
      host: own.host,
      location: `${foreign.origin}/steal`,
      status,
    });
  });

  it("is refused as well when the host differs by its port alone", async () => {
    await using foreign = await localServer();
    await using own = await redirecting(foreign.origin);
    const signed = createSignedFetch({ ...options, allowedHosts: ["127.0.0.1"] });
    await expect(signed(own.origin)).rejects.toMatchObject({ code: "REDIRECT_REFUSED" });
    expect(foreign.received).toEqual([]);
  });

  it("is refused without rules of the caller's even where the service's own host is named", async () => {
    const calls: unknown[] = [];
    const fetch: Fetch = async (input) => {
      calls.push(input);
      return new Response(null, {
        status: 307,
        headers: { location: "https://api.sagemaker.eu-west-1.amazonaws.com/" },
      });
    };
    const signed = createSignedFetch({ ...options, fetch });
    await expect(signed(RUNTIME)).rejects.toMatchObject({ code: "REDIRECT_REFUSED" });
    expect(calls).toHaveLength(1);
  });

  it("is refused when it leaves TLS, even for an allowed host", async () => {
    const fetch: Fetch = async () =>
      new Response(null, { status: 307, headers: { location: RUNTIME.replace("https", "http") } });
    const signed = createSignedFetch({ ...options, fetch, allowedHosts: [() => true] });
    await expect(signed(RUNTIME)).rejects.toThrow(/leaves TLS/u);
  });

  it("is refused when it carries a user name, or cannot be parsed", async () => {
    for (const location of ["https://user@runtime.sagemaker.eu-west-1.amazonaws.com/", "https://["]) {
      const fetch: Fetch = async () => new Response(null, { status: 307, headers: { location } });
      const signed = createSignedFetch({ ...options, fetch, allowedHosts: [() => true] });
      await expect(signed(RUNTIME)).rejects.toMatchObject({ code: "REDIRECT_REFUSED" });
    }
  });

  it("is refused in a browser, which does not show where to", async () => {
    const opaque = Object.defineProperties(new Response(null), {
      type: { value: "opaqueredirect" },
      status: { value: 0 },
    });
    const signed = createSignedFetch({ ...options, fetch: async () => opaque, allowedHosts: [() => true] });
    await expect(signed(RUNTIME)).rejects.toMatchObject({ code: "REDIRECT_REFUSED" });
  });

  it("shows the query of its target nowhere", async () => {
    const events: CountersignEvent[] = [];
    const location = "https://elsewhere.example/?X-Amz-Signature=hidden";
    const fetch: Fetch = async () => new Response(null, { status: 307, headers: { location } });
    const signed = createSignedFetch({ ...options, fetch, onEvent: (event) => events.push(event) });
    const error: unknown = await signed(RUNTIME).catch((caught: unknown) => caught);
    expect(JSON.stringify(events) + (error as Error).message).not.toContain("hidden");
  });
});

describe("a redirect to a host that the caller allowed", () => {
  it.each([
    [307, "POST", "the body"],
    [308, "POST", "the body"],
    [301, "GET", ""],
    [302, "GET", ""],
    [303, "GET", ""],
  ])("%i is signed anew for its target, as %s", async (status, method, body) => {
    await using target = await localServer((_request, response) => response.end("arrived"));
    await using own = await redirecting(`${target.origin}/new?x=1`, status);
    const signed = createSignedFetch({ ...options, allowedHosts: [own.host, target.host] });
    const response = await signed(own.origin, { method: "POST", body: "the body", headers: { cookie: "own=1" } });
    expect(await response.text()).toBe("arrived");
    const request = nth(target.received, 0);
    expect(request).toMatchObject({ method, path: "/new?x=1" });
    expect(request.body.toString()).toBe(body);
    expect(request.headers["cookie"]).toBeUndefined();
    expect(request.headers["content-type"]).toBe(body === "" ? undefined : "text/plain;charset=UTF-8");
    await expectSigned(request);
    expect(request.headers["authorization"]).not.toBe(nth(own.received, 0).headers["authorization"]);
  });

  it("keeps a Request's own fields on the way", async () => {
    const seen: Request[] = [];
    const fetch: Fetch = async (input, init) => {
      seen.push(new Request(input, init));
      return seen.length === 1
        ? new Response(null, { status: 308, headers: { location: "/elsewhere" } })
        : new Response("ok");
    };
    const signed = createSignedFetch({
      ...options,
      fetch,
      allowedHosts: ["runtime.sagemaker.eu-west-1.amazonaws.com"],
    });
    await signed(new Request(RUNTIME, { method: "POST", body: "kept", cache: "no-store", keepalive: true }));
    expect(
      seen.map(({ url, cache, keepalive, method }) => ({ path: new URL(url).pathname, cache, keepalive, method })),
    ).toEqual([
      { path: "/endpoints/e/invocations", cache: "no-store", keepalive: true, method: "POST" },
      { path: "/elsewhere", cache: "no-store", keepalive: true, method: "POST" },
    ]);
  });

  it("ends after twenty", async () => {
    let count = 0;
    await using own = await localServer((_request, response) =>
      response.writeHead(307, { location: `/${++count}` }).end(),
    );
    const signed = createSignedFetch({ ...options, allowedHosts: ["127.0.0.1"] });
    await expect(signed(own.origin)).rejects.toThrow(/follows 20 others/u);
    expect(count).toBe(21);
  });

  it("cannot take a stream along", async () => {
    await using own = await redirecting("/again");
    const signed = createSignedFetch({ ...options, service: "s3", allowedHosts: ["127.0.0.1"], payload: "unsigned" });
    const sent = signed(own.origin, { method: "PUT", body: new Blob(["s"]).stream() });
    await expect(sent).rejects.toThrow(/stream/u);
  });
});

describe("the caller's own wish", () => {
  it('"manual" gives the answer back as it is', async () => {
    await using own = await redirecting("https://elsewhere.example/");
    const signed = createSignedFetch({ ...options, allowedHosts: ["127.0.0.1"] });
    const response = await signed(own.origin, { redirect: "manual" });
    expect(response.status).toBe(307);
    expect(response.headers.get("location")).toBe("https://elsewhere.example/");
  });

  it.each([true, false])('"error" refuses every redirect, in a Request: %s', async (inRequest) => {
    await using own = await redirecting("/again");
    const signed = createSignedFetch({ ...options, allowedHosts: ["127.0.0.1"] });
    const sent = inRequest
      ? signed(new Request(own.origin, { redirect: "error" }))
      : signed(own.origin, { redirect: "error" });
    await expect(sent).rejects.toMatchObject({ code: "REDIRECT_REFUSED" });
    expect(own.received).toHaveLength(1);
  });

  it("a 3xx without a Location is an answer", async () => {
    await using own = await localServer((_request, response) => response.writeHead(304).end());
    const signed = createSignedFetch({ ...options, allowedHosts: ["127.0.0.1"] });
    expect((await signed(own.origin)).status).toBe(304);
  });
});
