import { describe, expect, it, vi } from "vitest";
import { createInvoker, createSignedFetch, SageMakerError, vendedCredentials } from "../src/small.ts";
import { sagemakerHosts } from "../src/sagemaker-hosts.ts";

const region = "eu-west-1";
const keys = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "example", sessionToken: "token" };
const RUNTIME = "https://runtime.sagemaker.eu-west-1.amazonaws.com";

/** A fetch that answers in turn, and what it was asked. */
function answering(...answers: (() => Response | Promise<Response>)[]) {
  const seen: Request[] = [];
  const fetch = async (input: Request | URL | string, init?: RequestInit): Promise<Response> => {
    seen.push(new Request(input, init));
    const answer = answers[Math.min(seen.length, answers.length) - 1];
    return answer === undefined ? new Response("{}") : answer();
  };
  return { seen, fetch };
}

const json = (value: unknown, status = 200, headers: Record<string, string> = {}) =>
  new Response(JSON.stringify(value), { status, headers });

describe("createSignedFetch of a page", () => {
  it.each([
    ["fixed credentials", keys],
    ["a provider", async () => keys],
    ["an object with a provider", { provider: async () => keys }],
  ])("signs with %s", async (_what, credentials) => {
    const { seen, fetch } = answering();
    await createSignedFetch({ region, credentials, fetch })(`${RUNTIME}/endpoints/e/invocations`, { method: "POST" });
    expect(seen[0]?.headers.get("authorization")).toMatch(/Credential=AKIDEXAMPLE\/\d{8}\/eu-west-1\/sagemaker\//u);
  });

  it("caches what a provider answers, and calls one through that caches by itself", async () => {
    const plain = vi.fn<() => Promise<typeof keys>>(async () => keys);
    const cached = Object.assign(
      vi.fn<() => Promise<typeof keys>>(async () => keys),
      { memoized: true },
    );
    for (const [credentials, calls] of [
      [plain, 1],
      [cached, 2],
    ] as const) {
      const signed = createSignedFetch({ region, credentials, fetch: answering().fetch });
      await signed(`${RUNTIME}/`);
      await signed(`${RUNTIME}/`);
      expect(credentials).toHaveBeenCalledTimes(calls);
    }
  });

  it.each([
    ["https://a.example.com/", true],
    ["https://a.b.example.com/", true],
    ["https://example.com/", false],
    ["https://evilexample.com/", false],
    ["https://a.example.com.evil.test/", false],
    ["https://a.example.com:8443/", false],
    ["http://a.example.com/", false],
    ["https://exact.test:8443/", true],
    ["https://exact.test/", false],
    [`${RUNTIME}/`, false],
  ])("takes rules for hosts: %s is admitted: %s", async (url, admitted) => {
    const { seen, fetch } = answering();
    const allowedHosts = ["*.Example.com", "exact.test:8443"];
    const sent = createSignedFetch({ region, credentials: keys, allowedHosts, fetch })(url);
    const outcome = await sent.then(
      () => "sent",
      (error: unknown) => (error as Error).name,
    );
    expect([outcome, seen.length]).toEqual(admitted ? ["sent", 1] : ["FetchError", 0]);
  });

  it.each([["*."], ["*"], ["*.a b"], ["https://a.test"], ["*.example.com/"], [5], ["*..com"]])(
    "refuses the rule %j",
    (rule) => {
      const make = (): unknown =>
        createSignedFetch({ region, credentials: keys, allowedHosts: [rule as string], fetch: answering().fetch });
      expect(make).toThrow(expect.objectContaining({ code: "INVALID_OPTION" }));
    },
  );

  it("retries where that is safe, unless told not to", async () => {
    for (const [retry, times] of [
      [undefined, 2],
      [false, 1],
    ] as const) {
      const { seen, fetch } = answering(
        () => json({}, 503),
        () => json({}),
      );
      await createSignedFetch({ region, credentials: keys, retry, fetch })(`${RUNTIME}/endpoints/e/invocations`, {
        method: "POST",
      });
      expect(seen).toHaveLength(times);
    }
  });

  it("has a clock of its own, which a refusal corrects", async () => {
    const date = new Date(Date.now() + 7_200_000);
    const { seen, fetch } = answering(
      () => json({ message: "Signature expired: " }, 403, { date: date.toUTCString() }),
      () => json({}),
    );
    await createSignedFetch({ region, credentials: keys, fetch })(`${RUNTIME}/`);
    const [first = "", second = ""] = seen.map(({ headers }) => headers.get("x-amz-date") ?? "");
    expect(second.localeCompare(first)).toBe(1);
  });

  it.each([
    ["onEvent", { onEvent: () => {} }],
    ["settings", { settings: {} }],
    ["a number of attempts", { retry: { attempts: 5 } }],
    ["incomplete credentials", { credentials: { accessKeyId: "A" } }],
    ["Amazon S3", { service: "s3" }],
  ])("refuses %s, which the full file takes", (_what, change) => {
    expect(() => createSignedFetch({ region, credentials: keys, ...change } as never)).toThrow(
      expect.objectContaining({ code: expect.stringMatching(/^INVALID_/u) as string }),
    );
  });
});

describe("a key that AWS rejects", () => {
  const vended = (asked: string[] = []) =>
    vendedCredentials({
      url: "https://broker.test",
      grant: "chat",
      getToken: () => "user",
      fetch: async () => {
        const accessKeyId = `ASIA${asked.push("vend")}`;
        return json({ accessKeyId, secretAccessKey: "s", sessionToken: "t", expiration: "2099-01-01T00:00:00Z" });
      },
    });
  const keyOf = ({ headers }: Request): string | undefined =>
    /Credential=(\w+)/u.exec(headers.get("authorization") ?? "")?.[1];
  const refused = (code: string) => () => json({ message: "refused" }, 403, { "x-amzn-errortype": code });

  it.each([
    ["ExpiredTokenException", ["ASIA1", "ASIA2"]],
    ["ExpiredTokenException:http://internal.amazon.com/coral/", ["ASIA1", "ASIA2"]],
    ["InvalidClientTokenId", ["ASIA1", "ASIA2"]],
    ["UnrecognizedClientException", ["ASIA1", "ASIA2"]],
    ["AccessDeniedException", ["ASIA1", "ASIA1"]],
    ["ValidationException", ["ASIA1", "ASIA1"]],
  ])("%s: its call fails, and the next is signed with the right key", async (code, keys) => {
    const { seen, fetch } = answering(refused(code), () => json({}));
    const sagemaker = createInvoker({ region, credentials: vended(), fetch });
    await expect(sagemaker.invoke("llm", {})).rejects.toMatchObject({ code: code.split(":")[0] });
    await sagemaker.invoke("llm", {});
    expect(seen.map(keyOf)).toEqual(keys);
  });

  it("is dropped once: a late refusal of the old key leaves the new one alone", async () => {
    const asked: string[] = [];
    let answerLate = (_response: Response): void => {};
    const late = new Promise<Response>((resolve) => (answerLate = resolve));
    const { seen, fetch } = answering(
      () => late,
      refused("ExpiredToken"),
      () => json({}),
    );
    const signed = createSignedFetch({ region, credentials: vended(asked), fetch });
    const first = signed(`${RUNTIME}/`);
    await vi.waitFor(() => expect(seen).toHaveLength(1));
    await signed(`${RUNTIME}/`);
    await signed(`${RUNTIME}/`);
    answerLate(refused("ExpiredToken")());
    await first;
    await signed(`${RUNTIME}/`);
    expect([seen.map(keyOf), asked]).toEqual([
      ["ASIA1", "ASIA1", "ASIA2", "ASIA2"],
      ["vend", "vend"],
    ]);
  });

  it("is asked for anew from a source, and an ordinary answer where credentials are fixed", async () => {
    const source = vi.fn<() => Promise<typeof keys>>(async () => keys);
    for (const credentials of [keys, source]) {
      const signed = createSignedFetch({
        region,
        credentials,
        fetch: answering(refused("InvalidClientTokenId")).fetch,
      });
      expect([(await signed(`${RUNTIME}/`)).status, (await signed(`${RUNTIME}/`)).status]).toEqual([403, 403]);
    }
    expect(source).toHaveBeenCalledTimes(2);
  });
});

describe("the hosts of SageMaker", () => {
  const admits = (host: string, scope = { region, service: "sagemaker" }): boolean =>
    sagemakerHosts(new URL(`https://${host}/`), scope);

  it.each([
    "runtime.sagemaker.eu-west-1.amazonaws.com",
    "api.sagemaker.eu-west-1.amazonaws.com",
    "featurestore-runtime.sagemaker.eu-west-1.amazonaws.com",
    "vpce-0a1b-2c3d.runtime.sagemaker.eu-west-1.vpce.amazonaws.com",
    "vpce-0a1b-2c3d-eu-west-1a.api.sagemaker.eu-west-1.vpce.amazonaws.com",
  ])("are %s", (host) => {
    expect(admits(host)).toBe(true);
  });

  it.each([
    "runtime.sagemaker.us-east-1.amazonaws.com",
    "runtime.sagemaker.eu-west-1.amazonaws.com.evil.test",
    "evil.runtime.sagemaker.eu-west-1.amazonaws.com",
    "runtime.sagemaker.eu-west-1.amazonaws.com.cn",
    "runtime.sagemaker.eu-west-1.vpce.amazonaws.com",
    "vpce-0a1b-2c3d.vpce-svc-0a1b.eu-west-1.vpce.amazonaws.com",
    "vpce-0a1b-2c3d.runtime.sagemaker.eu-west-1.amazonaws.com",
    "runtime.sagemaker.eu-west-1.amazonaws.com:8443",
    "sts.eu-west-1.amazonaws.com",
    "undefined",
  ])("are not %s", (host) => {
    expect(admits(host)).toBe(false);
  });

  it("follow the partition; a wrong region and another service have no hosts", () => {
    expect(
      admits("runtime.sagemaker.cn-north-1.amazonaws.com.cn", { region: "cn-north-1", service: "sagemaker" }),
    ).toBe(true);
    expect(admits("runtime.sagemaker.x.undefined", { region: "x", service: "sagemaker" })).toBe(false);
    expect(admits("runtime.sagemaker.eu-west-1.amazonaws.com", { region, service: "execute-api" })).toBe(false);
  });
});

describe("createInvoker of a page", () => {
  it("invokes the region's public endpoint, or the address that is given", async () => {
    const { seen, fetch } = answering(() => json({ a: 1 }, 200, { "x-amzn-requestid": "id" }));
    const answer = await createInvoker({ region, credentials: keys, fetch }).invoke("llm", { x: 1 });
    expect([answer.json(), answer.requestId, answer.contentType]).toEqual([{ a: 1 }, "id", "text/plain;charset=UTF-8"]);
    const endpoint = { url: new URL("https://gateway.test/base/") };
    await createInvoker({ region, credentials: keys, endpoint, fetch }).invoke("llm", "x", { contentType: "text/csv" });
    expect(seen.map(({ url }) => url)).toEqual([
      `${RUNTIME}/endpoints/llm/invocations`,
      "https://gateway.test/base/endpoints/llm/invocations",
    ]);
    expect(seen.map(({ headers }) => headers.get("content-type"))).toEqual(["application/json", "text/csv"]);
  });

  it("throws AWS's error, and refuses a redirect", async () => {
    const denied = answering(() => json({ __type: "AccessDeniedException", message: "no" }, 400));
    const error: unknown = await createInvoker({ region, credentials: keys, fetch: denied.fetch })
      .invoke("llm", {})
      .catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(SageMakerError);
    expect(error).toMatchObject({ code: "AccessDeniedException", status: 400 });
    const moved = answering(() => new Response(null, { status: 307, headers: { location: "https://evil.test/" } }));
    await expect(
      createInvoker({ region, credentials: keys, fetch: moved.fetch }).invoke("llm", {}),
    ).rejects.toMatchObject({ name: "SageMakerError", code: "REDIRECT_REFUSED" });
    expect(moved.seen).toHaveLength(1);
  });

  it("ends at its time limit, at the caller's signal, and when it is closed", async () => {
    const hanging = answering(() => new Promise<Response>(() => {}));
    const invoker = createInvoker({ region, credentials: keys, fetch: hanging.fetch });
    await expect(invoker.invoke("llm", {}, { timeoutMs: 20 })).rejects.toMatchObject({ code: "TIMEOUT" });
    await expect(invoker.invoke("llm", {}, { signal: AbortSignal.timeout(20) })).rejects.toMatchObject({
      name: "TimeoutError",
    });
    const trickling = answering(() => new Response(new ReadableStream({ pull: () => new Promise(() => {}) })));
    await expect(
      createInvoker({ region, credentials: keys, fetch: trickling.fetch }).invoke("llm", {}, { timeoutMs: 20 }),
    ).rejects.toMatchObject({ code: "TIMEOUT" });
    const stream = invoker.invokeStream("llm", {});
    await invoker.close();
    await expect(invoker.invoke("llm", {})).rejects.toMatchObject({ code: "CLOSED" });
    await expect(stream.head()).rejects.toMatchObject({ code: "CLOSED" });
  });

  it("sends an attempt that hangs no longer than 70 seconds, though its body trickles", async () => {
    let now = 0;
    const sleeps: number[] = [];
    const clock = {
      now: () => Date.now(),
      wall: () => Date.now(),
      monotonic: () => now,
      offsetMs: 0,
      observe() {},
      sleep: async (ms: number, signal?: AbortSignal) => {
        sleeps.push(ms);
        if (sleeps.length > 1) return;
        await new Promise((_, reject) => signal?.addEventListener("abort", () => reject(new Error("stopped"))));
      },
    };
    const { fetch } = answering(() => {
      now = 60_000;
      return new Response(new ReadableStream({ pull: () => new Promise(() => {}) }));
    });
    await expect(createInvoker({ region, credentials: keys, clock, fetch }).invoke("llm", {})).rejects.toMatchObject({
      code: "TIMEOUT",
    });
    expect(sleeps).toEqual([70_000, 10_000]);
  });

  it("reads no options from a polluted prototype", async () => {
    const pollution = { dispatcher: "evil", allowedHosts: ["evil.test"], retry: false };
    const prototype = Object.prototype as Record<string, unknown>;
    let inherited: unknown;
    const fetch = async (_input: unknown, init?: RequestInit): Promise<Response> => {
      inherited = (init as { readonly dispatcher?: unknown }).dispatcher;
      return json({});
    };
    Object.assign(prototype, pollution);
    try {
      await createInvoker({ region, credentials: keys, fetch }).invoke("llm", {});
    } finally {
      for (const name of Object.keys(pollution)) delete prototype[name];
    }
    expect(inherited).toBeUndefined();
  });

  it.each([
    ["text that is not a region", { region: "europe" }],
    ["an address with a password", { endpoint: { url: "https://u:p@gateway.test" } }],
    ["an address with a query", { endpoint: { url: "https://gateway.test/?a" } }],
    ["an address that is relative", { endpoint: { url: "/aws" } }],
    ["endpoint options of the full file", { endpoint: { fips: true } }],
    ["a guard", { guard: {} }],
  ])("refuses %s", (_what, change) => {
    expect(() => createInvoker({ region, credentials: keys, ...change } as never)).toThrow(
      expect.objectContaining({ name: "SageMakerError", code: "INVALID_OPTION" }),
    );
  });
});
