import { table } from "../table.ts";

/** Where a policy means a wildcard's character itself: code points that no AWS name or pattern contains. */
const literals = table<string>({
  "*": "\u{F0000}",
  "?": "\u{F0001}",
  $: "$",
});

/**
 * Puts the request's values in the place of `${key}` and `${key, 'default'}`; wildcards in a value stand for
 * themselves, so that no caller widens a policy by what it calls itself. Undefined when a key has no value and no
 * default: the text then matches nothing
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html).
 */
export function resolveVariables(text: string, context: ReadonlyMap<string, readonly string[]>): string | undefined {
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
