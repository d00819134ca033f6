export { sha256Hex } from "./crypto/text-sha256.ts";
export { type AsyncSigner, type AsyncSignerOptions, createAsyncSigner } from "./signer/create-async-signer.ts";
export { createPageSigner, type PageSigner } from "./signer/create-page-signer.ts";
export {
  createPlainSigner,
  type PlainRequest,
  type PlainSignature,
  type PlainSigner,
  type PlainSignerOptions,
} from "./signer/create-plain-signer.ts";
export { wireUrl } from "./sigv4/request-target.ts";
export { type ServiceRules, serviceRules } from "./sigv4/service-rules.ts";
