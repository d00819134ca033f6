/** A line of both texts, with the column (from 0) at which they part; absent where they agree. */
export interface ComparedLine {
  readonly signed: string | undefined;
  readonly expected: string | undefined;
  readonly partsAt?: number;
}

/** Puts two texts side by side, line by line. */
export function compareLines(signed: string, expected: string): ComparedLine[] {
  const ours = signed.split("\n");
  const theirs = expected.split("\n");
  return Array.from({ length: Math.max(ours.length, theirs.length) }, (_, index) => {
    const [a, b] = [ours[index], theirs[index]];
    return a === b
      ? { signed: a, expected: b }
      : { signed: a, expected: b, partsAt: firstDifference(a ?? "", b ?? "") };
  });
}

function firstDifference(a: string, b: string): number {
  let at = 0;
  while (at < a.length && a[at] === b[at]) at += 1;
  return at;
}
