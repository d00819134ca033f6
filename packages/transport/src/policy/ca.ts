import { crypto } from "../builtin.ts";
import { cleanCause } from "../errors/clean-cause.ts";
import { invalidOption } from "../errors/error.ts";

const block = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

/**
 * Splits the `ca` option into certificates and checks each. Node skips unreadable ones, and the transport would silently
 * trust fewer CAs than it was given.
 *
 * @throws {TransportError} `INVALID_OPTION`.
 */
export function parseCa(ca: string | Buffer | readonly (string | Buffer)[]): string[] {
  const certificates = [ca].flat().flatMap((pem, index) => {
    const text = Buffer.isBuffer(pem) ? pem.toString("latin1") : pem;
    const found = typeof text === "string" ? (text.match(block) ?? []) : [];
    if (found.length === 0) throw invalidOption(`ca[${index}]: must be a certificate in PEM`);
    return found;
  });
  if (certificates.length === 0)
    throw invalidOption("ca: must have at least one certificate; leave it out to trust Node's CAs");
  for (const [index, pem] of certificates.entries()) {
    try {
      void new crypto.X509Certificate(pem);
    } catch (error) {
      throw invalidOption(`ca: must be X.509 certificates; certificate ${index} cannot be parsed`, cleanCause(error));
    }
  }
  return certificates;
}
