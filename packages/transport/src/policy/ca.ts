import { X509Certificate } from "node:crypto";
import { invalidOption } from "../errors/error.ts";

const block = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

/**
 * Takes the certificates of the `ca` option apart. Node skips what it cannot read, which would leave a transport that
 * trusts fewer CAs than it was given, or none.
 *
 * @throws {TransportError} `INVALID_OPTION`.
 */
export function parseCa(ca: string | Buffer | readonly (string | Buffer)[]): string[] {
  const certificates = [ca].flat().flatMap((pem, index) => {
    const text = Buffer.isBuffer(pem) ? pem.toString("latin1") : pem;
    const found = typeof text === "string" ? (text.match(block) ?? []) : [];
    if (found.length === 0) throw invalidOption(`ca: entry ${index} has no certificate in PEM`);
    return found;
  });
  if (certificates.length === 0) throw invalidOption("ca: at least one certificate is needed");
  for (const [index, pem] of certificates.entries()) {
    try {
      void new X509Certificate(pem);
    } catch (error) {
      throw invalidOption(`ca: certificate ${index} cannot be read`, error);
    }
  }
  return certificates;
}
