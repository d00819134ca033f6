export { createTransport, type Transport, type TransportStats } from "./transport.ts";
export type { TransportOptions, TransportTimeouts } from "./options.ts";
export { TransportError, type TransportErrorCode, type TransportPhase } from "./errors/error.ts";
export { serverTlsOptions } from "./policy/tls-options.ts";
export { checkSocket, listenOnSocket, type RefuseSocket } from "./server/unix-socket.ts";
export {
  type PostQuantum,
  type TlsPolicy,
  type TlsPolicyInput,
  type TlsPolicyName,
  tlsPolicies,
} from "./policy/tls-policies.ts";
export type { AddressRule } from "./connection/addresses.ts";
export type { SpkiPin } from "./policy/pins.ts";
export type { RequestHeaders, ResponseData, TransportRequest } from "./adapters/request.ts";
export type { HttpHandler, RequestHandlerOptions } from "./adapters/request-handler.ts";
export type { SdkHandlerOptions, SdkRequest, SdkResponse } from "./adapters/sdk-request.ts";
export type { HandshakeReport } from "@countersign/signer";
