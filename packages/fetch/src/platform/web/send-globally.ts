import type { Fetch } from "../../middleware/middleware.ts";

/** The errors of a browser quote nothing, so its `fetch` is called as it is. */
export const sendGlobally: Fetch | undefined = undefined;
