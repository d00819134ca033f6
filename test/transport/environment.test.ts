import { execFile } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { type Authority, createAuthority } from "../../packages/transport/test/authority.ts";
import { type ProxyServer, startProxy } from "../../packages/transport/test/proxy-server.ts";
import { type Runtime, runtimeBinary } from "../runtimes/binaries.ts";
import { type ClientProcess, startClient } from "./client-process.ts";
import {
  deliveries,
  engineConfiguration,
  hostileCommands,
  opensslConfiguration,
  withoutKeyShare,
} from "./hostile-openssl.ts";
import { startPostQuantum } from "./matrix-servers.ts";
import { type Nginx, startNginx } from "./nginx.ts";

const runtimes: readonly Runtime[] = ["node", "n22", "n24", "n26"];
const ways = ["https.Agent", "undici request", "request", "SDK handler", "SDK handler over HTTP/2", "fetch", "HTTP/2"];

let authority: Authority;
let nginx: Nginx;
const open: { close(): Promise<unknown> }[] = [];

beforeAll(async () => {
  authority = createAuthority();
  const rsa = authority.issue({ key: "rsa" });
  nginx = await startNginx(authority.directory, [
    {
      name: "static RSA",
      identity: rsa,
      directives: ["ssl_protocols TLSv1.2;", "ssl_ciphers AES256-GCM-SHA384:AES256-SHA;"],
    },
    { name: "TLS 1.1", identity: rsa, directives: ["ssl_protocols TLSv1.1;", "ssl_ciphers ALL:@SECLEVEL=0;"] },
    { name: "TLS 1.2", identity: rsa, directives: ["ssl_protocols TLSv1.2;"] },
    { name: "good", identity: rsa, directives: ["ssl_protocols TLSv1.2 TLSv1.3;"] },
  ]);
}, 60_000);

afterAll(async () => {
  await Promise.all(open.map((part) => part.close()));
  await nginx?.stop();
  authority?.dispose();
});

async function client(
  runtime: Runtime,
  env: Record<string, string | undefined> = {},
  flags: readonly string[] = [],
): Promise<ClientProcess> {
  const started = await startClient(runtime, env, flags);
  open.push({ close: () => started.stop() });
  return started;
}

async function proxy(options: Parameters<typeof startProxy>[0] = {}): Promise<ProxyServer> {
  const started = await startProxy(options);
  open.push(started);
  return started;
}

const url = (name: string): string => `https://localhost:${nginx.port(name)}/environment`;

describe.each(runtimes)("%s", (runtime) => {
  it("does not start where certificates are not checked", async () => {
    const unsafe = await client(runtime, { NODE_TLS_REJECT_UNAUTHORIZED: "0", NODE_NO_WARNINGS: "1" });
    for (const way of ways) {
      expect((await unsafe.run({ way, url: url("good"), options: {} })).outcome).toBe("ENVIRONMENT_UNSAFE");
    }
  });

  it("does not start where session keys are written to a file", async () => {
    const unsafe = await client(runtime, {
      NODE_OPTIONS: `--tls-keylog=${authority.directory}/keys`,
      NODE_NO_WARNINGS: "1",
    });
    expect((await unsafe.run({ way: "request", url: url("good"), options: {} })).outcome).toBe("ENVIRONMENT_UNSAFE");
  });

  it("connects nowhere where session keys are written to a file, wherever the setting came from", async () => {
    const keys = join(authority.directory, `${runtime}.keys`);
    const configuration = join(authority.directory, `${runtime}.json`);
    writeFileSync(configuration, JSON.stringify({ nodeOptions: { "tls-keylog": keys } }));
    const settings = [[`--tls-keylog=${keys}`, "--import=data:text/javascript,process.execArgv.length=0"]];
    // Node 20 reads no configuration file.
    if (runtime !== "node") settings.push([`--experimental-config-file=${configuration}`]);
    const options = { ca: authority.root.cert };
    for (const flags of settings) {
      // Even an empty NODE_OPTIONS would take the place of the configuration file.
      const unsafe = await client(runtime, { NODE_OPTIONS: undefined, NODE_NO_WARNINGS: "1" }, flags);
      for (const way of ways) {
        expect((await unsafe.run({ way, url: url("good"), options })).outcome).toBe("ENVIRONMENT_UNSAFE");
      }
      expect(existsSync(keys)).toBe(false);
      // The attack works on what has no policy.
      expect((await unsafe.run({ way: "bare", url: url("good"), options })).outcome).toBe("accepted");
      await expect.poll(() => readFileSync(keys, "utf8")).toContain("_SECRET");
      rmSync(keys);
    }
  });

  it("keeps its policy where Node's own defaults were rewritten", async () => {
    const weakened = await client(runtime, { NODE_OPTIONS: "--tls-cipher-list=AES256-SHA:@SECLEVEL=0 --tls-min-v1.0" });
    const options = { ca: authority.root.cert };
    // The attack works on what has no policy.
    expect((await weakened.run({ way: "bare", url: url("static RSA"), options })).outcome).toBe("accepted");
    for (const way of ways) {
      expect((await weakened.run({ way, url: url("static RSA"), options })).outcome).toBe("TLS_CIPHER_REFUSED");
      expect((await weakened.run({ way, url: url("TLS 1.1"), options })).outcome).toBe("TLS_PROTOCOL_REFUSED");
      expect((await weakened.run({ way, url: url("good"), options })).outcome).toMatch(/^TLSv1\.3 /);
    }
  });

  it("node-fetch/node-fetch#1016: refuses an origin without forward secrecy behind a proxy", async () => {
    const through = await client(runtime);
    const { url: proxyUrl } = await proxy();
    const options = { ca: authority.root.cert, proxy: proxyUrl };
    for (const way of ways) {
      expect((await through.run({ way, url: url("static RSA"), options })).outcome).toBe("TLS_CIPHER_REFUSED");
      expect((await through.run({ way, url: url("good"), options })).outcome).toMatch(/^TLSv1\.3 /);
    }
  });

  it("shows a proxy that reads along in the report, and refuses it by a pin", async () => {
    const trusting = await client(runtime, { NODE_EXTRA_CA_CERTS: authority.root.certFile });
    const reading = await proxy({ intercepts: authority.issue({ name: "Corporate Inspection" }) });
    const intercepted = await trusting.run({ way: "request", url: url("good"), options: { proxy: reading.url } });
    expect(intercepted.handshakes?.[0]?.peer.subject).toBe("CN=Corporate Inspection");
    const carried = reading.carried.length;
    const pins = [Buffer.alloc(32, 1).toString("base64"), Buffer.alloc(32, 2).toString("base64")];
    for (const way of ways.filter((name) => !name.includes("HTTP/2"))) {
      const result = await trusting.run({ way, url: url("good"), options: { proxy: reading.url, pins } });
      expect(result.outcome).toBe("TLS_PIN_MISMATCH");
    }
    expect(reading.carried).toHaveLength(carried);
  });
});

describe("kind: evidence, not inference: OpenSSL's configuration cannot lower the policy", () => {
  it.each(hostileCommands)("%s", async (command) => {
    const env = { OPENSSL_CONF: opensslConfiguration(command) };
    const options = { ca: authority.root.cert };
    const attacked = await Promise.all(runtimes.map((runtime) => client(runtime, env)));
    for (const one of attacked) {
      for (const way of ways) {
        const outcome = async (name: string): Promise<string> =>
          (await one.run({ way, url: url(name), options })).outcome;
        expect([one.title, way, await outcome("static RSA")]).toEqual([one.title, way, "TLS_CIPHER_REFUSED"]);
        expect(await outcome("TLS 1.1")).toMatch(/^TLS_(?:PROTOCOL|CIPHER)_REFUSED$/);
        expect([way, await outcome("good")]).toEqual([way, expect.stringMatching(/^TLSv1\.[23] /)]);
      }
      await one.stop();
    }
  });

  // UnsafeLegacyServerConnect shows that the configuration is read: it costs every connection of TLS 1.2.
  const hostile = ["Options = UnsafeLegacyServerConnect", "MinProtocol = TLSv1", "CipherString = kRSA:@SECLEVEL=0"];
  it.each(Object.entries(deliveries(...hostile)))("however it comes to be read: %s", async (_, env) => {
    const options = { ca: authority.root.cert };
    for (const one of await Promise.all(runtimes.map((runtime) => client(runtime, env)))) {
      for (const way of ways) {
        const outcome = async (name: string): Promise<string> =>
          (await one.run({ way, url: url(name), options })).outcome;
        expect([
          one.title,
          way,
          await outcome("static RSA"),
          await outcome("TLS 1.1"),
          await outcome("TLS 1.2"),
        ]).toEqual([one.title, way, "TLS_CIPHER_REFUSED", "TLS_PROTOCOL_REFUSED", "TLS_PROTOCOL_REFUSED"]);
        expect([way, await outcome("good")]).toEqual([way, expect.stringMatching(/^TLSv1\.3 /)]);
      }
      await one.stop();
    }
  });

  it.each(runtimes)("an engine that does not load ends %s before anything is sent", async (runtime) => {
    const env = { ...process.env, NODE_OPTIONS: "", OPENSSL_CONF: engineConfiguration() };
    const started = promisify(execFile)(runtimeBinary(runtime), ["-p", "'started'"], { env });
    await expect(started).rejects.toMatchObject({ stdout: "" });
  });
});

describe("kind: evidence, not inference: a configuration that admits servers without secure renegotiation", () => {
  const legacy = hostileCommands.filter((command) => command.includes("UnsafeLegacy"));
  it.each(runtimes)("costs %s every connection of TLS 1.2, and none of TLS 1.3", async (runtime) => {
    for (const command of legacy) {
      const attacked = await client(runtime, { OPENSSL_CONF: opensslConfiguration(command) });
      for (const way of ways) {
        const options = { ca: authority.root.cert };
        const refused = await attacked.run({ way, url: url("TLS 1.2"), options });
        expect([way, refused.outcome]).toEqual([way, "TLS_PROTOCOL_REFUSED"]);
        expect((await attacked.run({ way, url: url("good"), options })).outcome).toMatch(/^TLSv1\.3 /);
      }
      const { message } = await attacked.run({
        way: "request",
        url: url("TLS 1.2"),
        options: { ca: authority.root.cert },
      });
      expect(message).toContain("remove UnsafeLegacyServerConnect and UnsafeLegacyRenegotiation");
      await attacked.stop();
    }
    const untouched = await client(runtime);
    const { outcome } = await untouched.run({
      way: "request",
      url: url("TLS 1.2"),
      options: { ca: authority.root.cert },
    });
    expect(outcome).toMatch(/^TLSv1\.2 /);
  });
});

describe("kind: evidence, not inference: a server that resumes without a key share", () => {
  it.each(runtimes)("is refused once by %s, and gets full handshakes after that", async (runtime) => {
    const server = await startPostQuantum(authority.issue(), "X25519:P-256", withoutKeyShare);
    open.push({ close: () => server.stop() });
    const attacked = await client(runtime, { OPENSSL_CONF: opensslConfiguration("Options = AllowNoDHEKEX") });
    const job = { way: "request", url: `https://localhost:${server.port}/`, options: { ca: authority.root.cert } };
    const { outcome } = await attacked.run({ ...job, attempts: 5 });
    const full = "TLSv1.3 TLS_AES_256_GCM_SHA384 X25519";
    expect(outcome).toBe([full, "TLS_NOT_FORWARD_SECRET", full, full, full].join("; "));
    expect(await server.requests()).toBe(4);
  });
});

it("sent nothing to what it refused, by the servers' own records", async () => {
  // The one request of each runtime is that of the bare client; nginx writes it down a little later.
  await vi.waitFor(() => expect(nginx.requests("static RSA")).toBe(runtimes.length), 10_000);
  expect(nginx.requests("TLS 1.1")).toBe(0);
  // Two requests of each untouched client.
  await vi.waitFor(() => expect(nginx.requests("TLS 1.2")).toBe(2 * runtimes.length), 10_000);
});
