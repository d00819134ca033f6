export type { KeyPair } from "#platform/ecdsa";
export { applySignature } from "./sigv4/apply-signature.ts";
export { deriveKeyPair } from "./v4a/derive-key-pair.ts";
export { presignRequest, signRequest, type V4aContext } from "./v4a/sign-request.ts";
