import type { RefuseOption } from "@countersign/signer/options";
import { SageMakerError } from "./error.ts";

/** Refuses an option of this package. */
export const refuseOption: RefuseOption = (message) => {
  throw new SageMakerError("INVALID_OPTION", message);
};
