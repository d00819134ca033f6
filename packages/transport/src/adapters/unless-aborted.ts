import { unlessAborted as untilAborted } from "@countersign/signer";

/** The signer's `unlessAborted`. Most requests have no signal: their promise is returned as it is. */
export function unlessAborted<Value>(pending: Promise<Value>, signal: AbortSignal | undefined): Promise<Value> {
  return signal === undefined ? pending : untilAborted(pending, signal);
}
