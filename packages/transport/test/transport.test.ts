import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { type CountersignEvent, CountersignError, createClock } from "@countersign/signer";
import { Agent, request as undiciRequest } from "undici";
import { describe, expect, it, vi } from "vitest";
import { TransportError, type TransportOptions, createTransport, serverTlsOptions } from "../src/index.ts";
import { refusal, useParts, ways } from "./parts.ts";
import { startServer } from "./server.ts";

const parts = useParts();

describe.each(Object.entries(ways))("%s", (name, send) => {
  it("gets an answer over a connection that satisfies the policy", async () => {
    const { url } = await parts.server();
    expect(await send(parts.transport(), `${url}/path?query=1`)).toBe("GET /path?query=1");
  });

  it("refuses a server without forward secrecy before a byte of the request leaves", async () => {
    const target = await parts.server({ ciphers: "AES256-GCM-SHA384", maxVersion: "TLSv1.2" });
    const rsa = parts.authority.issue({ key: "rsa" });
    target.server.setSecureContext({
      cert: rsa.cert,
      key: rsa.key,
      ciphers: "AES256-GCM-SHA384",
      maxVersion: "TLSv1.2",
    });
    const error = await refusal(send(parts.transport(), target.url));
    expect(error).toMatchObject({ code: "TLS_CIPHER_REFUSED", phase: "handshake", sent: false });
    expect(target.requests()).toBe(0);
  });

  it("refuses a certificate of a CA it does not trust", async () => {
    const { url } = await parts.server();
    const stranger = createTransport();
    parts.closing(stranger);
    expect((await refusal(send(stranger, url))).code).toBe("TLS_CERTIFICATE_INVALID");
  });

  it("refuses a certificate for other hosts", async () => {
    const other = parts.authority.issue({ san: "DNS:other.example" });
    const target = await startServer(other);
    parts.closing(target);
    expect((await refusal(send(parts.transport(), target.url))).code).toBe("TLS_HOST_MISMATCH");
  });

  it("refuses plain HTTP", async () => {
    const error = await refusal((name === "agent" ? ways.request : send)(parts.transport(), "http://localhost:8080/"));
    expect(error.code).toBe("PLAINTEXT_REFUSED");
  });

  it("says that nothing was sent when the port is closed", async () => {
    const target = await startServer(parts.identity);
    await target.close();
    const error = await refusal(send(parts.transport(), target.url));
    expect(error).toMatchObject({ code: "CONNECTION_LOST", phase: "connect", sent: false });
  });
});

it("is the base of its errors", async () => {
  const error = await parts
    .transport()
    .request("https://localhost:1/", { method: "GET" })
    .catch((e: unknown) => e);
  expect(error).toBeInstanceOf(CountersignError);
  expect((error as TransportError).name).toBe("TransportError");
});

it("accepts by default what a bare undici agent accepts silently, and a bare one only", async () => {
  const rsa = parts.authority.issue({ key: "rsa" });
  const target = await startServer(rsa, { ciphers: "AES256-GCM-SHA384", maxVersion: "TLSv1.2" });
  parts.closing(target);
  const bare = new Agent({ connect: { ca: parts.authority.root.cert } });
  expect((await undiciRequest(target.url, { dispatcher: bare })).statusCode).toBe(200);
  await bare.close();
  await expect(parts.transport().request(target.url, { method: "GET" })).rejects.toMatchObject({
    code: "TLS_CIPHER_REFUSED",
  });
});

it("reports each handshake and each refusal as an event", async () => {
  const events: CountersignEvent[] = [];
  const { url } = await parts.server();
  const t = parts.transport({ onEvent: (event) => events.push(event) });
  await (await t.request(url, { method: "GET" })).body.dump();
  await t.request("http://localhost:8080/", { method: "GET" }).catch(() => {});
  expect(events.map((event) => event.name)).toEqual(["tls.handshake", "tls.refused"]);
  expect(events[0]).toMatchObject({
    handshake: {
      host: "localhost",
      protocol: "TLSv1.3",
      forwardSecret: true,
      resumed: false,
      policy: "default",
      peer: { subject: "CN=localhost" },
    },
  });
  expect(events[1]).toMatchObject({ host: "localhost", code: "PLAINTEXT_REFUSED" });
  expect(t.stats()).toMatchObject({ handshakes: 1, refused: 1, open: 1 });
});

it.each([
  [{ pin: [] }, "pin: is not an option; did you mean pins?"],
  [{ timeouts: { connect: 1 } }, "timeouts.connect: is not an option; did you mean connectMs?"],
  [{ tls: { cipher: [] } }, "tls.cipher: is not an option; did you mean ciphers?"],
  [{ ca: "not PEM" }, "ca[0]: must be a certificate in PEM"],
  [{ ca: [] }, "ca: must have at least one"],
  [{ ca: [null] }, "ca[0]: must be a certificate in PEM"],
  [{ ca: 5 }, "ca[0]: must be a certificate in PEM"],
  [null, "options: must be an object"],
  [{ timeouts: 5 }, "timeouts: must be an object"],
  [{ ca: "-----BEGIN CERTIFICATE-----\nbm90aGluZw==\n-----END CERTIFICATE-----" }, "ca: must be X.509 certificates"],
  [{ proxy: "socks5://p" }, "proxy: must be socks5h://"],
  [{ proxy: "gopher://p" }, "proxy: must be the URL"],
  [{ proxy: {} }, "proxy: must be the URL"],
  [{ postQuantum: "maybe" }, 'postQuantum: must be "prefer" or "require" or "off"'],
  [{ tls: "legacy" }, 'tls: must be "default" or "tls13" or "fips"'],
  [{ tls: "toString" }, "tls: must be"],
  [{ tls: null }, "tls: must be an object"],
  [{ tls: { dhe: "on" } }, 'tls.dhe: must be "off" or "min2048"'],
  [{ addresses: {} }, "addresses.cidrs: must be a list"],
  [{ addresses: null }, "addresses: must be an object"],
  [{ addresses: "vpc" }, 'addresses: must be "any"'],
  [{ addresses: { cidr: ["10.0.0.0/8"] } }, "addresses.cidr: is not an option; did you mean cidrs?"],
  [{ addresses: { cidrs: ["10.0.0.0/8", 10] } }, "addresses.cidrs[1]: must be text"],
  [{ addresses: { cidrs: [] } }, "addresses.cidrs: must have at least one"],
  [{ pins: "a" }, "pins: must be a list"],
  [{ pins: [null, undefined] }, "pins[0]: must be a SHA-256 digest"],
  [{ clock: { now: () => 0 } }, "clock: must be a clock from createClock()"],
  [{ onEvent: true }, "onEvent: must be a function"],
  [{ lookup: {} }, "lookup: must be a function"],
  [{ http2: "true" }, "http2: must be true or false"],
  [{ allowLoopbackHttp: 1 }, "allowLoopbackHttp: must be true or false"],
  [{ connections: 0 }, "connections: must be a whole number of connections from 1"],
  [[], "options: must be an object"],
])("rejects %j", (options, reason) => {
  expect(() => createTransport(options as TransportOptions)).toThrow(
    expect.objectContaining({ code: "INVALID_OPTION", message: expect.stringContaining(reason), sent: false }),
  );
});

it("trusts every certificate of a bundle, whatever else is in it", async () => {
  const { url } = await parts.server();
  const other = parts.authority.issue({ ca: true, name: "Other" });
  const bundle = `# comment\n${other.cert}\r\n# another\n${parts.authority.root.cert}`;
  for (const ca of [bundle, Buffer.from(bundle), [other.cert, Buffer.from(parts.authority.root.cert)]]) {
    expect((await parts.transport({ ca }).probe(url)).forwardSecret).toBe(true);
  }
});

it("takes options that are undefined as absent", async () => {
  const t = parts.transport({ tls: { dhe: undefined } as never, pins: undefined, timeouts: { connectMs: undefined } });
  expect(t.policy).toMatchObject({ name: "custom", dhe: "off" });
});

it("gives unforeseen errors a type", async () => {
  const lookup: TransportOptions["lookup"] = (_name, _options, answer) => answer(new Error("odd"), "", 0);
  expect(await refusal(parts.transport({ lookup }).request("https://odd.example/", { method: "GET" }))).toMatchObject({
    code: "CONNECTION_LOST",
    sent: false,
  });
});

it("is a dispatcher of undici with all that comes with one", async () => {
  const { url } = await parts.server();
  const { dispatcher } = parts.transport();
  const plain = await dispatcher.request({ origin: url, path: "/plain", method: "GET" });
  expect(await plain.body.text()).toBe("GET /plain");
  const redirecting = dispatcher.compose(
    (dispatch) => (options, handler) => dispatch({ ...options, path: "/composed" }, handler),
  );
  const composed = await redirecting.request({ origin: url, path: "/", method: "GET" });
  expect(await composed.body.text()).toBe("GET /composed");
});

it("probes without sending a request", async () => {
  const target = await parts.server();
  const report = await parts.transport().probe(target.url);
  expect(report).toMatchObject({
    host: "localhost",
    protocol: "TLSv1.3",
    cipher: "TLS_AES_256_GCM_SHA384",
    forwardSecret: true,
  });
  expect(report.peer.spkiSha256).toBe(parts.identity.pin);
  expect(target.requests()).toBe(0);
});

it("resumes TLS 1.3 with the certificate remembered, and never TLS 1.2", async () => {
  const reports: CountersignEvent[] = [];
  for (const maxVersion of ["TLSv1.3", "TLSv1.2"] as const) {
    const { url } = await parts.server({ maxVersion });
    const t = parts.transport({ onEvent: (event) => reports.push(event) });
    for (let i = 0; i < 3; i++) {
      await (await t.request(url, { method: "GET", headers: { connection: "close" } })).body.dump();
      await delay(1);
    }
  }
  const seen = reports.flatMap((event) => (event.name === "tls.handshake" ? [event.handshake] : []));
  expect(seen.map(({ protocol, resumed }) => [protocol, resumed])).toEqual([
    ["TLSv1.3", false],
    ["TLSv1.3", true],
    ["TLSv1.3", true],
    ["TLSv1.2", false],
    ["TLSv1.2", false],
    ["TLSv1.2", false],
  ]);
  expect(new Set(seen.map(({ peer }) => peer.spkiSha256))).toEqual(new Set([parts.identity.pin]));
});

it("has a server show its certificate again after a day of resumed connections", async () => {
  let days = 0;
  const clock = { ...createClock(), now: () => Date.now() + days * 86_400_000 };
  const resumed: boolean[] = [];
  const { url } = await parts.server();
  const onEvent = (event: CountersignEvent): void => {
    if (event.name === "tls.handshake") resumed.push(event.handshake.resumed);
  };
  const t = parts.transport({ clock, onEvent });
  for (const day of [0, 0.3, 0.6, 0.9, 1.2, 1.5]) {
    days = day;
    await (await t.request(url, { method: "GET", headers: { connection: "close" } })).body.dump();
    await delay(1);
  }
  // The day begins with the certificate, not with the first use of its session.
  expect(resumed).toEqual([false, true, true, true, false, true]);
});

it("has a server show its certificate again after a day, whatever dates its answers have", async () => {
  const dayMs = 86_400_000;
  let passed = 0;
  const clock = createClock({ wall: () => start + passed, monotonic: () => passed });
  const start = Date.now();
  const resumed: boolean[] = [];
  const { url } = await parts.server();
  const onEvent = (event: CountersignEvent): void => {
    if (event.name === "tls.handshake") resumed.push(event.handshake.resumed);
  };
  const t = parts.transport({ clock, onEvent });
  for (const day of [0, 0.9, 1.1, 1.9, 2.2]) {
    passed = day * dayMs;
    // As if it were still the first day.
    const at = clock.wall();
    const date = new Date(Math.max(start, at - 0.99 * dayMs));
    for (let n = 0; n < 3; n++) clock.observe({ date, sentAt: at, receivedAt: at });
    await (await t.request(url, { method: "GET", headers: { connection: "close" } })).body.dump();
    await vi.waitFor(() => expect(t.stats().open).toBe(0), 10_000);
  }
  expect(resumed).toEqual([false, true, false, true, false]);
});

it("serves with the same policy it holds servers to", async () => {
  const { url } = await parts.server(serverTlsOptions("tls13"));
  expect(await parts.transport({ tls: "tls13" }).probe(url)).toMatchObject({ protocol: "TLSv1.3", policy: "tls13" });
});

it("makes headers when a slot is granted", async () => {
  const releases: (() => void)[] = [];
  const { url } = await parts.server({}, (_request, response) => void releases.push(() => response.end("done")));
  const t = parts.transport({ connections: 1 });
  const made: number[] = [];
  const sent = [0, 1, 2].map((n) =>
    t.request(url, {
      method: "GET",
      headers: () => {
        made.push(n);
        return { "x-n": String(n) };
      },
    }),
  );
  for (let n = 0; n < 3; n++) {
    while (releases.length === n) await delay(1);
    expect(made).toEqual([0, 1, 2].slice(0, n + 1));
    expect(t.stats().pending).toBe(2 - n);
    releases[n]?.();
    await (await sent[n])?.body.text();
  }
});

it.each(Object.entries(ways))("lets a request by %s finish while it closes", async (_name, send) => {
  let finish = (): void => {};
  const { url, server: listening } = await parts.server({}, (_request, response) => {
    finish = () => response.end("finished");
    listening.emit("arrived");
  });
  const t = parts.transport();
  const answer = send(t, url);
  await once(listening, "arrived");
  const closing = t.close();
  await expect(t.request(url, { method: "GET" })).rejects.toMatchObject({ code: "CLOSED" });
  finish();
  expect(await answer).toBe("finished");
  await closing;
  expect(t.stats()).toMatchObject({ open: 0, idle: 0, pending: 0 });
});

it("turns away requests that wait when it closes", async () => {
  let finish = (): void => {};
  const { url, server: listening } = await parts.server({}, (_request, response) => {
    finish = () => response.end("finished");
    listening.emit("arrived");
  });
  const t = parts.transport({ connections: 1 });
  const first = t.request(url, { method: "GET" });
  const made: string[] = [];
  const second = t.request(url, { method: "GET", headers: () => (made.push("signed"), {}) });
  await once(listening, "arrived");
  const closing = t.close();
  await expect(second).rejects.toMatchObject({ code: "CLOSED", sent: false });
  expect(made).toEqual([]);
  finish();
  expect(await (await first).body.text()).toBe("finished");
  await closing;
});

it("leaves nothing open when it is closed", async () => {
  const { url } = await parts.server();
  const t = parts.transport();
  await Promise.all(Object.values(ways).map((send) => send(t, url)));
  expect(t.stats().open).toBeGreaterThan(0);
  await t.close();
  expect(t.stats()).toMatchObject({ open: 0, idle: 0, pending: 0 });
  await expect(t.request(url, { method: "GET" })).rejects.toMatchObject({ code: "CLOSED" });
});
