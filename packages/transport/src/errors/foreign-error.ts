import { cleanCause } from "./clean-cause.ts";
import { TransportError, type TransportErrorCode, type TransportPhase } from "./error.ts";

/** Where a foreign error came up. */
export interface ErrorContext {
  /** `host` or `host:port`, for the message. */
  readonly host: string;
  readonly phase: TransportPhase;
  readonly sent: boolean;
  /** True if only post-quantum groups were offered. A handshake without agreement then means that the server lacks them. */
  readonly postQuantumOnly?: boolean;
  /** True if Node found the certificate of the TLS socket invalid (`authorizationError`). */
  readonly unverified?: boolean;
}

interface Meaning {
  readonly code: TransportErrorCode;
  readonly says: string;
  /** `false` if the error itself proves that the request was not processed. */
  readonly sent?: false;
}

const meaning = (code: TransportErrorCode, says: string, sent?: false): Meaning =>
  sent === undefined ? { code, says } : { code, says, sent };

const lost = meaning("CONNECTION_LOST", "the connection was lost");
const unreachable = meaning("CONNECTION_LOST", "could not be reached");
const unresolved = meaning("CONNECTION_LOST", "the name could not be resolved");
const badCertificate = meaning("TLS_CERTIFICATE_INVALID", "the server's certificate is not valid for this transport");
const noHybrid = meaning("TLS_POST_QUANTUM_REQUIRED", "the server has no post-quantum group in common with the policy");
const badResponse = meaning("RESPONSE_INVALID", "the answer is not valid HTTP");
const badRequest = meaning("INVALID_REQUEST", "the request cannot be sent");
const closed = meaning("CLOSED", "the transport is closed");

/**
 * What the errors of Node, OpenSSL and undici mean, by `code`.
 *
 * https://nodejs.org/api/errors.html#common-system-errors, https://nodejs.org/api/tls.html#x509-certificate-error-codes,
 * https://undici.nodejs.org/#/docs/api/Errors
 */
const byCode: Readonly<Record<string, Meaning | undefined>> = Object.assign(
  Object.create(null) as Record<string, Meaning>,
  {
    ECONNRESET: lost,
    ECONNABORTED: lost,
    EPIPE: lost,
    ERR_STREAM_PREMATURE_CLOSE: lost,
    UND_ERR_SOCKET: lost,
    UND_ERR_INFO: lost,
    ERR_HTTP2_GOAWAY_SESSION: meaning("CONNECTION_LOST", "the server is closing the HTTP/2 session", false),
    ERR_HTTP2_INVALID_SESSION: lost,
    ERR_HTTP2_SESSION_ERROR: lost,
    ERR_HTTP2_STREAM_ERROR: lost,
    ERR_HTTP2_STREAM_CANCEL: lost,
    ERR_HTTP2_ERROR: lost,

    ECONNREFUSED: unreachable,
    EHOSTUNREACH: unreachable,
    EHOSTDOWN: unreachable,
    ENETUNREACH: unreachable,
    ENETDOWN: unreachable,
    EADDRNOTAVAIL: unreachable,
    ENOTFOUND: unresolved,
    EAI_AGAIN: unresolved,
    ENODATA: unresolved,
    ESERVFAIL: unresolved,

    ETIMEDOUT: meaning("CONNECT_TIMEOUT", "did not accept a connection in time"),
    UND_ERR_CONNECT_TIMEOUT: meaning("CONNECT_TIMEOUT", "did not accept a connection in time"),
    UND_ERR_HEADERS_TIMEOUT: meaning("HEADERS_TIMEOUT", "sent no answer within timeouts.headersMs"),
    UND_ERR_BODY_TIMEOUT: meaning("BODY_TIMEOUT", "stopped sending its answer for timeouts.bodyIdleMs"),

    // undici asserts what an answer must be, such as a status of 100 or more.
    ERR_ASSERTION: badResponse,
    UND_ERR_HEADERS_OVERFLOW: badResponse,
    UND_ERR_RES_CONTENT_LENGTH_MISMATCH: badResponse,
    UND_ERR_RES_EXCEEDED_MAX_SIZE: badResponse,
    UND_ERR_INVALID_ARG: badRequest,
    UND_ERR_NOT_SUPPORTED: badRequest,
    UND_ERR_REQ_CONTENT_LENGTH_MISMATCH: badRequest,
    UND_ERR_CLOSED: closed,
    UND_ERR_DESTROYED: closed,

    ERR_TLS_CERT_ALTNAME_INVALID: meaning("TLS_HOST_MISMATCH", "the server's certificate does not name this host"),
    ERR_TLS_DH_PARAM_SIZE: meaning("TLS_CIPHER_REFUSED", "the server's Diffie-Hellman group has fewer than 2048 bits"),
    ERR_SSL_DH_KEY_TOO_SMALL: meaning(
      "TLS_CIPHER_REFUSED",
      "the server's Diffie-Hellman group has fewer than 2048 bits",
    ),
    ERR_SSL_WRONG_VERSION_NUMBER: meaning("TLS_PROTOCOL_REFUSED", "the server does not speak TLS 1.2 or later"),
    ERR_SSL_UNSUPPORTED_PROTOCOL: meaning("TLS_PROTOCOL_REFUSED", "the server does not speak TLS 1.2 or later"),
    ERR_TLS_RENEGOTIATION_DISABLED: meaning("TLS_PROTOCOL_REFUSED", "the server asked for a renegotiation"),
  } satisfies Record<string, Meaning>,
);

/** OpenSSL 3.0 and 3.5 name the same errors differently. Only the end of each name is the same. */
const byEnding: readonly (readonly [RegExp, Meaning])[] = [
  [
    /(?:HANDSHAKE_FAILURE|INSUFFICIENT_SECURITY|NO_SHARED_CIPHER|WRONG_CIPHER_RETURNED|WRONG_CURVE|BAD_KEY_SHARE|NO_SUITABLE_\w+|WRONG_SIGNATURE_TYPE|UNKNOWN_CIPHER_RETURNED)$/,
    meaning(
      "TLS_CIPHER_REFUSED",
      "the server has no cipher suite, group or signature with forward secrecy in common with the policy",
    ),
  ],
  [/PROTOCOL_VERSION$/, meaning("TLS_PROTOCOL_REFUSED", "the server does not speak a TLS version of the policy")],
  [/CERTIFICATE_REQUIRED$/, meaning("TLS_PROTOCOL_REFUSED", "the server wants a client certificate")],
  [/NO_APPLICATION_PROTOCOL$/, meaning("TLS_PROTOCOL_REFUSED", "the server does not speak the HTTP version asked for")],
  [/RENEGOTIATION/, meaning("TLS_PROTOCOL_REFUSED", "the server asked for a renegotiation")],
  [/(?:CERTIFICATE|KEY_USAGE|_CA_|EE_KEY_TOO_SMALL|MD_TOO_WEAK)/, badCertificate],
];

/**
 * OpenSSL's verification results, which Node gives as bare codes such as `CERT_HAS_EXPIRED`. Node reports weak keys, weak
 * digests, name constraints and an issuer that may not sign as `UNSPECIFIED`.
 */
const verification =
  /^(?:CERT_|CRL_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|ERROR_IN_CERT|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH_|HOSTNAME_MISMATCH|(?:CA|EE)_|UNSUPPORTED_|(?:PERMITTED|EXCLUDED)_VIOLATION$|KEYUSAGE_|UNSPECIFIED$)/;

/** Node's codes for what a peer does to a session of HTTP/2. Its codes for a wrong header or option do not match. */
const http2Loss = /^ERR_HTTP2_(?:TOO_MANY_|\w*(?:CANCEL|SESSION|STREAM|SOCKET|SETTINGS|FRAMES?))/;

function codeOf(error: unknown): string {
  const code = (error as { readonly code?: unknown } | null | undefined)?.code;
  return typeof code === "string" ? code : "";
}

function interpret(error: unknown): Meaning | undefined {
  const code = codeOf(error);
  const known = byCode[code];
  if (known !== undefined) return known;
  if (code.startsWith("HPE_") || isParserError(error)) return badResponse;
  if (code.startsWith("EAI_")) return unresolved;
  if (http2Loss.test(code)) return lost;
  if (code.startsWith("ERR_SSL_")) {
    return (
      byEnding.find(([ending]) => ending.test(code))?.[1] ?? meaning("TLS_PROTOCOL_REFUSED", "the TLS handshake failed")
    );
  }
  if (code === "EPROTO") {
    // If OpenSSL fails during a write, libuv's code replaces OpenSSL's, and only the message has the reason.
    const reason = ((error as Error).message.match(/alert ([a-z ]+)/)?.[1] ?? "")
      .trim()
      .replaceAll(" ", "_")
      .toUpperCase();
    return (
      byEnding.find(([ending]) => ending.test(reason))?.[1] ??
      meaning("TLS_PROTOCOL_REFUSED", "the TLS handshake failed")
    );
  }
  return verification.test(code) ? badCertificate : undefined;
}

/** undici's parser error. It has a message or a code, rarely both. */
function isParserError(error: unknown): error is Error {
  return error instanceof Error && error.name === "HTTPParserError";
}

/**
 * Turns an error of Node, OpenSSL or undici into a {@link TransportError} with a clean copy of the error as its cause.
 * Transport errors, the reasons of aborted signals and the errors of the caller's body streams are returned unchanged.
 */
export function mapError(error: unknown, { host, phase, sent, postQuantumOnly }: ErrorContext): unknown {
  const own = transportErrorOf(error);
  if (own !== undefined) return own;
  const interpreted = interpret(error);
  if (interpreted === undefined) {
    // Before there is a connection, undici reads the request: a TypeError says that a part of it cannot become text.
    if (phase !== "connect" || !(error instanceof TypeError)) return error;
    return new TransportError(badRequest.code, `${host}: ${badRequest.says} (a header or the body has a wrong type)`, {
      phase: "configure",
      sent: false,
    });
  }
  const found = interpreted.code === "TLS_CIPHER_REFUSED" ? refusedCipher(phase, postQuantumOnly) : undefined;
  const meant = found ?? interpreted;
  const reason = codeOf(error) || (error as Error).name;
  return new TransportError(meant.code, `${host}: ${meant.says} (${reason})`, {
    phase: meant === unresolved ? "resolve" : phase,
    sent: meant.sent ?? sent,
    cause: cleanCause(error),
  });
}

/** After the handshake, the same alert ends a connection that was agreed on: with it a peer refuses a renegotiation. */
function refusedCipher(phase: TransportPhase, postQuantumOnly: boolean | undefined): Meaning | undefined {
  if (phase === "request" || phase === "response") return lost;
  return postQuantumOnly === true ? noHybrid : undefined;
}

/** The same for a connection attempt, during which every error that is not a {@link TransportError} is foreign. */
export function mapConnectError(error: unknown, context: ErrorContext): TransportError {
  const mapped = mapError(error, context);
  if (mapped instanceof TransportError) return mapped;
  const unverified = context.unverified === true;
  const code = unverified ? badCertificate.code : "CONNECTION_LOST";
  const says = unverified ? badCertificate.says : "could not connect";
  return new TransportError(code, `${context.host}: ${says} (${codeOf(error) || "no code"})`, {
    phase: context.phase,
    sent: false,
    cause: cleanCause(error),
  });
}

/** The first {@link TransportError} in a chain of causes, such as that of fetch's `TypeError`. */
export function transportErrorOf(error: unknown): TransportError | undefined {
  let current = error;
  for (let depth = 0; depth < 8 && current instanceof Error; depth++) {
    if (current instanceof TransportError) return current;
    current = current.cause;
  }
  return undefined;
}
