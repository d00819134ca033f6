import { TransportError } from "../errors/error.ts";

/** The error for an answer whose status is none that an answer can end with (RFC 9110, section 15). */
export function notFinal(host: string): TransportError {
  return new TransportError("RESPONSE_INVALID", `${host}: answered with a status that ends no request`, {
    phase: "request",
    sent: true,
  });
}
