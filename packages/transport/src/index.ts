export { createTransport, type Transport, type TransportStats } from "./transport.ts";
export type { TransportOptions, TransportTimeouts } from "./options.ts";
export { TransportError, type TransportErrorCode, type TransportPhase } from "./error.ts";
export { serverTlsOptions } from "./tls-options.ts";
export {
  type PostQuantum,
  type TlsPolicy,
  type TlsPolicyInput,
  type TlsPolicyName,
  tlsPolicies,
} from "./tls-policies.ts";
export type { AddressRule } from "./addresses.ts";
export type { SpkiPin } from "./pins.ts";
export type { RequestHeaders, ResponseData, TransportRequest } from "./request.ts";
export type { HttpHandler, RequestHandlerOptions } from "./request-handler.ts";
export type { SdkHandlerOptions, SdkRequest, SdkResponse } from "./sdk-request.ts";
export type { HandshakeReport } from "@countersign/signer";
