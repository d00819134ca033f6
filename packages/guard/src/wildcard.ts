/**
 * Makes the matcher of a pattern in which `*` stands for any text and `?` for one character.
 *
 * A regular expression would take exponential time for patterns such as `*a*a*b`. This matcher returns to the last `*`
 * only, so it takes at most one comparison for each pair of a character and a pattern position.
 */
export function wildcard(pattern: string): (text: string) => boolean {
  return function matches(text) {
    let at = 0;
    let next = 0;
    let star = -1;
    let afterStar = 0;
    while (at < text.length) {
      if (pattern[next] === "*") {
        star = next++;
        afterStar = at;
      } else if (next < pattern.length && (pattern[next] === "?" || pattern[next] === text[at])) {
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
    while (pattern[next] === "*") next++;
    return next === pattern.length;
  };
}
