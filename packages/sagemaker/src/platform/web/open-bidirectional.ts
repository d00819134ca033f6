import type { OpenBidirectional } from "../contract.ts";

/** `fetch` cannot go on sending once the answer has begun, so there is no stream in both directions here. */
export const openBidirectional: OpenBidirectional | undefined = undefined;
