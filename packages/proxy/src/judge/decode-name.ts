import { denied } from "../refusal.ts";

/** A name in a path, without its percent-encoding. @throws Refusal `AccessDeniedException` if it is not valid UTF-8. */
export function decodeName(encoded: string): string {
  try {
    return decodeURIComponent(encoded);
  } catch {
    throw denied("The name in the path is not valid UTF-8 in percent-encoding.");
  }
}
