import { inspect } from "node:util";
import { createSigner, type CountersignEvent } from "@countersign/signer";
import { describe, expect, it } from "vitest";
import { createSignedFetch, type Fetch, FetchError } from "../../src/index.ts";
import { credentials, expectSigned } from "../expect-signed.ts";
import { localServer, nth } from "../local-server.ts";
import { manualClock } from "../manual-clock.ts";

const region = "eu-west-1";
const RUNTIME = "https://runtime.sagemaker.eu-west-1.amazonaws.com/endpoints/e/invocations";
const local = { region, service: "sagemaker", credentials } as const;

/** Answers from memory and remembers the requests as the platform's fetch would read them. */
function remembering(...answers: readonly (() => Response | Promise<Response>)[]) {
  const seen: Request[] = [];
  const fetch: Fetch = async (input, init) => {
    seen.push(new Request(input, init));
    const answer = answers[Math.min(seen.length, answers.length) - 1] ?? (() => new Response("ok"));
    return answer();
  };
  return { fetch, seen };
}

const scopeOf = (request: Request | undefined): string =>
  /Credential=([^,]+)/u.exec(request?.headers.get("authorization") ?? "")?.[1] ?? "";

describe("signing", () => {
  it("sends exactly what it signed, repeated query keys too (aws-sigv4-sign#35, dc-api-v2#389)", async () => {
    await using server = await localServer();
    const signed = createSignedFetch({ ...local, allowedHosts: ["127.0.0.1"] });
    const bodies: (BodyInit | undefined)[] = [
      undefined,
      "text",
      new Uint8Array([0, 255]),
      new URLSearchParams({ a: "b c" }),
      new Blob(["blob"], { type: "image/png" }),
    ];
    for (const body of bodies) {
      const response = await signed(`${server.origin}/endpoints/e/invocations?b=2&a=1&a=%20x`, {
        method: body === undefined ? "GET" : "POST",
        body: body ?? null,
        headers: { "X-Amzn-SageMaker-Target-Variant": "blue" },
      });
      expect(await response.text()).toBe("ok");
    }
    expect(server.received).toHaveLength(5);
    for (const request of server.received) {
      await expectSigned(request);
      expect(request.headers["authorization"]).toContain("x-amzn-sagemaker-target-variant");
    }
  });

  it("sends FormData with its length and boundary intact", async () => {
    await using server = await localServer();
    const signed = createSignedFetch({ ...local, allowedHosts: ["127.0.0.1"] });
    const form = new FormData();
    form.append("a", "1");
    form.append("f", new File(["content"], "f.txt"));
    await signed(server.origin, { method: "POST", body: form });
    const request = nth(server.received, 0);
    await expectSigned(request);
    expect(request.headers["content-length"]).toBe(String(request.body.length));
    const parsed = await new Response(new Uint8Array(request.body), {
      headers: { "content-type": request.headers["content-type"] ?? "" },
    }).formData();
    expect(parsed.get("a")).toBe("1");
  });

  it("replaces what another client left in the headers: an API key, a stale signature", async () => {
    const { fetch, seen } = remembering();
    const signed = createSignedFetch({ region, credentials: { accessKeyId: "AKID", secretAccessKey: "s" }, fetch });
    const stale = { authorization: "Bearer sk-1", "x-amz-date": "20200101T000000Z", "x-amz-security-token": "old" };
    await signed(RUNTIME, { method: "POST", headers: stale });
    expect(seen[0]?.headers.get("authorization")).toMatch(/^AWS4-HMAC-SHA256 /u);
    expect(seen[0]?.headers.get("x-amz-date")).not.toBe("20200101T000000Z");
    expect(seen[0]?.headers.has("x-amz-security-token")).toBe(false);
  });

  it("never sets what browsers forbid, nor headers of its own (aws-northstar#1049, aws-sdk-js-v3#6395)", async () => {
    const seen: Headers[] = [];
    const fetch: Fetch = async (_input, init) => (seen.push(init?.headers as Headers), new Response());
    const signed = createSignedFetch({ region, credentials, fetch });
    await signed(RUNTIME, { method: "POST", body: "x", headers: { host: "h", "content-length": "1" } });
    expect([...(seen[0]?.keys() ?? [])].toSorted()).toEqual([
      "authorization",
      "content-type",
      "x-amz-date",
      "x-amz-security-token",
    ]);
  });

  it("signs the host it goes to and the bytes it sends, whatever an earlier signature said about them", async () => {
    await using server = await localServer();
    const signed = createSignedFetch({ ...local, service: "s3", allowedHosts: ["127.0.0.1"] });
    const headers = { host: "elsewhere.example", "x-amz-content-sha256": "UNSIGNED-PAYLOAD" };
    await signed(`${server.origin}/key`, { method: "PUT", body: "bytes", headers });
    expect(nth(server.received, 0).headers).toMatchObject({ host: server.host });
    expect(nth(server.received, 0).headers["x-amz-content-sha256"]).toMatch(/^[\da-f]{64}$/u);
    await expectSigned(nth(server.received, 0));
  });

  it("asks for credentials for each attempt anew (aws-sdk-go-v2#3192)", async () => {
    const keys = ["AKID1", "AKID2"];
    const provider = Object.assign(async () => ({ accessKeyId: keys.shift() ?? "", secretAccessKey: "s" }), {
      memoized: true,
    });
    const { fetch, seen } = remembering(
      () => new Response(null, { status: 500 }),
      () => new Response("ok"),
    );
    const signed = createSignedFetch({ region, credentials: provider, fetch, retry: { baseMs: 0 } });
    expect((await signed(RUNTIME, { method: "POST" })).status).toBe(200);
    expect(seen.map((request) => scopeOf(request).split("/")[0])).toEqual(["AKID1", "AKID2"]);
  });

  it("signs each attempt at its own time", async () => {
    const clock = manualClock();
    const { fetch, seen } = remembering(
      () => new Response(null, { status: 503 }),
      () => new Response("ok"),
    );
    const signed = createSignedFetch({
      region,
      credentials,
      fetch,
      clock,
      retry: { baseMs: 10_000, random: () => 0.5 },
    });
    await signed(RUNTIME, { method: "POST" });
    expect(seen.map((request) => request.headers.get("x-amz-date"))).toEqual(["20261123T120000Z", "20261123T120005Z"]);
  });

  it("asks a provider no more often than needed however many requests run (zirkelc/aws-signature-v4#40)", async () => {
    let calls = 0;
    const { fetch } = remembering();
    const signed = createSignedFetch({
      region,
      fetch,
      credentials: async () => (
        calls++,
        { accessKeyId: "AKID", secretAccessKey: "s", expiration: new Date(Date.now() + 3_600_000) }
      ),
    });
    await Promise.all(Array.from({ length: 50 }, () => signed(RUNTIME, { method: "POST" })));
    await signed(RUNTIME, { method: "POST" });
    expect(calls).toBe(1);
  });
});

describe("service and region", () => {
  it.each([
    ["https://runtime.sagemaker.us-east-2.amazonaws.com/endpoints/e/invocations", "us-east-2/sagemaker"],
    ["https://api.sagemaker.us-east-2.amazonaws.com/", "us-east-2/sagemaker"],
    ["https://runtime-fips.sagemaker.us-east-2.amazonaws.com/", "us-east-2/sagemaker"],
    ["https://vpce-0123456789abcdef0-abcdefgh.runtime.sagemaker.us-east-2.vpce.amazonaws.com/", "us-east-2/sagemaker"],
    ["https://sts.eu-central-1.amazonaws.com/", "eu-central-1/sts"],
    ["https://sts.amazonaws.com/", "us-east-1/sts"],
    ["https://api.ecr.eu-west-1.amazonaws.com/", "eu-west-1/ecr"],
  ])("are read from %s", async (url, scope) => {
    const { fetch, seen } = remembering();
    await createSignedFetch({ credentials, fetch })(url);
    expect(scopeOf(seen[0])).toContain(`/${scope}/aws4_request`);
  });

  it("are an error that says what to pass when the host does not tell", async () => {
    const { fetch, seen } = remembering();
    const signed = createSignedFetch({ credentials, region, fetch, allowedHosts: ["sagemaker.internal.example"] });
    const error = await signed("https://sagemaker.internal.example/").catch((caught: Error) => caught);
    expect(error).toMatchObject({ name: "FetchError", code: "SCOPE_UNKNOWN" });
    expect((error as Error).message).toMatch(/region .*AWS_REGION.* service/u);
    expect(seen).toEqual([]);
  });

  it("given explicitly, serve a custom host", async () => {
    const { fetch, seen } = remembering();
    const signed = createSignedFetch({ ...local, fetch, allowedHosts: ["*.internal.example"] });
    await signed("https://sagemaker.internal.example/");
    expect(scopeOf(seen[0])).toContain(`/${region}/sagemaker/aws4_request`);
  });

  it("are those of a signer that is handed in", async () => {
    const { fetch, seen } = remembering();
    const signer = createSigner({ region, credentials });
    const signed = createSignedFetch({ signer, fetch });
    await signed(RUNTIME);
    expect(scopeOf(seen[0])).toContain(`/${region}/sagemaker/`);
    await expect(signed("https://sts.eu-west-1.amazonaws.com/")).rejects.toMatchObject({ code: "HOST_NOT_ALLOWED" });
    await expect(signed(RUNTIME.replace(region, "us-east-1"))).rejects.toMatchObject({ code: "HOST_NOT_ALLOWED" });
  });

  it("asks where a Request goes, not what is written over it", async () => {
    const { fetch, seen } = remembering();
    const signed = createSignedFetch({ ...local, fetch });
    const request = new Request("https://evil.example/", { method: "POST", body: "b" });
    Object.defineProperty(request, "url", { value: RUNTIME });
    await expect(signed(request)).rejects.toMatchObject({ code: "HOST_NOT_ALLOWED" });
    expect(seen).toHaveLength(0);
  });
});

describe("correction", () => {
  it("learns the clock from an answer over TLS, and the next signature is right", async () => {
    const clock = manualClock();
    const date = "Mon, 23 Nov 2026 12:20:00 GMT";
    const refusal = () =>
      new Response("<Error><Code>RequestTimeTooSkewed</Code></Error>", { status: 403, headers: { date } });
    const { fetch, seen } = remembering(refusal, () => new Response("ok", { headers: { date } }));
    const events: CountersignEvent[] = [];
    const signed = createSignedFetch({ region, credentials, fetch, clock, onEvent: (event) => events.push(event) });
    expect((await signed(RUNTIME, { method: "POST", body: "x" })).status).toBe(200);
    expect(seen.map((request) => request.headers.get("x-amz-date"))).toEqual(["20261123T120000Z", "20261123T122000Z"]);
    expect(events.map((event) => event.name)).toEqual(["sign", "retry", "sign"]);
  });

  it("reaches the clock of a signer that is handed in", async () => {
    const clock = manualClock();
    const { fetch } = remembering(() => new Response("ok", { headers: { date: "Mon, 23 Nov 2026 13:00:00 GMT" } }));
    const signed = createSignedFetch({ signer: createSigner({ region, credentials, clock }), fetch });
    await signed(RUNTIME);
    expect(clock.offsetMs).toBe(0);
    await signed(RUNTIME);
    expect(clock.offsetMs).toBe(3_600_000);
  });

  it("reports an expired token by its key and sends once more with the new one (cockroachdb#169764)", async () => {
    const keys = ["AKIDOLD", "AKIDNEW"];
    const provider = async () => {
      const accessKeyId = keys.shift() ?? "none";
      return { accessKeyId, secretAccessKey: `secret-of-${accessKeyId}`, sessionToken: "t" };
    };
    const { fetch, seen } = remembering(
      () => new Response("{}", { status: 403, headers: { "x-amzn-errortype": "ExpiredTokenException" } }),
      () => new Response("ok"),
    );
    const signed = createSignedFetch({ region, credentials: provider, fetch });
    expect((await signed(RUNTIME, { method: "POST" })).status).toBe(200);
    expect(seen.map((request) => scopeOf(request).split("/")[0])).toEqual(["AKIDOLD", "AKIDNEW"]);
  });
});

describe("answers", () => {
  it("are the service's own, errors too, and unread", async () => {
    const body = '{"__type":"ValidationException","message":"no such endpoint"}';
    const { fetch } = remembering(() => new Response(body, { status: 400 }));
    const response = await createSignedFetch({ region, credentials, fetch })(RUNTIME, { method: "POST" });
    expect(response.status).toBe(400);
    expect(response.bodyUsed).toBe(false);
    expect(await response.text()).toBe(body);
  });

  it("keep an error's body even when its code was looked for in megabytes of it", async () => {
    const body = "x".repeat(1_000_000);
    const { fetch } = remembering(() => new Response(body, { status: 400 }));
    const response = await createSignedFetch({ region, credentials, fetch })(RUNTIME, { method: "POST" });
    expect(await response.text()).toBe(body);
  });

  it("a lost connection is thrown as fetch threw it, and not repeated for a POST (undici#5450)", async () => {
    const lost = new TypeError("fetch failed", { cause: { code: "ECONNRESET" } });
    const fetch: Fetch = async () => Promise.reject(lost);
    await expect(createSignedFetch({ region, credentials, fetch })(RUNTIME, { method: "POST" })).rejects.toBe(lost);
  });

  it("stop when the caller aborts a service that hangs, with the caller's reason (aws-sdk-js-v3#6025)", async () => {
    await using server = await localServer(() => undefined);
    const signed = createSignedFetch({ ...local, allowedHosts: ["127.0.0.1"] });
    const abort = new AbortController();
    const reason = new Error("enough");
    const pending = signed(server.origin, { signal: abort.signal });
    setImmediate(() => abort.abort(reason));
    await expect(pending).rejects.toBe(reason);
  });
});

describe("streams", () => {
  const stream = () => new Blob(["streamed"]).stream();

  it("need to be told how to be signed (aws4fetch#36, electron-builder#9863)", async () => {
    const { fetch, seen } = remembering();
    const sent = createSignedFetch({ region, credentials, fetch })(RUNTIME, { method: "POST", body: stream() });
    await expect(sent).rejects.toMatchObject({ code: "STREAM_NEEDS_PAYLOAD" });
    expect(seen).toEqual([]);
  });

  it("are sent unsigned where the service takes that, or under a known hash", async () => {
    await using server = await localServer();
    const sha256 = "9dccd1e89d2a83f8f2bc7df4b6f2d4a5a2bf1a5b9a9d3b9b2d3c1a1e7b0a6b5c";
    for (const payload of ["unsigned", { sha256 }] as const) {
      const signed = createSignedFetch({ ...local, service: "s3", allowedHosts: ["127.0.0.1"], payload });
      await signed(`${server.origin}/key`, { method: "PUT", body: stream() });
    }
    expect(server.received.map((request) => request.body.toString())).toEqual(["streamed", "streamed"]);
    expect(server.received.map((request) => request.headers["x-amz-content-sha256"])).toEqual([
      "UNSIGNED-PAYLOAD",
      sha256,
    ]);
    await expectSigned(nth(server.received, 0));
  });

  it("are never sent a second time", async () => {
    const { fetch, seen } = remembering(() => new Response(null, { status: 503 }));
    const signed = createSignedFetch({
      ...local,
      service: "s3",
      fetch,
      payload: "unsigned",
      allowedHosts: ["b.example"],
    });
    expect((await signed("https://b.example/k", { method: "PUT", body: stream() })).status).toBe(503);
    expect(seen).toHaveLength(1);
  });
});

describe("middleware", () => {
  it("stands outside signing and retries, and sees text or bytes", async () => {
    const { fetch, seen } = remembering(
      () => new Response(null, { status: 500 }),
      () => new Response("ok"),
    );
    const bodies: unknown[] = [];
    const signed = createSignedFetch({
      region,
      credentials,
      fetch,
      retry: { baseMs: 0 },
      middleware: [
        (next) => (input, init) => {
          bodies.push(init?.body, new Headers(init?.headers).has("authorization"));
          return next(input, init);
        },
      ],
    });
    await signed(new Request(RUNTIME, { method: "POST", body: "{}" }));
    expect(bodies).toEqual([new TextEncoder().encode("{}"), false]);
    expect(seen).toHaveLength(2);
  });

  it("that throws keeps the request from being signed or sent", async () => {
    const { fetch, seen } = remembering();
    const events: string[] = [];
    const refusal = new Error("against the posture");
    const signed = createSignedFetch({
      region,
      credentials,
      fetch,
      middleware: [() => async () => Promise.reject(refusal)],
      onEvent: (event) => events.push(event.name),
    });
    await expect(signed(RUNTIME, { method: "POST" })).rejects.toBe(refusal);
    expect(seen).toEqual([]);
    expect(events).toEqual([]);
  });

  it("cannot take the request to a host that is not allowed", async () => {
    const { fetch, seen } = remembering();
    const signed = createSignedFetch({
      region,
      credentials,
      fetch,
      middleware: [(next) => (_input, init) => next("https://evil.example/", init)],
    });
    await expect(signed(RUNTIME)).rejects.toMatchObject({ code: "HOST_NOT_ALLOWED" });
    expect(seen).toEqual([]);
  });
});

describe("options", () => {
  it.each([
    [{}],
    [{ credentials, maxBufferBytes: -1 }],
    [{ credentials, payload: { sha256: "short" } }],
    [{ credentials, payload: "streaming-signed" }],
    [{ credentials, allowedHosts: ["https://example.com"] }],
    [{ credentials, allowedHosts: ["*"] }],
    [{ credentials, allowedHosts: [""] }],
    [{ credentials, retry: { attempts: 0 } }],
  ])("%o are refused at once", (options) => {
    expect(() => createSignedFetch(options as never)).toThrow(FetchError);
  });

  it("show no secret in a refusal (aws-sdk#546)", async () => {
    const { fetch } = remembering();
    const signed = createSignedFetch({ region, credentials, fetch });
    const error: unknown = await signed("https://evil.example/?token=hidden").catch((caught: unknown) => caught);
    const shown = `${inspect(error)} ${JSON.stringify(error)} ${(error as Error).stack}`;
    for (const secret of [credentials.secretAccessKey, credentials.sessionToken ?? "", "hidden"]) {
      expect(shown).not.toContain(secret);
    }
  });
});

describe("options in the wrong shape", () => {
  it("say nothing of a password in an address", async () => {
    const signed = createSignedFetch({ region, credentials });
    const error: unknown = await signed("https://u:hidden@runtime.sagemaker.eu-west-1.amazonaws.com/").catch(
      (caught: unknown) => caught,
    );
    expect(error).toMatchObject({ code: "INVALID_REQUEST" });
    expect(inspect(error)).not.toContain("hidden");
  });

  it.each([
    [undefined, /^credentials: must be given, or signer/],
    [{}, /^credentials: must be given, or signer/],
    [null, /^options: must be an object/],
    ["eu-west-1", /^options: must be an object/],
  ])("are refused for what they lack: %o", (options, message) => {
    expect(() => createSignedFetch(options as never)).toThrow(message);
  });

  it.each([
    ["a host instead of a list", { allowedHosts: "example.com" }, /^allowedHosts: must be a list/],
    ["middleware instead of a list", { middleware: (next: Fetch) => next }, /^middleware: must be a list/],
    ["a number of retries", { retry: 5 }, /^retry: must be an object/],
    ["no payload mode", { payload: null }, /^payload: must be/],
    ["an empty region, as of a variable that is not set", { region: "" }, /^region: must be a name/],
    ["an empty service", { service: "" }, /^service: must be a name/],
    ["an address to send with", { fetch: "https://proxy.example" }, /^fetch: must be a function/],
    ["no clock", { clock: null }, /^clock: must be a clock/],
    ["a clock that tells no time", { clock: {} }, /^clock: must be a clock/],
    ["a number as listener", { onEvent: 5 }, /^onEvent: must be a function/],
  ])("are refused and explained: %s", (_, wrong, message) => {
    const options = { ...local, ...wrong } as unknown as Parameters<typeof createSignedFetch>[0];
    expect(() => createSignedFetch(options)).toThrow(expect.objectContaining({ code: "INVALID_OPTION" }));
    expect(() => createSignedFetch(options)).toThrow(message);
  });
});
