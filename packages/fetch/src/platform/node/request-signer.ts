/** Makes the signer of one service and region. */
export { createSigner as createRequestSigner } from "@countersign/signer";
