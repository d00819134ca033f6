import type { Signer } from "@countersign/signer";

/** What the signing step needs of a signer. */
export type RequestSigner = Pick<Signer, "service" | "settings" | "clock" | "sign">;
