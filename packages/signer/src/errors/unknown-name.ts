import { nearestName } from "./nearest-name.ts";

/** What to say about an option that does not exist. */
export function unknownName(name: string, known: readonly string[]): string {
  const nearest = nearestName(name, known);
  const advice = nearest === undefined ? `the options are ${known.join(", ")}` : `did you mean ${nearest}?`;
  return `is not an option; ${advice}`;
}
