import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import {
  certificateFault,
  certificatesOf,
  checkCertificates,
  type PresentedCertificate,
} from "../../src/daemon/certificate.ts";

const DAY_MS = 24 * 60 * 60_000;
const folder = mkdtempSync(path.join(tmpdir(), "countersign-certificate-"));
const at = (name: string): string => path.join(folder, name);
let one: PresentedCertificate;

beforeAll(() => {
  const words =
    "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=a -days 30 -keyout a.key -out a.pem";
  execFileSync("openssl", words.split(" "), { cwd: folder, stdio: "pipe" });
  [one] = certificatesOf([undefined, {}, { certificate: at("a.pem"), key: at("a.key") }]) as [PresentedCertificate];
});
afterAll(() => rmSync(folder, { recursive: true }));

it("its validity is read", () => {
  expect(one.certificate).toBe(at("a.pem"));
  expect(Math.abs(one.notBefore - Date.now())).toBeLessThan(60_000);
  expect(one.notAfter - one.notBefore).toBe(30 * DAY_MS);
});

it.each<[string, () => number, object | undefined]>([
  [
    "a minute too early",
    () => one.notBefore - 60_000,
    { level: "error", reason: expect.stringContaining("not valid yet") },
  ],
  ["now", () => Date.now(), undefined],
  ["eight days ahead of its end", () => one.notAfter - 8 * DAY_MS, undefined],
  [
    "six days ahead of its end",
    () => one.notAfter - 6 * DAY_MS,
    { level: "warn", reason: expect.stringContaining("renew") },
  ],
  ["after its end", () => one.notAfter + 1000, { level: "error", reason: expect.stringContaining("has expired") }],
])("%s it has the right fault", (_, when, fault) => {
  expect(certificateFault(one, when())).toEqual(fault);
});

it("fails the check of a configuration when clients refuse it", () => {
  const listener = { certificate: at("a.pem"), key: at("a.key") };
  expect(() => checkCertificates([undefined, listener], one.notAfter + 1000)).toThrow(/a\.pem: it has expired/);
  expect(() => checkCertificates([listener], one.notAfter - 1000)).not.toThrow();
});

it("is refused by name when it or its key is empty, no PEM, or a folder", () => {
  writeFileSync(at("empty"), "");
  writeFileSync(at("text"), "text");
  for (const other of ["empty", "text", "."])
    for (const files of [
      { certificate: at(other), key: at("a.key") },
      { certificate: at("a.pem"), key: at(other) },
    ])
      expect(() => certificatesOf([files])).toThrow(/must be a certificate and its key|cannot read/);
});

function faultOf(check: () => void): string {
  try {
    check();
    return "";
  } catch (error) {
    return (error as Error).message;
  }
}

/** OpenSSL's words for a key, and whether clients accept it. */
it.each<[string, boolean]>([
  ["rsa:1024", false],
  ["rsa:2047", false],
  ["rsa:2048", true],
  ["rsa-pss -pkeyopt rsa_keygen_bits:1024", false],
  ["rsa-pss -pkeyopt rsa_keygen_bits:2048", true],
  ["ec -pkeyopt ec_paramgen_curve:secp256k1", false],
  ["ec -pkeyopt ec_paramgen_curve:P-224", false],
  ["ec -pkeyopt ec_paramgen_curve:P-521", true],
  ["ed25519", true],
  ["ed448", false],
])("with a key %s fails the check of a configuration unless clients accept it: %s", (kind, isAccepted) => {
  const words = `req -x509 -newkey ${kind} -nodes -subj /CN=a -days 30 -keyout k.key -out k.pem`;
  execFileSync("openssl", words.split(" "), { cwd: folder, stdio: "pipe" });
  const check = (): void => checkCertificates([{ certificate: at("k.pem"), key: at("k.key") }], Date.now());
  const refused = expect.stringMatching(/k\.key: must be an RSA key of 2,048 bits or more/);
  expect(faultOf(check)).toEqual(isAccepted ? "" : refused);
});
