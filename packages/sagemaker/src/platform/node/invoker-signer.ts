/** Makes the signer of `createInvoker`. */
export { createSigner as createInvokerSigner } from "@countersign/signer";
