import { table } from "../table.ts";

/** Stand-ins for wildcard characters that are meant literally: code points that no AWS name or pattern contains. */
const literals = table<string>({
  "*": "\u{F0000}",
  "?": "\u{F0001}",
  $: "$",
});

/** Replaces the variables of one policy's texts. Undefined: a variable has no value, and the text matches nothing. */
export type Resolve = (text: string) => string | undefined;

/**
 * Policies have variables since version 2012-10-17. In older ones, and in those without a version, they are plain text.
 */
export function resolverOf(version: string | undefined, context: ReadonlyMap<string, readonly string[]>): Resolve {
  return version === "2012-10-17" ? (text) => resolveVariables(text, context) : (text) => text;
}

/**
 * Replaces `${key}` and `${key, 'default'}` by the request's values. A wildcard in a value matches only itself, so a
 * caller cannot widen a policy by its own name. Returns undefined when a key has neither a value nor a default: the text
 * then matches nothing
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html).
 */
function resolveVariables(text: string, context: ReadonlyMap<string, readonly string[]>): string | undefined {
  let complete = true;
  const resolved = text.replaceAll(/\$\{([^}]*)\}/g, (_, expression: string) => {
    const [, key = "", fallback] = /^\s*([^,]*?)\s*(?:,\s*'(.*)'\s*)?$/.exec(expression) ?? [];
    const literal = literals[key];
    if (literal !== undefined) return literal;
    const values = context.get(key.toLowerCase());
    const value = (values?.length === 1 ? values[0] : undefined) ?? fallback;
    if (value === undefined) complete = false;
    return (value ?? "").replaceAll(/[*?]/g, (wildcard) => literals[wildcard] ?? "");
  });
  return complete ? resolved : undefined;
}

/** The text with its literal wildcards as they are written: for comparisons that know no wildcards. */
export function literalText(resolved: string): string {
  return resolved.replaceAll("\u{F0000}", "*").replaceAll("\u{F0001}", "?");
}
