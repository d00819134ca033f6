import { execFile, execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { prepareProxy } from "../../src/proxy/server.ts";
import { prepareServer } from "../../src/serve/server.ts";

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
  // It holds the pipe open for two seconds, so that a reader waits, and writes nothing.
  execFile("sh", ["-c", 'exec 9<>"$0"; sleep 2', pipe]).unref();
});

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
    const began = performance.now();
    await expect(prepare(file, io)).rejects.toMatchObject({
      code: "FILE_UNREADABLE",
      message: expect.stringContaining(`${pipe}: must be a file`),
    });
    expect(performance.now() - began).toBeLessThan(1500);
  });
});
