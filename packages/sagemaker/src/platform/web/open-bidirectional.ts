import type { OpenBidirectional } from "../contract.ts";

/** Unsupported: `fetch` stops sending when the answer begins. */
export const openBidirectional: OpenBidirectional | undefined = undefined;
