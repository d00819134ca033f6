import { conditionHolds } from "./condition.ts";
import { listOf, type PolicyStatement } from "./policy-document.ts";
import { resolverOf } from "./variable.ts";
import { matchesWildcard } from "./wildcard.ts";

/** Whether a statement of a policy of this version is about this action on this resource under these conditions. */
export function appliesTo(
  statement: PolicyStatement,
  version: string | undefined,
  action: string,
  resource: string,
  context: ReadonlyMap<string, readonly string[]>,
): boolean {
  const resolve = resolverOf(version, context);
  const namesAction = (pattern: string): boolean => matchesWildcard(pattern.toLowerCase(), action.toLowerCase());
  const namesResource = (pattern: string): boolean => {
    const resolved = resolve(pattern);
    return resolved !== undefined && matchesWildcard(resolved, resource);
  };
  return (
    speaksAbout(statement.Action, statement.NotAction, namesAction) &&
    speaksAbout(statement.Resource, statement.NotResource, namesResource) &&
    (statement.Condition === undefined || conditionHolds(statement.Condition, context, resolve))
  );
}

/** If a policy has neither element, its kind has none: a trust policy names no resource. */
function speaksAbout(
  element: string | readonly string[] | undefined,
  negated: string | readonly string[] | undefined,
  names: (pattern: string) => boolean,
): boolean {
  if (element !== undefined) return listOf<string>(element).some(names);
  return negated === undefined || !listOf<string>(negated).some(names);
}
