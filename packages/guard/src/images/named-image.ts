import { member } from "../evaluate/pointer.ts";

/**
 * The image that a request names: the URI, with the digest that some operations take in a field of its own
 * (`ImageDigest`, `TrainingImageDigest`) when the URI has none.
 */
export function namedImage(uri: unknown, holder: unknown): string | undefined {
  if (typeof uri !== "string" || uri === "") return undefined;
  if (uri.includes("@")) return uri;
  const digest = member(holder, "ImageDigest") ?? member(holder, "TrainingImageDigest");
  return typeof digest === "string" && digest !== "" ? `${uri}@${digest}` : uri;
}
