import { X509Certificate, createHash } from "node:crypto";
import { expect, it } from "vitest";
import { describeCertificate, spkiSha256 } from "../../src/connection/peer-certificate.ts";
import { publicKeyInfo } from "../../src/connection/public-key-info.ts";
import { rootCertificates } from "node:tls";
import { useParts } from "../parts.ts";

const parts = useParts();

it("is the key that Node exports, for every root that Node trusts", () => {
  expect(rootCertificates.length).toBeGreaterThan(100);
  for (const pem of rootCertificates) {
    const certificate = new X509Certificate(pem);
    const exported = certificate.publicKey.export({ type: "spki", format: "der" });
    expect(publicKeyInfo(certificate.raw).equals(exported)).toBe(true);
    expect(spkiSha256(certificate)).toBe(createHash("sha256").update(exported).digest("base64"));
  }
});

it("is what openssl hashes", () => {
  for (const { cert, pin } of [parts.identity, parts.authority.root, parts.authority.issue({ key: "rsa" })]) {
    expect(describeCertificate(new X509Certificate(cert)).spkiSha256).toBe(pin);
  }
});

it("refuses what is not DER, wherever it is cut or changed", () => {
  const { raw } = new X509Certificate(parts.identity.cert);
  const key = publicKeyInfo(raw);
  const end = raw.indexOf(key) + key.length;
  for (let length = 0; length < end; length++)
    expect(() => publicKeyInfo(raw.subarray(0, length))).toThrow("not in DER");
  // The indefinite length of BER, and another element in the place of a field.
  for (const [position, byte] of [
    [1, 0x80],
    [0, 0x31],
    [5, 0x80],
  ] as const) {
    const changed = Buffer.from(raw);
    changed[position] = byte;
    expect(() => publicKeyInfo(changed)).toThrow("not in DER");
  }
});
