import { describe, expect, it, vi } from "vitest";
import {
  assembleFetch,
  awsHosts,
  correctingClock,
  type FetchParts,
  renewing,
  retrying,
  vendedCredentials,
} from "../../src/parts.ts";
import type { Fetch } from "../../src/index.ts";
import { credentials, expectSigned } from "../expect-signed.ts";
import { localServer, nth } from "../local-server.ts";

// What pages load, behind the same seams.
vi.mock("#platform/read-call", () => import("../../src/platform/web/read-call.ts"));

const region = "eu-west-1";
const RUNTIME = "https://runtime.sagemaker.eu-west-1.amazonaws.com/endpoints/e/invocations";
const provider = async (): Promise<typeof credentials> => credentials;

function parts(change: Partial<FetchParts> = {}, ...answers: (() => Response | Promise<Response>)[]) {
  const seen: Request[] = [];
  const fetch: Fetch = async (input, init) => {
    seen.push(new Request(input, init));
    return (answers[Math.min(seen.length, answers.length) - 1] ?? (() => new Response("ok")))();
  };
  return { seen, signed: assembleFetch({ region, credentials: provider, hosts: [awsHosts], fetch, ...change }) };
}

const status =
  (code: number, headers: Record<string, string> = {}, body = "") =>
  () =>
    new Response(body === "" ? null : body, { status: code, headers });

describe("assembleFetch", () => {
  it("signs what it sends", async () => {
    const server = await localServer();
    const signed = assembleFetch({ region, credentials: provider, hosts: [server.host] });
    await signed(`${server.origin}/p?b=2&a=%20x`, {
      method: "POST",
      body: "text",
      headers: { host: "evil.test", "x-amz-custom": "1" },
    });
    await signed(server.origin, { method: "PUT", body: new Blob(["blob"], { type: "application/json" }) });
    await signed(new Request(`${server.origin}/r`, { method: "POST", body: "in a Request" }));
    await signed(server.origin);
    expect(server.received.map(({ path, body }) => [path, body.toString()])).toEqual([
      ["/p?b=2&a=%20x", "text"],
      ["/", "blob"],
      ["/r", "in a Request"],
      ["/", ""],
    ]);
    for (const request of server.received) await expectSigned(request);
    await server[Symbol.asyncDispose]();
  });

  it.each(["patch", "propFind", "post"])("signs the method that it sends, given %s", async (given) => {
    const { signed, seen } = parts();
    await signed(RUNTIME, { method: given });
    const { method, headers } = nth(seen, 0);
    const path = new URL(RUNTIME).pathname;
    const host = new URL(RUNTIME).host;
    await expectSigned({ method, path, headers: { ...Object.fromEntries(headers), host }, body: Buffer.alloc(0) });
    expect(method).toBe(given === "post" ? "POST" : given);
  });

  it.each([
    ["another host", "https://evil.test/", "HOST_NOT_ALLOWED"],
    ["another Region's host", RUNTIME.replace("eu-west-1", "us-east-1"), "HOST_NOT_ALLOWED"],
    ["another service's host", "https://sts.eu-west-1.amazonaws.com/", "HOST_NOT_ALLOWED"],
    ["plaintext", RUNTIME.replace("https:", "http:"), "PLAINTEXT_REFUSED"],
    ["loopback that is not named", "http://127.0.0.1:1/", "HOST_NOT_ALLOWED"],
    ["no web address", "data:text/plain,hello", "HOST_NOT_ALLOWED"],
    ["a password", "https://u:p@runtime.sagemaker.eu-west-1.amazonaws.com/", "INVALID_REQUEST"],
  ])("refuses %s, and sends nothing", async (_what, url, code) => {
    const { signed, seen } = parts();
    await expect(signed(url, { method: "POST", body: "{}" })).rejects.toMatchObject({ code });
    expect(seen).toEqual([]);
  });

  it("takes only `true` from a host function, which sees a copy", async () => {
    for (const rule of [() => 1, async () => true, () => "yes", () => undefined]) {
      await expect(parts({ hosts: [rule as never] }).signed("https://a.test/")).rejects.toMatchObject({
        code: "HOST_NOT_ALLOWED",
      });
    }
    const moving = (url: URL): boolean => ((url.hostname = "evil.test"), true);
    const { signed, seen } = parts({ hosts: [moving] });
    await signed("https://a.test/");
    expect(nth(seen, 0).url).toBe("https://a.test/");
  });

  it("follows no redirect, and returns it for redirect: manual", async () => {
    const moved = status(307, { location: RUNTIME });
    await expect(parts({}, moved).signed(RUNTIME)).rejects.toMatchObject({ code: "REDIRECT_REFUSED" });
    expect((await parts({}, moved).signed(RUNTIME, { redirect: "manual" })).status).toBe(307);
    const { signed, seen } = parts({}, status(304));
    expect((await signed(RUNTIME)).status).toBe(304);
    expect(nth(seen, 0).redirect).toBe("manual");
  });

  it("refuses streams, and S3", async () => {
    const body = new Blob(["s"]).stream();
    const { signed } = parts();
    await expect(signed(RUNTIME, { method: "POST", body })).rejects.toMatchObject({ code: "STREAM_NEEDS_PAYLOAD" });
    expect(() => parts({ service: "s3" })).toThrow(expect.objectContaining({ code: "INVALID_SERVICE" }));
  });

  it.each([
    [{ hosts: undefined }, /^hosts: must be a list/u],
    [{ hosts: ["https://a.test"] }, /^hosts\[0\]: must be/u],
    [{ region: "" }, /^region: must be/u],
    [{ credentials }, /^credentials: must be a function/u],
    [{ retires: retrying() }, /^retires: .*retry/u],
  ])("refuses %o at once", (change, message) => {
    expect(() => parts(change as never)).toThrow(
      expect.objectContaining({ code: "INVALID_OPTION", message: expect.stringMatching(message) as string }),
    );
  });
});

describe("retrying", () => {
  const retry = retrying();

  it.each([
    ["a 503 of an invocation", RUNTIME, "POST", status(503), 2],
    ["throttling of anything", "https://api.sagemaker.eu-west-1.amazonaws.com/", "POST", status(429), 2],
    ["a 503 of what may run only once", "https://api.sagemaker.eu-west-1.amazonaws.com/", "POST", status(503), 1],
    ["a model's error", RUNTIME, "POST", status(424), 1],
    ["a wait of an hour", RUNTIME, "GET", status(503, { "retry-after": "3600" }), 1],
    ["a failed network for a GET", RUNTIME, "GET", () => Promise.reject(new TypeError("Failed to fetch")), 2],
  ] as const)("after %s", async (_what, url, method, answer, times) => {
    const { signed, seen } = parts({ retry }, answer, status(200));
    const answered = await signed(url, { method, ...(method === "POST" && { body: "{}" }) });
    expect(seen).toHaveLength(times);
    expect(answered.status === 200).toBe(times === 2);
  });

  it("sends a POST over a failed network once, and anything at most three times", async () => {
    const failed = () => Promise.reject(new TypeError("Failed to fetch"));
    const once = parts({ retry }, failed);
    await expect(once.signed(RUNTIME, { method: "POST", body: "{}" })).rejects.toThrow("Failed to fetch");
    expect(once.seen).toHaveLength(1);
    const often = parts({ retry }, status(500));
    expect((await often.signed(RUNTIME)).status).toBe(500);
    expect(often.seen).toHaveLength(3);
  });

  it("ends with the caller's signal, also while it waits", async () => {
    const abort = new AbortController();
    const { signed, seen } = parts({ retry }, status(503, { "retry-after": "10" }));
    const pending = signed(RUNTIME, { signal: abort.signal });
    await expect.poll(() => seen.length).toBe(1);
    abort.abort(new Error("enough"));
    await expect(pending).rejects.toThrow("enough");
  });
});

describe("correctingClock", () => {
  const AT = Date.now() + 3_600_000;
  const skewed = JSON.stringify({
    message: `Signature expired: 20260101T000000Z is now earlier than x (${new Date(AT).toISOString().replaceAll(/[-:]|\.\d+/gu, "")} - 5 min.)`,
  });

  it.each([
    ["the text", status(403, {}, skewed)],
    ["the Date", status(403, { date: new Date(AT).toUTCString() })],
  ])("takes the time of a refusal over from %s, and signs anew", async (_what, refusal) => {
    const clock = correctingClock();
    const { signed, seen } = parts({ clock, skew: clock.step }, refusal, status(200));
    expect((await signed(RUNTIME, { method: "POST", body: "{}" })).status).toBe(200);
    const [first, second] = seen.map(({ headers }) => headers.get("x-amz-date") ?? "");
    expect(first).toMatch(/^\d{8}T/u);
    expect([first, second].toSorted()).toEqual([first, second]);
    expect(second).not.toBe(first);
    // A little less than an hour: the answers were dated when this file was loaded.
    expect(Math.abs(clock.offsetMs - 3_600_000)).toBeLessThan(120_000);
  });

  it.each([
    ["a success", status(200, { date: new Date(AT).toUTCString() })],
    ["a small error", status(403, { date: new Date(Date.now() + 60_000).toUTCString() })],
    ["an answer that a cache stored", status(403, { date: new Date(AT).toUTCString(), age: "5" })],
    ["more than a day", status(403, { date: new Date(AT + 90_000_000).toUTCString() })],
    ["no date", status(403, { date: "soon" })],
  ])("learns nothing from %s", async (_what, answer) => {
    const clock = correctingClock();
    const { signed, seen } = parts({ clock, skew: clock.step }, answer);
    await signed(RUNTIME);
    expect([clock.offsetMs, seen.length]).toEqual([0, 1]);
  });

  it("drops a correction that is refused, though the refusal's Date repeats it", async () => {
    const clock = correctingClock();
    const lie = () =>
      status(403, { date: new Date(AT).toUTCString(), "x-amzn-errortype": "InvalidSignatureException" });
    const { signed, seen } = parts({ clock, skew: clock.step }, lie(), status(200), lie(), status(200));
    expect((await signed(RUNTIME)).status).toBe(200);
    // A little less than an hour: the answers were dated when this file was loaded.
    expect(Math.abs(clock.offsetMs - 3_600_000)).toBeLessThan(120_000);
    expect((await signed(RUNTIME)).status).toBe(200);
    expect([clock.offsetMs, seen.length]).toEqual([0, 4]);
  });

  it("learns nothing from a refusal for another reason", async () => {
    const clock = correctingClock();
    const denied = status(403, { date: new Date(AT).toUTCString() }, '{"__type":"AccessDeniedException"}');
    const { signed, seen } = parts({ clock, skew: clock.step }, denied);
    expect((await signed(RUNTIME)).status).toBe(403);
    expect([clock.offsetMs, seen.length]).toEqual([0, 1]);
  });

  it("is corrected back by the next refusal", async () => {
    const clock = correctingClock();
    const lie = status(403, { date: new Date(AT).toUTCString() });
    const truth = () => new Response(null, { status: 403, headers: { date: new Date().toUTCString() } });
    const { signed } = parts({ clock, skew: clock.step }, lie, truth, truth, status(200));
    await signed(RUNTIME);
    expect((await signed(RUNTIME)).status).toBe(200);
    expect(Math.abs(clock.offsetMs)).toBeLessThan(60_000);
  });
});

describe("renewing", () => {
  it("reads no expiration of a polluted Object.prototype, and that of a class", async () => {
    let asked = 0;
    class Granted {
      readonly accessKeyId = "AKID";
      readonly secretAccessKey = "s";
      get expiration(): Date {
        return new Date(0);
      }
    }
    const fixed = renewing(async () => (asked++, { accessKeyId: "AKID", secretAccessKey: "s" }));
    const expired = renewing(async () => (asked++, new Granted()));
    // eslint-disable-next-line no-extend-native
    Object.defineProperty(Object.prototype, "expiration", { get: () => new Date(0), configurable: true });
    await fixed();
    await fixed();
    Reflect.deleteProperty(Object.prototype, "expiration");
    expect(asked).toBe(1);
    await expired();
    await expired();
    expect(asked).toBe(3);
  });

  const lasting = (ms: number, id = "AKID") => ({
    accessKeyId: id,
    secretAccessKey: "s",
    expiration: new Date(Date.now() + ms),
  });

  it("asks once for all who wait, and not while credentials last", async () => {
    const source = vi.fn<() => Promise<ReturnType<typeof lasting>>>(async () => lasting(3_600_000));
    const credentialsOf = renewing(source);
    await Promise.all([credentialsOf(), credentialsOf(), credentialsOf()]);
    await credentialsOf();
    expect(source).toHaveBeenCalledOnce();
  });

  it("renews ahead in the background, and waits once they have expired", async () => {
    const source = vi.fn<() => Promise<ReturnType<typeof lasting>>>();
    source.mockResolvedValueOnce(lasting(100_000, "A")).mockResolvedValueOnce(lasting(3_600_000, "B"));
    const credentialsOf = renewing(source);
    await credentialsOf();
    vi.useFakeTimers({ now: Date.now() + 6000, toFake: ["Date"] });
    expect((await credentialsOf()).accessKeyId).toBe("A");
    await new Promise(setImmediate);
    expect((await credentialsOf()).accessKeyId).toBe("B");
    vi.useRealTimers();
  });

  it("serves what lasts while its source fails, and asks at most every five seconds", async () => {
    const source = vi.fn<() => Promise<ReturnType<typeof lasting>>>(async () => Promise.reject(new Error("down")));
    source.mockResolvedValueOnce(lasting(100_000, "A"));
    const credentialsOf = renewing(source);
    await credentialsOf();
    vi.useFakeTimers({ now: Date.now() + 6000, toFake: ["Date"] });
    for (let count = 0; count < 20; count++) expect((await credentialsOf()).accessKeyId).toBe("A");
    expect(source).toHaveBeenCalledTimes(2);
    vi.setSystemTime(Date.now() + 100_000);
    await expect(credentialsOf()).rejects.toThrow("down");
    vi.useRealTimers();
  });

  it.each<[string, unknown, string]>([
    ["an error in JSON", { error: "busy" }, "INVALID_ACCESS_KEY"],
    ["an expiration in text", { ...lasting(3_600_000), expiration: "2026-11-30T12:00:00Z" }, "INVALID_DATE"],
    ["text", "busy", "CREDENTIALS_UNAVAILABLE"],
  ])("asks again a source that answered %s, and serves what lasts meanwhile", async (_what, wrong, code) => {
    const source = vi.fn<() => Promise<ReturnType<typeof lasting>>>();
    source.mockResolvedValueOnce(wrong as never).mockResolvedValueOnce(lasting(100_000, "A"));
    source.mockResolvedValueOnce(wrong as never).mockResolvedValueOnce(lasting(3_600_000, "B"));
    const credentialsOf = renewing(source);
    await expect(credentialsOf()).rejects.toMatchObject({ code });
    expect((await credentialsOf()).accessKeyId).toBe("A");
    vi.useFakeTimers({ now: Date.now() + 6000, toFake: ["Date"] });
    await credentialsOf();
    await new Promise(setImmediate);
    expect((await credentialsOf()).accessKeyId).toBe("A");
    vi.setSystemTime(Date.now() + 6000);
    await credentialsOf();
    await new Promise(setImmediate);
    expect((await credentialsOf()).accessKeyId).toBe("B");
    vi.useRealTimers();
  });

  it("takes a source that answers or throws at once", async () => {
    const source = vi.fn<() => never>();
    source.mockImplementationOnce(() => {
      throw new Error("down");
    });
    source.mockImplementationOnce(() => lasting(3_600_000, "A") as never);
    const credentialsOf = renewing(source);
    await expect(credentialsOf()).rejects.toThrow("down");
    expect((await credentialsOf()).accessKeyId).toBe("A");
  });

  it("shows what lasts, and drops a key that a service turned down, but no newer one", async () => {
    const source = vi.fn<() => Promise<ReturnType<typeof lasting>>>();
    source.mockResolvedValueOnce(lasting(3_600_000, "A")).mockResolvedValueOnce(lasting(3_600_000, "B"));
    const credentialsOf = renewing(source);
    expect(credentialsOf.peek()).toBeUndefined();
    await credentialsOf();
    credentialsOf.invalidate({ accessKeyId: "OTHER", reason: "rejected" });
    expect(credentialsOf.peek()?.accessKeyId).toBe("A");
    credentialsOf.invalidate({ accessKeyId: "A", reason: "rejected" });
    expect(credentialsOf.peek()).toBeUndefined();
    expect((await credentialsOf()).accessKeyId).toBe("B");
    credentialsOf.invalidate({ accessKeyId: "A", reason: "rejected" });
    expect((await credentialsOf()).accessKeyId).toBe("B");
  });
});

describe("vendedCredentials of the parts", () => {
  it("belong to the token's user", async () => {
    const user = { token: "ada" as string | undefined };
    const fetch: Fetch = async (_input, init) => {
      const id = (new Headers(init?.headers).get("authorization") ?? "").replace("Bearer ", "ASIA");
      const expiration = new Date(Date.now() + 3_600_000).toISOString();
      return Response.json({ accessKeyId: id, secretAccessKey: "s", sessionToken: "t", expiration });
    };
    const vended = vendedCredentials({ url: "https://b.test", grant: "chat", getToken: async () => user.token, fetch });
    const { signed, seen } = parts({ credentials: vended });
    const key = async (): Promise<string | undefined> => {
      await signed(RUNTIME);
      return /Credential=(\w+)/u.exec(seen.at(-1)?.headers.get("authorization") ?? "")?.[1];
    };
    expect(await key()).toBe("ASIAada");
    user.token = "bob";
    expect(await key()).toBe("ASIAbob");
    user.token = undefined;
    await expect(key()).rejects.toMatchObject({ code: "GRANT_REFUSED" });
    user.token = "ada";
    vended.signOut();
    expect(await key()).toBe("ASIAada");
    expect(vended.peek()).toBeUndefined();
  });
});
