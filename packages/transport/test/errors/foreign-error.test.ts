import { describe, expect, it } from "vitest";
import { mapConnectError, mapError } from "../../src/errors/foreign-error.ts";
import { TransportError } from "../../src/index.ts";

const foreign = (code: string, message = "text"): Error => Object.assign(new Error(message), { code });
const at = { host: "h:443", phase: "handshake", sent: true } as const;

describe("codes", () => {
  it.each([
    // OpenSSL 3.0, then 3.5, for one and the same alert
    ["ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE", "TLS_CIPHER_REFUSED"],
    ["ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE", "TLS_CIPHER_REFUSED"],
    ["ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION", "TLS_PROTOCOL_REFUSED"],
    ["ERR_SSL_UNSUPPORTED_PROTOCOL", "TLS_PROTOCOL_REFUSED"],
    ["ERR_SSL_WRONG_VERSION_NUMBER", "TLS_PROTOCOL_REFUSED"],
    ["ERR_SSL_SOMETHING_NEW", "TLS_PROTOCOL_REFUSED"],
    ["ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE", "TLS_CERTIFICATE_INVALID"],
    ["ERR_TLS_DH_PARAM_SIZE", "TLS_CIPHER_REFUSED"],
    ["CERT_HAS_EXPIRED", "TLS_CERTIFICATE_INVALID"],
    ["DEPTH_ZERO_SELF_SIGNED_CERT", "TLS_CERTIFICATE_INVALID"],
    ["SELF_SIGNED_CERT_IN_CHAIN", "TLS_CERTIFICATE_INVALID"],
    ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", "TLS_CERTIFICATE_INVALID"],
    ["INVALID_PURPOSE", "TLS_CERTIFICATE_INVALID"],
    ["UNSPECIFIED", "TLS_CERTIFICATE_INVALID"],
    ["PERMITTED_VIOLATION", "TLS_CERTIFICATE_INVALID"],
    ["KEYUSAGE_NO_CERTSIGN", "TLS_CERTIFICATE_INVALID"],
    ["ERR_TLS_CERT_ALTNAME_INVALID", "TLS_HOST_MISMATCH"],
    ["ECONNRESET", "CONNECTION_LOST"],
    ["EPIPE", "CONNECTION_LOST"],
    ["UND_ERR_SOCKET", "CONNECTION_LOST"],
    ["EAI_AGAIN", "CONNECTION_LOST"],
    ["UND_ERR_HEADERS_TIMEOUT", "HEADERS_TIMEOUT"],
    ["UND_ERR_BODY_TIMEOUT", "BODY_TIMEOUT"],
    ["HPE_INVALID_CONSTANT", "RESPONSE_INVALID"],
    ["UND_ERR_INVALID_ARG", "INVALID_REQUEST"],
    ["UND_ERR_DESTROYED", "CLOSED"],
  ])("%s is %s", (code, expected) => {
    const cause = foreign(code);
    const mapped = mapError(cause, at);
    expect(mapped).toBeInstanceOf(TransportError);
    expect(mapped).toMatchObject({ code: expected, cause, sent: true });
    expect((mapped as Error).message).toContain("h:443");
  });
});

it.each(["request", "response"] as const)("takes an alert in phase %s for the end of the connection", (phase) => {
  const alert = foreign("ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE");
  expect(mapError(alert, { ...at, phase })).toMatchObject({ code: "CONNECTION_LOST", sent: true, phase });
});

it("reads OpenSSL's reason from the text of EPROTO, which Node 20 gives instead of a code", () => {
  const text = (reason: string): Error =>
    foreign("EPROTO", `write EPROTO 80:error:0A000410:SSL routines:ssl3_read_bytes:${reason}:../deps:1`);
  expect(mapError(text("sslv3 alert handshake failure"), at)).toMatchObject({ code: "TLS_CIPHER_REFUSED" });
  expect(mapError(text("tlsv1 alert protocol version"), at)).toMatchObject({ code: "TLS_PROTOCOL_REFUSED" });
});

it("leaves our errors, aborts and the caller's own as they are", () => {
  const ours = new TransportError("TLS_PIN_MISMATCH", "text", { phase: "handshake" });
  expect(mapError(ours, at)).toBe(ours);
  expect(mapError(new TypeError("fetch failed", { cause: ours }), at)).toBe(ours);
  for (const error of [new DOMException("stop", "AbortError"), new Error("mine"), "mine", undefined]) {
    expect(mapError(error, at)).toBe(error);
  }
});

it("takes any failure on a socket whose certificate was not verified for the certificate's", () => {
  const context = { host: "h:443", phase: "handshake", sent: false } as const;
  const cause = foreign("A_RESULT_OF_TOMORROW");
  expect(mapConnectError(cause, context).code).toBe("CONNECTION_LOST");
  expect(mapConnectError(cause, { ...context, unverified: true })).toMatchObject({
    code: "TLS_CERTIFICATE_INVALID",
    phase: "handshake",
    sent: false,
    cause,
  });
});

it("knows that a failed look-up sent nothing", () => {
  expect(mapError(foreign("ENOTFOUND"), { ...at, phase: "connect", sent: false })).toMatchObject({
    code: "CONNECTION_LOST",
    phase: "resolve",
    sent: false,
  });
});
