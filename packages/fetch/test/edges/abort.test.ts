import { type AwsCredentials, createClock, createSigner, type CredentialProvider, memoize } from "@countersign/signer";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { createAttempts } from "../../src/attempts.ts";
import { clockSkew, compose, createSignedFetch, type Fetch, signing } from "../../src/index.ts";
import { assembleFetch, correctingClock, renewing, retrying, vendedCredentials } from "../../src/parts.ts";
import { vendedCredentials as vendedWithEvents } from "../../src/vended.ts";

const RUNTIME = "https://runtime.sagemaker.eu-west-1.amazonaws.com/endpoints/e/invocations";
const region = "eu-west-1";
const keyOf = (id: string): AwsCredentials => ({
  accessKeyId: id,
  secretAccessKey: "s",
  sessionToken: "t",
  expiration: new Date(Date.now() + 3_600_000),
});
const keys = async () => keyOf("AKID");
const forever = (): Promise<never> => new Promise(() => undefined);

/** A refusal whose text never ends, and which knows nothing of the caller's signal. */
function endless(status: number, everyMs: number): Response {
  let timer: ReturnType<typeof setInterval>;
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => void (timer = setInterval(() => controller.enqueue(new Uint8Array([32])), everyMs)),
    cancel: () => clearInterval(timer),
  });
  return new Response(body, { status });
}

type Make = (credentials: CredentialProvider, fetch: Fetch) => Fetch;

const makers: readonly (readonly [string, Make])[] = [
  ["createSignedFetch", (credentials, fetch) => createSignedFetch({ region, credentials, fetch })],
  [
    "createSignedFetch with middleware",
    (credentials, fetch) => createSignedFetch({ region, credentials, fetch, middleware: [(next) => next] }),
  ],
  [
    "middleware composed by hand",
    (credentials, fetch) => compose(fetch, clockSkew(createClock()), signing(createSigner({ region, credentials }))),
  ],
  [
    "assembleFetch",
    (credentials, fetch) => {
      const clock = correctingClock();
      const hosts = [new URL(RUNTIME).host];
      return assembleFetch({
        region,
        credentials: renewing(credentials),
        fetch,
        hosts,
        clock,
        skew: clock.step,
        retry: retrying(),
      });
    },
  ],
];

/** Where a call may be when it is aborted. */
const places: readonly (readonly [string, CredentialProvider, Fetch])[] = [
  ["waits for credentials", forever, async () => new Response()],
  ["waits for a fetch that ignores its signal", keys, forever],
  ["reads an endless refusal", keys, async () => endless(403, 10)],
  ["reads a slow refusal", keys, async () => endless(403, 60_000)],
];

const signals: readonly (readonly [string, () => readonly [AbortSignal, unknown]])[] = [
  [
    "an abort",
    () => {
      const abort = new AbortController();
      const reason = new Error("enough");
      setTimeout(() => abort.abort(reason), 50);
      return [abort.signal, reason];
    },
  ],
  ["a timeout", () => [AbortSignal.timeout(50), expect.objectContaining({ name: "TimeoutError" })]],
];

describe.each(makers)("an aborted call ends at once, with the caller's reason: %s", (_maker, make) => {
  const cases = places.flatMap(([place, source, fetch]) =>
    signals.map(([how, signalOf]) => [place, how, source, fetch, signalOf] as const),
  );

  it.each(cases)("%s: %s", async (_place, _how, source, fetch, signalOf) => {
    const [signal, reason] = signalOf();
    // The text of a refusal is read for a second by itself. Here it is read until the call is aborted.
    const limits = vi.spyOn(AbortSignal, "timeout").mockImplementation(() => new AbortController().signal);
    onTestFinished(() => limits.mockRestore());
    const call = make(source, fetch)(RUNTIME, { method: "POST", body: "{}", signal });
    expect(await call.catch((error: unknown) => error)).toEqual(reason);
  });
});

it("an aborted run of attempts rejects, though its refusal was read", async () => {
  const abort = new AbortController();
  const reason = new Error("enough");
  const run = createAttempts({ clock: createClock() }).run({
    host: "h.test",
    secure: true,
    repeat: "answered",
    signal: abort.signal,
    send: async () => 403,
    inspect: (status) => ({
      status,
      header: () => null,
      text: async () => {
        abort.abort(reason);
        throw new TypeError("cut off");
      },
    }),
    discard: () => undefined,
  });
  await expect(run).rejects.toBe(reason);
});

describe.each<[string, (source: CredentialProvider) => CredentialProvider]>([
  ["renewing", renewing],
  ["memoize", (source) => memoize(source)],
])("an abort ends one caller's wait for credentials, and not the flight: %s", (_name, cache) => {
  it("others that wait, and later ones, get what the source answers", async () => {
    let land = (_granted: AwsCredentials): void => undefined;
    const source = vi.fn<CredentialProvider>(() => new Promise((resolve) => (land = resolve)));
    const credentials = cache(source);
    const abort = new AbortController();
    const [leaving, staying] = [credentials({ signal: abort.signal }), credentials()];
    await Promise.resolve();
    abort.abort(new Error("enough"));
    await expect(leaving).rejects.toThrow("enough");
    land(keyOf("AKID1"));
    expect((await staying).accessKeyId).toBe("AKID1");
    expect((await credentials()).accessKeyId).toBe("AKID1");
    expect(source).toHaveBeenCalledOnce();
  });

  it("a source that fails after the only caller has left is no unhandled rejection", async () => {
    const unhandled = vi.fn<(error: unknown) => void>();
    process.on("unhandledRejection", unhandled);
    let fail = (_error: Error): void => undefined;
    const credentials = cache(() => new Promise((_resolve, reject) => (fail = reject)));
    const abort = new AbortController();
    const leaving = credentials({ signal: abort.signal });
    abort.abort(new Error("enough"));
    await expect(leaving).rejects.toThrow("enough");
    fail(new Error("down"));
    await new Promise((resolve) => setTimeout(resolve, 20));
    process.off("unhandledRejection", unhandled);
    expect(unhandled).not.toHaveBeenCalled();
  });
});

describe.each([
  ["of the parts", vendedCredentials],
  ["with events", vendedWithEvents],
])("an abort while credentials are vended %s", (_name, vend) => {
  const answer = (id: string): Response => Response.json(keyOf(id));

  it.each(["getToken", "fetch", "the answer's body"])("ends the wait for %s at once", async (what) => {
    const abort = new AbortController();
    const credentials = vend({
      url: "https://b.test",
      grant: "chat",
      getToken: () => (what === "getToken" ? forever() : "token"),
      fetch: async () => (what === "fetch" ? forever() : endless(200, 10)),
    });
    const waiting = credentials({ signal: abort.signal });
    setTimeout(() => abort.abort(new Error("enough")), 20);
    const start = performance.now();
    await expect(waiting).rejects.toThrow("enough");
    // By itself a vend ends after ten seconds.
    expect(performance.now() - start).toBeLessThan(7000);
  });

  it("loses no answer of the broker, and gives it to no other user", async () => {
    let user = "ada";
    const land: ((answered: Response) => void)[] = [];
    const credentials = vend({
      url: "https://b.test",
      grant: "chat",
      getToken: () => user,
      fetch: () => new Promise((resolve) => land.push(resolve)),
    });
    const abort = new AbortController();
    const leaving = credentials({ signal: abort.signal });
    await expect.poll(() => land.length).toBe(1);
    abort.abort(new Error("enough"));
    await expect(leaving).rejects.toThrow("enough");
    user = "bob";
    const bobs = credentials();
    await expect.poll(() => land.length).toBe(2);
    land.shift()?.(answer("ASIAADA"));
    await new Promise((resolve) => setTimeout(resolve, 20));
    land.shift()?.(answer("ASIABOB"));
    expect((await bobs).accessKeyId).toBe("ASIABOB");
  });

  it("leaves the answer to the same user's next call", async () => {
    let land = (_answered: Response): void => undefined;
    const fetch = vi.fn<Fetch>(() => new Promise((resolve) => (land = resolve)));
    const credentials = vend({ url: "https://b.test", grant: "chat", getToken: () => "ada", fetch });
    const abort = new AbortController();
    const leaving = credentials({ signal: abort.signal });
    await expect.poll(() => fetch.mock.calls.length).toBe(1);
    abort.abort(new Error("enough"));
    await expect(leaving).rejects.toThrow("enough");
    land(answer("ASIAADA"));
    expect((await credentials()).accessKeyId).toBe("ASIAADA");
    expect(fetch).toHaveBeenCalledOnce();
  });
});
