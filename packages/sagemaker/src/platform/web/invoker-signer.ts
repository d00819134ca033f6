/** Makes the signer of `createInvoker`. A page signs asynchronously, so WebCrypto does it. */
export { createPageSigner as createInvokerSigner } from "@countersign/signer/async";
