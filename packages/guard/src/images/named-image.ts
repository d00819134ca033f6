import { member } from "../evaluate/pointer.ts";

/**
 * The image that a request names: the URI, with the digest that some operations take in a field of its own
 * (`ImageDigest`, `TrainingImageDigest`) when the URI has none. With two different digests the result is no reference, which
 * every gate refuses.
 */
export function namedImage(uri: unknown, holder: unknown): string | undefined {
  if (typeof uri !== "string" || uri === "") return undefined;
  const digest = member(holder, "ImageDigest") ?? member(holder, "TrainingImageDigest");
  const isGiven = typeof digest === "string" && digest !== "";
  return isGiven && !uri.endsWith(`@${digest}`) ? `${uri}@${digest}` : uri;
}
