import { CountersignError, type HandshakeReport } from "@countersign/signer";
import type { RefuseOption } from "@countersign/signer/options";

/** The codes of {@link TransportError}; the README says what each means. */
export type TransportErrorCode =
  | "TLS_PROTOCOL_REFUSED"
  | "TLS_CIPHER_REFUSED"
  | "TLS_NOT_FORWARD_SECRET"
  | "TLS_RESUMPTION_REFUSED"
  | "TLS_CERTIFICATE_INVALID"
  | "TLS_HOST_MISMATCH"
  | "TLS_PIN_MISMATCH"
  | "TLS_POST_QUANTUM_REQUIRED"
  | "PUBLIC_ADDRESS_REFUSED"
  | "PLAINTEXT_REFUSED"
  | "PROXY_REFUSED"
  | "CONNECT_TIMEOUT"
  | "HEADERS_TIMEOUT"
  | "BODY_TIMEOUT"
  | "CONNECTION_LOST"
  | "RESPONSE_INVALID"
  | "ENVIRONMENT_UNSAFE"
  | "INVALID_OPTION"
  | "INVALID_REQUEST"
  | "CLOSED";

/**
 * How far a request had come.
 *
 * - `configure`: nothing was attempted
 * - `resolve`: the host's name was being looked up
 * - `connect`: a TCP connection was being opened
 * - `proxy`: a proxy was asked for a tunnel
 * - `handshake`: TLS was being negotiated or judged
 * - `request`: the request was being sent, or its answer awaited
 * - `response`: the head of the answer had arrived
 */
export type TransportPhase = "configure" | "resolve" | "connect" | "proxy" | "handshake" | "request" | "response";

/** The details of a {@link TransportError} besides its code. */
export interface TransportErrorDetail {
  readonly phase: TransportPhase;
  readonly sent?: boolean;
  readonly handshake?: Partial<HandshakeReport> | undefined;
  readonly cause?: unknown;
}

/** Thrown by `@countersign/transport` when a connection is refused, a limit is reached or a connection is lost. */
export class TransportError extends CountersignError<TransportErrorCode> {
  static override readonly name: string = "TransportError";

  /** How far the request had come. */
  readonly phase: TransportPhase;

  /** Whether any byte of the request may have left. `false`: the request was certainly not processed. */
  readonly sent: boolean;

  /** The TLS handshake, where one was judged. */
  declare readonly handshake?: Partial<HandshakeReport>;

  constructor(code: TransportErrorCode, message: string, detail: TransportErrorDetail) {
    const given = Object(detail) as TransportErrorDetail;
    super(code, message, "cause" in given ? { cause: given.cause } : undefined);
    this.phase = given.phase;
    this.sent = given.sent ?? false;
    if (given.handshake !== undefined) this.handshake = given.handshake;
  }
}

/** A wrong option, reported before anything is attempted. */
export function invalidOption(message: string, cause?: unknown): TransportError {
  return new TransportError("INVALID_OPTION", message, {
    phase: "configure",
    ...(cause === undefined ? undefined : { cause }),
  });
}

/** A wrong request, reported before anything is attempted. */
export function invalidRequest(message: string): TransportError {
  return new TransportError("INVALID_REQUEST", message, { phase: "configure" });
}

/** The error for a header that HTTP does not allow. The value is not shown, and neither is an unusual name. */
export function invalidHeader(name: string): TransportError {
  const shown = /^[\w-]{1,64}$/.test(name) ? ` ${name}` : "";
  return invalidRequest(`headers: must have valid names and values; the header${shown} has a forbidden character`);
}

/** Reports what `checkOptions` finds wrong with an option. */
export const refuseOption: RefuseOption = (message) => {
  throw invalidOption(message);
};

/** Reports what `checkOptions` finds wrong with a request. */
export const refuseRequest: RefuseOption = (message) => {
  throw invalidRequest(message);
};
