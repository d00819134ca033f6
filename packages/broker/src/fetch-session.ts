import { assume, type AssumePorts } from "./assume.ts";
import type { Fetch } from "./fetched.ts";

/** Makes the function that gets a session from where it is: from STS. */
export function createFetch(ports: AssumePorts): Fetch {
  return async (session, request) => {
    const { epochs } = request;
    return { ...(await assume(session, request, ports)), epochs };
  };
}
