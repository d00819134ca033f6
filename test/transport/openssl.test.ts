import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import https from "node:https";
import { createClock } from "@countersign/signer";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type Transport, createTransport } from "@countersign/transport";
import { type Authority, type Identity, createAuthority } from "../../packages/transport/test/authority.ts";
import { startClient } from "./client-process.ts";
import { opensslConfiguration } from "./hostile-openssl.ts";
import { type OpensslServer, startOpenssl } from "./openssl-server.ts";

let authority: Authority;
let rsa: Identity;
const open: { close(): Promise<unknown> }[] = [];

beforeAll(() => {
  authority = createAuthority();
  rsa = authority.issue({ key: "rsa" });
});
afterAll(() => authority.dispose());
afterEach(async () => {
  await Promise.all(open.splice(0).map((part) => part.close()));
});

async function server(flags: readonly string[], answers = false): Promise<OpensslServer> {
  const started = await startOpenssl(rsa, flags, answers);
  open.push({ close: () => started.stop() });
  return started;
}

function transport(options: Parameters<typeof createTransport>[0] = {}): Transport {
  const made = createTransport({ ca: authority.root.cert, ...options });
  open.push(made);
  return made;
}

const tls12 = ["-tls1_2", "-cipher", "ECDHE-RSA-AES128-GCM-SHA256"];

describe("openssl s_server", () => {
  it("that asks for a renegotiation gets none", async () => {
    const target = await server(tls12);
    const pending = transport()
      .request(`https://localhost:${target.port}/`, { method: "GET" })
      .then(
        () => "answered",
        (error: { code: string }) => error.code,
      );
    await target.printed("\r\n\r\n");
    target.write("r\n");
    // The alert no_renegotiation (RFC 5246, section 7.2.2) ends s_server's connection.
    expect(await pending).toBe("CONNECTION_LOST");
    await target.printed("no renegotiation");
  });

  it(
    "that asks for a renegotiation gets none, whatever OpenSSL's configuration allows",
    { timeout: 120_000 },
    async () => {
      for (const runtime of ["node", "n22", "n24", "n26"] as const) {
        const target = await server(tls12);
        // The options of unsafe legacy renegotiation cost every connection of TLS 1.2: see environment.test.ts.
        const conf = opensslConfiguration("Options = ClientRenegotiation");
        const client = await startClient(runtime, { OPENSSL_CONF: conf });
        open.push({ close: () => client.stop() });
        const url = `https://localhost:${target.port}/`;
        const pending = client.run({ way: "request", url, options: { ca: authority.root.cert } });
        await target.printed("\r\n\r\n");
        target.write("r\n");
        expect([runtime, (await pending).outcome]).toEqual([runtime, "CONNECTION_LOST"]);
        expect(target.output()).toContain("no renegotiation");
      }
    },
  );

  it("that drops the connection in the middle of an answer is reported with its phase", async () => {
    const target = await server(["-tls1_3"]);
    const pending = transport().request(`https://localhost:${target.port}/`, { method: "GET" });
    await target.printed("\r\n\r\n");
    target.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npart\n");
    const { body } = await pending;
    await target.stop();
    await expect(body.text()).rejects.toMatchObject({ code: "CONNECTION_LOST", phase: "response", sent: true });
  });

  it("that never answers is waited for as long as the limit says", async () => {
    const target = await server(["-tls1_3"]);
    const pending = transport({ timeouts: { headersMs: 2_000 } }).request(`https://localhost:${target.port}/`, {
      method: "GET",
    });
    const ended = pending.catch((error: unknown) => error);
    await target.printed("\r\n\r\n");
    expect(await ended).toMatchObject({ code: "HEADERS_TIMEOUT", phase: "request", sent: true });
    expect(target.output()).toContain("GET / HTTP/1.1");
  });

  it("that cut the session short does not have it resumed blindly", async () => {
    const target = await server(["-tls1_3"], true);
    const t = transport();
    const url = `https://localhost:${target.port}/`;
    await (await t.request(url, { method: "GET" })).body.text();
    await target.stop();
    const restarted = await startOpenssl(rsa, ["-tls1_3", "-accept", String(target.port)], true);
    open.push({ close: () => restarted.stop() });
    // Its ticket keys are new: it does a full handshake, and so do we.
    expect(await (await t.request(url, { method: "GET" })).body.text()).toBe("ok");
  });

  it("that brings a new ticket with each resumed connection shows its certificate again after a day", async () => {
    const target = await server(["-tls1_3"], true);
    let days = 0;
    const resumed: boolean[] = [];
    const t = transport({
      clock: { ...createClock(), now: () => Date.now() + days * 86_400_000 },
      onEvent: (event) => {
        if (event.name === "tls.handshake") resumed.push(event.handshake.resumed);
      },
    });
    for (days of [0, 0.4, 0.8, 1.2, 1.6, 2, 2.4]) {
      await (await t.request(`https://localhost:${target.port}/`, { method: "GET" })).body.text();
      // A server of Node brings a ticket with full handshakes alone, which hides where the day begins.
      await expect.poll(() => t.stats().open).toBe(0);
    }
    expect(resumed).toEqual([false, true, true, false, true, true, false]);
  });

  it("without post-quantum groups is not asked twice by a runtime that has them", async () => {
    const target = await server(["-tls1_3", "-groups", "X25519", "-msg"], true);
    const client = await startClient("n24");
    open.push({ close: () => client.stop() });
    const url = `https://localhost:${target.port}/`;
    const { outcome } = await client.run({ way: "request", url, options: { ca: authority.root.cert } });
    expect(outcome).toContain("X25519;");
    // Two connections, each of one hello: a hybrid key share alone would cost a HelloRetryRequest (RFC 8446, section 4.1.4).
    expect(target.output().match(/, ClientHello/g)).toHaveLength(2);
  });

  it("is offered TLS 1.2 sessions by an agent of Node's, and none by ours", async () => {
    const target = await server(tls12, true);
    const url = `https://localhost:${target.port}/`;
    const t = transport();
    for (let n = 0; n < 2; n++) await (await t.request(url, { method: "GET" })).body.text();
    expect(target.output()).not.toContain("Reused session-id");
    const agent = new https.Agent({ ca: authority.root.cert });
    for (let n = 0; n < 2; n++) {
      const [response] = (await once(https.get(url, { agent }), "response")) as [IncomingMessage];
      await once(response.resume(), "close");
    }
    await target.printed("Reused session-id");
  });
});
