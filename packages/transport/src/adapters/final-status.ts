import { TransportError } from "../errors/error.ts";

/** The error for an answer with a status that is not a final one (RFC 9110, section 15). */
export function notFinal(host: string): TransportError {
  return new TransportError("RESPONSE_INVALID", `${host}: answered with a status that ends no request`, {
    phase: "request",
    sent: true,
  });
}
