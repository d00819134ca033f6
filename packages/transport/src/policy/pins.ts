import type { TLSSocket } from "node:tls";
import type { HandshakeReport } from "@countersign/signer";
import { TransportError, invalidOption } from "../errors/error.ts";
import { spkiSha256, vouchingCertificates } from "../connection/peer-certificate.ts";

/** The SHA-256 of a subject public key info in base64, with or without `sha256/` in front: `sha256/JSMzqO…=`. */
export type SpkiPin = string;

/**
 * Checks the `pins` option and gives the bare digests.
 *
 * @throws {TransportError} `INVALID_OPTION` for fewer than two different pins: with a single one, a key that has to be
 *   replaced overnight takes the service down (RFC 7469, section 4.3).
 */
export function parsePins(pins: readonly SpkiPin[]): ReadonlySet<string> {
  if (!Array.isArray(pins)) throw invalidOption("pins: must be a list");
  const digests = new Set(
    pins.map((pin: unknown) => {
      const digest = String(pin).replace(/^sha256\//, "");
      if (/^[A-Za-z0-9+/]{43}=$/.test(digest)) return digest;
      throw invalidOption(`pins: "${String(pin)}" is not a SHA-256 digest in base64 (44 characters)`);
    }),
  );
  if (digests.size < 2) throw invalidOption("pins: at least two different pins are needed, one of them a spare key");
  return digests;
}

/**
 * Compares the validated chain of a full handshake with the pins.
 *
 * @throws {TransportError} `TLS_PIN_MISMATCH`.
 */
export function assertPins(
  socket: TLSSocket,
  pins: ReadonlySet<string>,
  report: Partial<HandshakeReport> & { readonly host: string },
): void {
  for (const certificate of vouchingCertificates(socket)) if (pins.has(spkiSha256(certificate))) return;
  throw new TransportError(
    "TLS_PIN_MISMATCH",
    `${report.host}: no certificate of the chain has a pinned key; it was issued by ${report.peer?.issuer ?? "nobody"}`,
    { phase: "handshake", handshake: report },
  );
}
