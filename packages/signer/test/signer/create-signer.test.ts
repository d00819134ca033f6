import { inspect } from "node:util";
import { describe, expect, it, vi } from "vitest";
import {
  type AwsCredentials,
  type CountersignEvent,
  createSigner,
  type Credentials,
  type SignerOptions,
  signRequest,
} from "@countersign/signer";
import { handClock } from "../clock/hand-clock.ts";

const start = Date.parse("2026-11-23T12:00:00Z");
const secretAccessKey = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const sessionToken = "AQoDYXdzEXAMPLE/token+value==";
const credentials: AwsCredentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey, sessionToken };
const url = "https://runtime.sagemaker.eu-west-1.amazonaws.com/endpoints/mine/invocations";
const request = { method: "POST", url, headers: { "Content-Type": "application/json" }, body: '{"a":1}' };

const make = (options: Partial<SignerOptions> = {}) =>
  createSigner({ region: "eu-west-1", credentials, clock: handClock(start), ...options });

describe("createSigner", () => {
  it("signs as the pure function does", async () => {
    const signer = make();
    const expected = signRequest(request, {
      credentials,
      region: "eu-west-1",
      service: "sagemaker",
      date: new Date(start),
    });
    const signed = await signer.sign(request);
    expect(signed).toEqual({
      method: "POST",
      url,
      headers: { "content-type": "application/json", ...expected.headers },
      body: request.body,
      accessKeyId: credentials.accessKeyId,
      signature: expected.signature,
    });
    expect(signer.signSync(request)).toEqual(signed);
  });

  it("dates by its clock, second by second and day by day", () => {
    const clock = handClock(Date.parse("2026-11-23T23:59:59.999Z"));
    const signer = make({ clock });
    expect(signer.signSync(request).headers["x-amz-date"]).toBe("20261123T235959Z");
    clock.advance(1);
    const { headers } = signer.signSync(request);
    expect(headers["x-amz-date"]).toBe("20261124T000000Z");
    const date = new Date("2026-11-24T00:00:00Z");
    const expected = signRequest(request, { credentials, region: "eu-west-1", service: "sagemaker", date });
    expect(headers["authorization"]).toBe(expected.headers["authorization"]);
  });

  it("keeps nothing from one request that another differs in", () => {
    const variants = [
      {},
      { headers: { "content-type": "text/plain" } },
      { headers: { "content-type": "application/json", "x-amz-meta": "a" } },
      { headers: { "x-amz-meta": "a" } },
      { headers: { "content-type": undefined } },
      { headers: { "content-type": ["a", "b"] } },
      { headers: new Headers({ "x-amz-b": "c" }) },
      { headers: [["x-amz-d", "e"]] as const },
      { headers: undefined },
      { method: "PUT" },
      { payload: "unsigned" as const },
      { payload: { sha256: "0".repeat(64) } },
      { body: null },
      { url: `${url}?a=b` },
    ];
    const signer = make();
    for (const one of variants) {
      for (const other of variants) {
        signer.signSync({ ...request, ...one });
        const second = { ...request, ...other };
        expect(signer.signSync(second)).toEqual(make().signSync(second));
      }
    }
  });

  it("sees headers that were changed in place", () => {
    const signer = make();
    const headers: Record<string, string | string[]> = { "x-amz-a": ["1"], "x-amz-b": "1" };
    signer.signSync({ url, headers });
    (headers["x-amz-a"] as string[])[0] = "2";
    expect(signer.signSync({ url, headers })).toEqual(make().signSync({ url, headers }));
    headers["x-amz-a"] = "3";
    signer.signSync({ url, headers });
    headers["x-amz-b"] = "2";
    expect(signer.signSync({ url, headers })).toEqual(make().signSync({ url, headers }));
  });

  it("asks a provider once, however many requests run at once", async () => {
    const provider = vi.fn<() => Promise<AwsCredentials>>(async () => credentials);
    const signer = make({ credentials: provider });
    await Promise.all(Array.from({ length: 50 }, () => signer.sign(request)));
    signer.signSync(request);
    expect(provider).toHaveBeenCalledOnce();
  });

  it("takes an object with a provider", async () => {
    const signer = make({ credentials: { provider: async () => credentials } });
    await signer.ready();
    expect(signer.signSync(request).headers["authorization"]).toContain("AKIDEXAMPLE");
  });

  it("signSync says when credentials must be awaited", async () => {
    const signer = make({ credentials: async () => credentials });
    expect(() => signer.signSync(request)).toThrow(expect.objectContaining({ code: "CREDENTIALS_NOT_READY" }));
    await signer.ready();
    expect(signer.signSync(request).url).toBe(url);
  });

  it("never signs with credentials that have expired", async () => {
    const clock = handClock(start);
    const expiration = new Date(start + 1000);
    const signer = make({ clock, credentials: { ...credentials, expiration } });
    signer.signSync(request);
    clock.advance(1000);
    const refusal = expect.objectContaining({ code: "CREDENTIALS_EXPIRED" });
    expect(() => signer.signSync(request)).toThrow(refusal);
    await expect(signer.sign(request)).rejects.toThrow(refusal);
    await expect(signer.presign(request)).rejects.toThrow(refusal);
    const memoized = Object.assign(async () => ({ ...credentials, expiration }), { memoized: true });
    await expect(make({ clock, credentials: memoized }).sign(request)).rejects.toThrow(refusal);
  });

  it.each<[string, unknown, string]>([
    ["no credentials", undefined, "INVALID_OPTION"],
    ["an empty key id", { ...credentials, accessKeyId: "" }, "INVALID_ACCESS_KEY"],
    ["an empty secret", { ...credentials, secretAccessKey: "" }, "INVALID_ACCESS_KEY"],
    ["a key id that would end its field", { ...credentials, accessKeyId: "A, SignedHeaders=x" }, "INVALID_ACCESS_KEY"],
    ["a token with a line break", { ...credentials, sessionToken: "a\r\nb: c" }, "INVALID_ACCESS_KEY"],
    ["an invalid date as expiration", { ...credentials, expiration: new Date("x") }, "INVALID_DATE"],
    ["a provider that answers nothing", async () => undefined, "CREDENTIALS_UNAVAILABLE"],
    [
      "a provider that answers an empty key id",
      async () => ({ ...credentials, accessKeyId: "" }),
      "INVALID_ACCESS_KEY",
    ],
  ])("refuses %s", async (_, given, code) => {
    const attempt = async (): Promise<unknown> => make({ credentials: given as Credentials }).sign(request);
    await expect(attempt()).rejects.toThrow(expect.objectContaining({ name: "SignerError", code }));
  });

  it.each<[string, Partial<SignerOptions>, string]>([
    ["no region", { region: "" }, "INVALID_REGION"],
    ["a region with a slash", { region: "eu/west" }, "INVALID_REGION"],
    ["an empty service", { service: "" }, "INVALID_SERVICE"],
    ["an unknown setting", { settings: { uriEscapePath: false } as never }, "INVALID_OPTION"],
    ["an unknown mode", { settings: { pathEncoding: "triple" as never } }, "INVALID_OPTION"],
    ["not signing the host", { settings: { signedHeaders: { never: ["Host"] } } }, "INVALID_OPTION"],
    ["a header name for a list", { settings: { signedHeaders: { also: "x-foo" as never } } }, "INVALID_OPTION"],
    ["a number for a header name", { settings: { signedHeaders: { also: [5 as never] } } }, "INVALID_OPTION"],
    ["no clock", { clock: null as never }, "INVALID_OPTION"],
    ["a clock that tells no time", { clock: {} as never }, "INVALID_OPTION"],
    ["text as listener", { onEvent: "log" as never }, "INVALID_OPTION"],
  ])("refuses %s", (_, options, code) => {
    expect(() => make(options)).toThrow(expect.objectContaining({ name: "SignerError", code }));
  });

  it.each([
    { signedHeaders: ["x-foo"] },
    { signedHeaders: null },
    { pathEncoding: null },
    { payloadHeader: "sometimes" },
    { unknown: "mode" },
  ])("refuses the settings %o", (settings) => {
    expect(() => make({ settings: settings as unknown as NonNullable<SignerOptions["settings"]> })).toThrow(
      expect.objectContaining({ code: "INVALID_OPTION" }),
    );
  });

  it.each([
    [undefined, "INVALID_REGION"],
    [null, "INVALID_OPTION"],
    ["eu-west-1", "INVALID_OPTION"],
  ])("refuses %o for options", (options, code) => {
    expect(() => createSigner(options as never)).toThrow(expect.objectContaining({ name: "SignerError", code }));
  });

  it("names AWS_REGION when the region is missing", () => {
    expect(() => make({ region: undefined as never })).toThrow(/AWS_REGION/);
  });

  it("ends its wait when the signal says so", async () => {
    const signer = make({ credentials: () => new Promise(() => undefined) });
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(signer.sign(request, { signal })).rejects.toThrow("enough");
  });

  it("reports each signature, and survives listeners that throw", async () => {
    const events: CountersignEvent[] = [];
    const onEvent = (event: CountersignEvent): void => {
      events.push(event);
      throw new Error("listener");
    };
    const signer = make({ onEvent });
    signer.signSync(request);
    await signer.presign(request);
    const host = "runtime.sagemaker.eu-west-1.amazonaws.com";
    const common = {
      name: "sign",
      at: start,
      service: "sagemaker",
      region: "eu-west-1",
      host,
      accessKeyId: "AKIDEXAMPLE",
    };
    expect(events).toEqual([
      { ...common, presigned: false },
      { ...common, presigned: true },
    ]);
  });

  it("shows no secret to logs, JSON and events", async () => {
    const seen: unknown[] = [];
    const signer = make({ onEvent: (event) => seen.push(event) });
    await signer.sign(request);
    const signature = signRequest(request, {
      credentials,
      region: "eu-west-1",
      service: "sagemaker",
      date: new Date(start),
    });
    for (const value of [signer, signature, seen]) {
      const shown = JSON.stringify(value) + inspect(value, { depth: 9, showHidden: true });
      expect(shown).not.toContain(secretAccessKey);
      expect(shown).not.toContain(sessionToken);
    }
  });
});

describe("the URL of a signed request", () => {
  it.each([
    ["https://h.example", "https://h.example/"],
    ["https://H.example:443/a b/é?q=a b&c=é", "https://h.example/a%20b/%C3%A9?q=a%20b&c=%C3%A9"],
    ["https://h.example/a/../b/%2e%2e/c", "https://h.example/c"],
    ["https://h.example/a%2Fb//c?x=%zz&&y", "https://h.example/a%2Fb//c?x=%zz&&y"],
    ["https://h.example/a\\b", "https://h.example/a/b"],
    ["https://bücher.example/", "https://xn--bcher-kva.example/"],
    ["http://127.0.0.1:8080/x", "http://127.0.0.1:8080/x"],
    ["https://[::1]:8443/x", "https://[::1]:8443/x"],
  ])("%s is what fetch would send", (given, sent) => {
    expect(make().signSync({ url: given }).url).toBe(sent);
    expect(new URL(sent).href).toBe(sent);
  });

  it("is left alone for services whose paths are opaque, save for what may not stand in a URL", () => {
    const signer = make({ service: "s3" });
    expect(signer.signSync({ url: "https://b.example/a/...//c d/%2e%20/é" }).url).toBe(
      "https://b.example/a/...//c%20d/%2e%20/%C3%A9",
    );
  });

  it.each([
    "",
    "/x",
    "h.example/x",
    "ftp://h/",
    "https://u:p@h/",
    "https://u@h/",
    "https://h/#f",
    "https://h/a\nb",
    "https://",
  ])("%j is refused", (given) => {
    expect(() => make().signSync({ url: given })).toThrow(expect.objectContaining({ code: "INVALID_URL" }));
  });

  it("is refused when it is no URL at all", () => {
    for (const given of [undefined, null, 5, {}]) {
      expect(() => make().signSync({ url: given as never })).toThrow(expect.objectContaining({ code: "INVALID_URL" }));
    }
  });
});

describe("presign", () => {
  const params = (url: string): URLSearchParams => new URL(url).searchParams;

  it("tells until when the URL works", async () => {
    const { url, expiresAt } = await make().presign(request, { expiresIn: 60 });
    expect(params(url).get("X-Amz-Expires")).toBe("60");
    expect(expiresAt).toEqual(new Date(start + 60_000));
    expect(params((await make().presign(request)).url).get("X-Amz-Expires")).toBe("3600");
  });

  it("asks for fresher credentials, then clamps to what they are good for (boto/botocore#2604)", async () => {
    const expiration = new Date(start + 600_000);
    const provider = Object.assign(
      vi.fn<() => Promise<AwsCredentials>>(async () => ({ ...credentials, expiration })),
      { memoized: true },
    );
    const { url, expiresAt } = await make({ credentials: provider }).presign(request, { expiresIn: 3600 });
    expect(provider).toHaveBeenCalledWith(expect.objectContaining({ minTtlMs: 3_600_000 }));
    expect(expiresAt).toEqual(expiration);
    expect(params(url).get("X-Amz-Expires")).toBe("600");
  });

  it("clamps without asking, or throws, when told to", async () => {
    const expiration = new Date(start + 600_000);
    const provider = Object.assign(
      vi.fn<() => Promise<AwsCredentials>>(async () => ({ ...credentials, expiration })),
      { memoized: true },
    );
    const signer = make({ credentials: provider });
    expect((await signer.presign(request, { whenShort: "clamp" })).expiresAt).toEqual(expiration);
    await expect(signer.presign(request, { whenShort: "trow" as never })).rejects.toThrow(
      expect.objectContaining({ code: "INVALID_OPTION" }),
    );
    await expect(signer.presign(request, { whenShort: "throw" })).rejects.toThrow(
      expect.objectContaining({ code: "INVALID_EXPIRES_IN" }),
    );
    expect(provider).not.toHaveBeenCalledWith(expect.objectContaining({ minTtlMs: expect.anything() }));
  });

  it.each([0, -1, 1.5, Number.NaN, 604_801, "60" as never])(
    "refuses to work for %s seconds with an Error",
    async (expiresIn) => {
      await expect(make().presign(request, { expiresIn })).rejects.toThrow(
        expect.objectContaining({ name: "SignerError", code: "INVALID_EXPIRES_IN" }),
      );
    },
  );
});
