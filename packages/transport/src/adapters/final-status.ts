import { TransportError } from "../errors/error.ts";

/** Whether a status ends no request. Node gives statuses below 100 as if they did. */
export function isInterim(status: number | undefined): boolean {
  return (status ?? 0) < 200;
}

/** The error for an answer with a status that is not a final one (RFC 9110, section 15). */
export function notFinal(host: string): TransportError {
  return new TransportError("RESPONSE_INVALID", `${host}: answered with a status that ends no request`, {
    phase: "request",
    sent: true,
  });
}
