import type { RefuseField } from "@countersign/signer/schema";

/** `${NAME}` anywhere, `$NAME` alone. IAM's variables, such as `${aws:username}`, have a colon. */
const PLACEHOLDER = /\$\{[A-Za-z_][A-Za-z0-9_]*\}|^\$[A-Z_][A-Z0-9_]*$/u;

/**
 * Refuses placeholders for variables of the environment, which many programs fill in and this one does not: a broker for the
 * audience "${AUDIENCE}" would start, and refuse every caller.
 *
 * @param at the place of the value, as a JSON pointer.
 */
export function refusePlaceholders(value: unknown, at: string, refuse: RefuseField): void {
  if (typeof value === "string") {
    const [found] = PLACEHOLDER.exec(value) ?? [];
    if (found === undefined) return;
    refuse(at, `must be the value itself: ${found} is not filled in here; envsubst, for one, fills in such a file`);
  }
  if (typeof value !== "object" || value === null) return;
  for (const [name, inner] of Object.entries(value)) {
    refusePlaceholders(inner, `${at}/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`, refuse);
  }
}
