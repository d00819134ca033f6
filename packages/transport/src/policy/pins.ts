import type { TLSSocket } from "node:tls";
import type { HandshakeReport } from "@countersign/signer";
import { TransportError, invalidOption } from "../errors/error.ts";
import { spkiSha256, vouchingCertificates } from "../connection/peer-certificate.ts";

/** The SHA-256 of a subject public key info in base64, with or without `sha256/` in front: `sha256/JSMzqO…=`. */
export type SpkiPin = string;

/**
 * Checks the `pins` option and returns the digests without their prefix.
 *
 * @throws {TransportError} `INVALID_OPTION`, also for fewer than two different pins: with a single pin, replacing a lost
 *   key takes the service down (RFC 7469, section 4.3).
 */
export function parsePins(pins: readonly SpkiPin[]): ReadonlySet<string> {
  if (!Array.isArray(pins)) throw invalidOption("pins: must be a list of SHA-256 digests in base64");
  const digests = new Set(
    Array.from(pins, (pin: unknown, index) => {
      const digest = typeof pin === "string" ? pin.replace(/^sha256\//, "") : "";
      if (/^[A-Za-z0-9+/]{43}=$/.test(digest)) return digest;
      throw invalidOption(`pins[${index}]: must be a SHA-256 digest in base64 (44 characters)`);
    }),
  );
  if (digests.size < 2) throw invalidOption("pins: must have at least two different pins; add the pin of a spare key");
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
    `${report.host}: no certificate of the chain has a pinned key; the issuer is ${report.peer?.issuer ?? "unknown"}`,
    { phase: "handshake", handshake: report },
  );
}
