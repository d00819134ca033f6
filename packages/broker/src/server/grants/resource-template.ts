const PLACEHOLDER = /\{([A-Za-z][A-Za-z0-9_-]*)\}/g;

/** A claim in a part of an ARN, with what stands beside it. */
interface Placed {
  readonly claim: string;
  /** Next to the claim, on the sides where a wildcard follows in the same part. */
  readonly separators: readonly string[];
}

/** The names of the claims in a resource. */
export function claimsIn(resource: string): string[] {
  return [...resource.matchAll(PLACEHOLDER)].map(([, name]) => name ?? "");
}

/** Replaces each `{claim}`. */
export function fillIn(resource: string, valueOf: (claim: string) => string): string {
  return resource.replaceAll(PLACEHOLDER, (_, claim: string) => valueOf(claim));
}

/**
 * Why a template is not safe, completing the sentence "must have …": the claims of one caller could then name resources
 * of another.
 *
 * - Two claims in one part of an ARN, such as `{tenant}-{team}`: "a-b" and "c" make the same text as "a" and "b-c".
 * - A claim beside a wildcard, such as `{tenant}*`: the tenant "a" would match what belongs to "ab".
 * - A claim between two `*`, such as `*-{tenant}-*`: the tenant "b" would match "x-a-b-y", which belongs to "a". A `*`
 *   of IAM spans `/` too, so a claim that is a folder of its own is no better.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
 */
export function templateFault(resource: string): string | undefined {
  for (const part of resource.split(/[:/]/)) {
    const [first, second] = claimsIn(part);
    if (first !== undefined && second !== undefined) return `: or / between {${first}} and {${second}}`;
    if (/\$\{[A-Za-z][A-Za-z0-9_-]*\}/.test(part)) return `no $ before {${first}}`;
    for (const separator of separatorsIn(part)?.separators ?? []) {
      if (!/^[^A-Za-z0-9*?]$/.test(separator)) return `a separator such as - between {${first}} and the wildcard`;
    }
  }
  const between = segmentsOf(resource).flatMap(claimsBetweenStars)[0];
  return between === undefined ? undefined : `no * before {${between}} when one follows it`;
}

/** The parts of an ARN that a `*` of IAM does not leave. The last one may contain colons. */
function segmentsOf(resource: string): string[] {
  const parts = resource.split(":");
  return [...parts.slice(0, 5), parts.slice(5).join(":")];
}

function claimsBetweenStars(segment: string): string[] {
  const first = segment.indexOf("*");
  return first === -1 ? [] : claimsIn(segment.slice(first + 1, segment.lastIndexOf("*")));
}

/** The characters that a claim must not contain, since they separate it from a wildcard. */
export function separatorsOf(resource: string, claim: string): readonly string[] {
  return resource.split(/[:/]/).flatMap((part) => {
    const placed = separatorsIn(part);
    return placed?.claim === claim ? placed.separators : [];
  });
}

function separatorsIn(part: string): Placed | undefined {
  const [match] = [...part.matchAll(PLACEHOLDER)];
  if (match === undefined) return undefined;
  const before = part.slice(0, match.index);
  const after = part.slice(match.index + match[0].length);
  return {
    claim: match[1] ?? "",
    separators: [
      ...(/[*?]/.test(before) ? [before.slice(-1)] : []),
      ...(/[*?]/.test(after) ? [after.slice(0, 1)] : []),
    ],
  };
}
