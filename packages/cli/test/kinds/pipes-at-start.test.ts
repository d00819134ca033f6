import { execFile, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { prepareProxy } from "../../src/proxy/server.ts";
import { prepareServer } from "../../src/serve/server.ts";
import { run } from "../run.ts";

const roleArn = "arn:aws:iam::123456789012:role/inference";
const folder = mkdtempSync(path.join(tmpdir(), "countersign-start-"));
const at = (name: string): string => path.join(folder, name);
const pipe = at("pipe");
const io = {
  stdout: () => undefined,
  stderr: () => undefined,
  isTerminal: false,
  columns: 80,
  env: { HOME: folder, AWS_ACCESS_KEY_ID: "AKIDEXAMPLE", AWS_SECRET_ACCESS_KEY: "secret" },
};

beforeAll(() => {
  const name = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=localhost"];
  execFileSync("openssl", ["req", "-x509", ...name, "-keyout", at("key.pem"), "-out", at("cert.pem")], {
    stdio: "ignore",
  });
});
afterAll(() => rmSync(folder, { recursive: true }));
beforeEach(() => {
  rmSync(pipe, { force: true });
  execFileSync("mkfifo", [pipe]);
});

/** Starts a program that holds the pipe open, so that a reader waits, and writes nothing. */
async function hold(): Promise<void> {
  const holder = spawn("sh", ["-c", 'exec 9<>"$0"; echo held; exec sleep 25', pipe], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  onTestFinished(() => void holder.kill());
  await once(holder.stdout, "data");
}

const grants = { task: { kind: "container", roleArn, tokenSha256: ["a".repeat(64)] } };
const vending = { hosts: ["localhost"], grants };
const identityProvider = { issuer: "https://issuer.example", audience: "a", jwksFile: pipe };
const clients = [{ name: "a", keyFile: pipe, allow: [] }];
const withCertificate = { certificateFile: at("cert.pem"), keyFile: at("key.pem") };
const ofAuthorities = { port: 0, ...withCertificate, clientCaFile: at("cert.pem") };
const known = [{ name: "a", certificateSha256: "a".repeat(64), allow: [] }];

describe.skipIf(process.platform === "win32")("kind: a gate that cannot judge refuses: a daemon starts", () => {
  it.each([
    [
      "a certificate of serve",
      prepareServer,
      { listen: [{ port: 0, certificate: pipe, key: at("key.pem") }], vending },
    ],
    [
      "the operators' token of serve",
      prepareServer,
      { listen: [{ port: 0 }], vending, admin: { port: 0, token: { file: pipe } } },
    ],
    ["a provider's keys", prepareServer, { listen: [{ port: 0 }], vending: { ...vending, identityProvider } }],
    ["a client's key", prepareProxy, { listen: [{ port: 0 }], clients }],
    [
      "authorities of clients",
      prepareProxy,
      { listen: [{ port: 0, ...withCertificate, clientCaFile: pipe }], clients: known },
    ],
    [
      "the operators' token of proxy",
      prepareProxy,
      { listen: [ofAuthorities], clients: known, admin: { port: 0, token: { file: pipe } } },
    ],
  ] as const)("with a pipe in the place of %s: it is refused and blocks nothing", async (_name, prepare, config) => {
    const file = at("daemon.json");
    writeFileSync(file, JSON.stringify({ version: 1, region: "us-east-1", ...config }));
    await hold();
    const began = performance.now();
    await expect(prepare(file, io)).rejects.toMatchObject({
      code: "FILE_UNREADABLE",
      message: expect.stringContaining(`${pipe}: must be a file`),
    });
    expect(performance.now() - began).toBeLessThan(15_000);
  });
});

describe.skipIf(process.platform === "win32")("a configuration that a pipe brings", () => {
  it.each([
    ["serve", { listen: [{ port: 0 }], vending }, "can be served"],
    ["proxy", { listen: [ofAuthorities], clients: known }, "can be used"],
  ])("is read once by %s, also with --check", async (command, config, said) => {
    const text = JSON.stringify({ version: 1, region: "us-east-1", ...config });
    execFile("sh", ["-c", 'sleep 0.2; printf %s "$1" > "$0"', pipe, text]).unref();
    expect(await run([command, pipe, "--check"], io.env)).toMatchObject({
      out: expect.stringContaining(said),
      err: "",
    });
  });
});

describe("kind: the error says what is wrong: a listener of proxy", () => {
  it("with a certificate that has expired fails --check", async () => {
    const file = at("daemon.json");
    writeFileSync(file, JSON.stringify({ version: 1, region: "us-east-1", listen: [ofAuthorities], clients: known }));
    const prepared = await prepareProxy(file, io);
    const check = (): void => prepared.checkCertificates();
    expect(check).not.toThrow();
    const now = vi.spyOn(Date, "now").mockReturnValue(Date.now() + 400 * 24 * 60 * 60_000);
    expect(check).toThrow(/cert\.pem: it has expired/);
    now.mockRestore();
    await prepared.close();
  });

  it.each([
    ["a short key", ["-newkey", "rsa:1024"]],
    [
      "a key on a curve that no signature of the policy has",
      ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:secp256k1"],
    ],
  ])("with %s is refused before it starts", async (_name, key) => {
    const own = { certificateFile: at("odd.pem"), keyFile: at("odd-key.pem") };
    const files = ["-keyout", own.keyFile, "-out", own.certificateFile];
    execFileSync("openssl", ["req", "-x509", ...key, "-nodes", "-subj", "/CN=localhost", ...files], {
      stdio: "ignore",
    });
    const file = at("daemon.json");
    const listen = [{ port: 0, ...own, clientCaFile: at("cert.pem") }];
    writeFileSync(file, JSON.stringify({ version: 1, region: "us-east-1", listen, clients: known }));
    await expect(prepareProxy(file, io)).rejects.toMatchObject({
      code: "INVALID_CONFIG",
      message: expect.stringContaining("odd-key.pem: must be an RSA key of 2,048 bits or more"),
    });
  });
});
