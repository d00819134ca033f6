import type { RefuseOption } from "@countersign/signer/options";
import { BrokerError } from "./error.ts";

/** Refuses an option of `createBroker`, a store or a call. */
export const refuseOption: RefuseOption = (message) => {
  throw new BrokerError("INVALID_OPTION", message);
};

/** Refuses a field of a session's spec. */
export const refuseSpec: RefuseOption = (message) => {
  throw new BrokerError("INVALID_SPEC", message);
};
