import { X509Certificate } from "node:crypto";
import { describe, expect, it } from "vitest";
import { createCertificateAuthority } from "../../src/tls/certificates.ts";

describe("certificates", () => {
  const authority = createCertificateAuthority();
  const issuer = new X509Certificate(authority.cert);

  it("come from an authority that may sign certificates and nothing else", () => {
    expect([issuer.ca, issuer.keyUsage]).toEqual([true, undefined]);
    expect(issuer.checkIssued(issuer)).toBe(true);
  });

  it("are for servers of these names, signed by it", () => {
    const leaf = new X509Certificate(
      authority.issue({ names: ["localhost", "*.example.com", "127.0.0.1", "::1"] }).cert,
    );
    expect([leaf.ca, leaf.verify(issuer.publicKey), leaf.checkIssued(issuer), leaf.keyUsage]).toEqual([
      false,
      true,
      true,
      ["1.3.6.1.5.5.7.3.1"],
    ]);
    expect(leaf.subjectAltName).toBe(
      "DNS:localhost, DNS:*.example.com, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1",
    );
    expect([leaf.checkHost("a.example.com"), leaf.checkHost("a.b.example.com"), leaf.checkIP("127.0.0.2")]).toEqual([
      "*.example.com",
      undefined,
      undefined,
    ]);
  });

  it("never have the same serial number", () => {
    const serials = Array.from(
      { length: 20 },
      () => new X509Certificate(authority.issue({ names: ["a"] }).cert).serialNumber,
    );
    expect(new Set(serials).size).toBe(20);
  });

  it("may last beyond 2049, where ASN.1 writes the year in full", () => {
    const leaf = new X509Certificate(
      authority.issue({ names: ["a"], notAfter: new Date("2055-06-07T08:09:10Z") }).cert,
    );
    expect(new Date(leaf.validTo).toISOString()).toBe("2055-06-07T08:09:10.000Z");
  });
});
