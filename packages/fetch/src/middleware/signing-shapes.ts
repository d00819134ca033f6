import { type PayloadMode, words } from "@countersign/signer";
import { contract, optional, type Shape, shape } from "@countersign/signer/options";

/** How the signature covers the payload that fetch sends: see the signer's `PayloadMode`. */
export type FetchPayload = Extract<PayloadMode, "hash" | "unsigned" | { sha256: string }>;

/** The shape of every `payload` option. */
export const payloadShape: Shape = optional(
  shape(words && '"hash", "unsigned" or { sha256 } with 64 lower-case hexadecimal digits', (value) => {
    const { sha256 } = Object(value) as { readonly sha256?: unknown };
    return (
      value === "hash" ||
      value === "unsigned" ||
      // An unknown name beside it is refused.
      (typeof sha256 === "string" && /^[\da-f]{64}$/.test(sha256) && Object.keys(value as object).length < 2)
    );
  }),
);

/** The shape of every `signer` option. */
export const signerShape: Shape = contract(words && "made by createSigner()", "sign", "signSync");
