import { refuseOption } from "./error.ts";

/**
 * Makes the matcher of an IAM pattern: `*` stands for any characters, `?` for exactly one, and every other character for
 * itself. Case counts: for names that IAM compares without regard to case, such as actions, give both in lower case.
 *
 * A regular expression would take exponential time for patterns such as `*a*a*b`. This matcher returns to the last `*`
 * only, so it takes at most one comparison for each pair of a character and a pattern position.
 *
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
 *
 * @throws GuardError `INVALID_OPTION` for a pattern or a text that is not a string.
 * @example
 * const matches = wildcard("endpoint/churn-*");
 * matches("endpoint/churn-eu"); // true
 */
export function wildcard(pattern: string): (text: string) => boolean {
  // Characters, not UTF-16 units: `?` stands for a whole emoji.
  const wanted = characters(pattern, "pattern");
  return function matches(text) {
    const given = characters(text, "text");
    let at = 0;
    let next = 0;
    let star = -1;
    let afterStar = 0;
    while (at < given.length) {
      if (wanted[next] === "*") {
        star = next++;
        afterStar = at;
      } else if (next < wanted.length && (wanted[next] === "?" || wanted[next] === given[at])) {
        next++;
        at++;
      } else if (star === -1) {
        return false;
      } else {
        // The last star takes one character more, and the rest of the pattern is tried again.
        next = star + 1;
        at = ++afterStar;
      }
    }
    while (wanted[next] === "*") next++;
    return next === wanted.length;
  };
}

function characters(value: unknown, field: string): readonly string[] {
  return typeof value === "string" ? Array.from(value) : refuseOption(`${field}: must be text`, field);
}
