/** A server decodes a path once, a gateway before it once more. What takes more rounds stays encoded, and is refused. */
const ROUNDS = 4;
const escape = /%([0-7][\da-f])/gi;

/**
 * A path as the laxest server reads it: escapes of ASCII decoded, dot segments resolved, and slashes that follow each
 * other joined. A path with `%` in the result has a spelling that no operation has.
 */
export function plainPath(pathname: string): string {
  let path = pathname;
  for (let round = 0; round < ROUNDS && path.includes("%"); round++)
    path = path.replace(escape, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
  const segments: string[] = [];
  for (const segment of path.split(/[/\\]/))
    if (segment === "..") segments.pop();
    else if (segment !== "" && segment !== ".") segments.push(segment);
  return `/${segments.join("/")}`;
}
