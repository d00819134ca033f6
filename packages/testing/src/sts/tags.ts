import type { PolicyContext } from "../iam/condition.ts";

/** What policies see of the tags that a session asks for. */
export function tagContext(
  tags: Readonly<Record<string, string>>,
  transitiveTagKeys: readonly string[],
): PolicyContext {
  return {
    "sts:TransitiveTagKeys": transitiveTagKeys,
    "aws:TagKeys": Object.keys(tags),
    ...Object.fromEntries(Object.entries(tags).map(([key, value]) => [`aws:RequestTag/${key}`, value])),
  };
}
