export { applySignature } from "./sigv4/apply-signature.ts";
export type { CertificateInput } from "./x509/read-certificates.ts";
export type { X509Algorithm, X509Key, X509Sign } from "./x509/x509-key.ts";
export { signRequest, type X509Context } from "./x509/sign-request.ts";
export type { PrivateKey } from "#platform/x509";
