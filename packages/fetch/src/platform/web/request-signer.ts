/** Makes the signer of one service and region. A page signs asynchronously, so WebCrypto does it. */
export { createPageSigner as createRequestSigner } from "@countersign/signer/async";
