import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setImmediate } from "node:timers/promises";
import { createSigner } from "@countersign/signer";
import { createTransport } from "@countersign/transport";
import { describe, expect, it, vi } from "vitest";
import { createProxy, issueKey } from "../../src/index.ts";
import { type CheckOwner, inTurn } from "../../src/send/check-turns.ts";
import { lateError } from "../../src/send/late-error.ts";
import { readError } from "../../src/send/upstream-error.ts";

// A program behind the proxy makes a service answer with errors that take long to check, as a model of its own can. The
// checks must not stop the programs beside it.
const LONG = "x-amz-security-token:a ".repeat(5000);
const ATTACKS = 8;

it.each([
  ["errors of a model", "sagemaker", "POST", "/endpoints/evil/invocations", 424],
  ["late errors of a store", "s3", "POST", "/bucket/evil?uploadId=a", 200],
])("a client that causes long %s leaves time for another client", async (_, service, method, path, status) => {
  const upstream = createServer((request, response) => {
    const isEvil = request.url?.includes("evil") === true;
    request.resume().on("end", () => response.writeHead(isEvil ? status : 200).end(isEvil ? LONG : "{}"));
  });
  upstream.listen(0, "127.0.0.1");
  await once(upstream, "listening");
  const transport = createTransport({ allowLoopbackHttp: true });
  const [key, other] = [issueKey(), issueKey()];
  const shared = { credentials: { ...issueKey(), sessionToken: "t".repeat(1000) } };
  const allow = [{ actions: ["sagemaker:*", "s3:*"] }];
  const proxy = await createProxy({
    transport,
    endpoints: { url: `http://127.0.0.1:${(upstream.address() as AddressInfo).port}` },
    clients: [
      { name: "attacker", key, ...shared, allow },
      { name: "victim", key: other, ...shared, allow },
    ],
  });
  const { url } = await proxy.listen({});
  const leaving = new AbortController();
  const call = async (credentials: typeof key, of: string, verb: string, target: string): Promise<number> => {
    const signed = await createSigner({ region: "us-east-1", service: of, credentials }).sign({
      method: verb,
      url: url + target,
      body: "{}",
    });
    const { signal } = verb === method && target === path ? leaving : new AbortController();
    const answer = await fetch(signed.url, { method: verb, headers: signed.headers, body: "{}", signal });
    await answer.text();
    return answer.status;
  };
  try {
    let answered = 0;
    const attacks = Array.from({ length: ATTACKS }, async () => {
      expect(await call(key, service, method, path)).toBe(status);
      answered += 1;
    });
    await Promise.race(attacks);
    const before = answered;
    for (let index = 0; index < 3; index += 1)
      expect(await call(other, "sagemaker", "POST", "/endpoints/good/invocations")).toBe(200);
    expect(answered - before).toBeLessThan(ATTACKS / 2);
    leaving.abort();
    await Promise.allSettled(attacks);
  } finally {
    await proxy.close();
    await transport.close();
    upstream.close();
  }
});

it("an error of more than 256 KiB is not checked", async () => {
  async function* pieces(bytes: number): AsyncGenerator<Uint8Array> {
    for (let left = bytes; left > 0; left -= 65_536) yield new Uint8Array(Math.min(left, 65_536));
  }
  expect(await readError(pieces(262_144))).toHaveLength(262_144);
  await expect(readError(pieces(262_145))).rejects.toMatchObject({ status: 502 });
});

it("what keeps the connection to a store alive is told from an error in little time", async () => {
  async function* begins(): AsyncGenerator<Buffer> {
    yield Buffer.from(`${" ".repeat(8191)}x`);
  }
  const took: number[] = [];
  for (let index = 0; index < 5; index += 1) {
    const startedAt = performance.now();
    const owning = { owner: { checks: Promise.resolve() }, signal: new AbortController().signal };
    for await (const piece of lateError({ headers: {}, body: begins() }, issueKey(), owning))
      expect(piece).toHaveLength(8192);
    took.push(performance.now() - startedAt);
  }
  expect(Math.min(...took)).toBeLessThan(30);
});

describe("checks of errors", () => {
  const { signal } = new AbortController();
  const owner = (): CheckOwner => ({ checks: Promise.resolve() });
  const busy = (ms: number) => (): number => {
    const startedAt = performance.now();
    while (performance.now() - startedAt < ms);
    return performance.now();
  };

  it("of one client take a quarter of the time, also when they fail, and another client's do not wait", async () => {
    const [one, two] = [owner(), owner()];
    const failed = inTurn(one, signal, () => {
      busy(20)();
      throw new Error("cannot be checked");
    });
    const endedAt = failed.catch(() => performance.now());
    const second = inTurn(one, signal, () => performance.now());
    const other = inTurn(two, signal, () => performance.now());
    expect((await second) - (await endedAt)).toBeGreaterThanOrEqual(55);
    expect(await other).toBeLessThan(await second);
  });

  it("that are short do not wait for each other", async () => {
    const one = owner();
    // On a machine that is busy, any check can take long.
    const clock = vi.spyOn(performance, "now").mockReturnValue(0);
    try {
      await Promise.race([
        Promise.all(Array.from({ length: 100 }, () => inTurn(one, signal, () => 1))),
        setImmediate().then(() => expect.unreachable("a short check waited")),
      ]);
    } finally {
      clock.mockRestore();
    }
  });

  it("of a client that has left are not made", async () => {
    const one = owner();
    const leaving = new AbortController();
    const first = inTurn(one, signal, busy(5));
    const left = inTurn(one, leaving.signal, () => expect.unreachable("checked"));
    leaving.abort();
    await first;
    await expect(left).rejects.toThrow("the client is gone");
  });
});
