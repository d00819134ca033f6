import type { ClaimCondition } from "../config/grant.ts";

/** Claims that are one text of several words (RFC 8693, section 4.2, and Microsoft Entra's `scp`). */
const WORDS: ReadonlySet<string> = new Set(["scope", "scp"]);

/** Whether a claim of a token meets a condition. A value of another type than the condition's does not. */
export function meets(condition: ClaimCondition, name: string, value: unknown): boolean {
  if (typeof condition !== "object") return value === condition;
  if ("oneOf" in condition) return typeof value === "string" && condition.oneOf.includes(value);
  const entries: readonly unknown[] =
    typeof value === "string" && WORDS.has(name) ? value.split(" ") : Array.isArray(value) ? value : [];
  return entries.includes(condition.contains);
}
