import { decodeEscapes } from "./decode-escapes.ts";
import type { Difference } from "./diagnosis.ts";
import type { Finding } from "./finding.ts";

/** Names the cause of the first difference between two canonical requests. `actual` was signed, `expected` is AWS's. */
export function compareCanonicalRequests(actual: string, expected: string): Finding {
  const ours = actual.split("\n");
  const theirs = expected.split("\n");
  const line = ours.findIndex((text, index) => text !== theirs[index]);
  const at = line < 0 ? ours.length : line;
  const [mine = "", aws = ""] = [ours[at], theirs[at]];
  return { ...nameCause(at, ours, theirs), difference: differenceAt("canonicalRequest", at, mine, aws) };
}

/** Where two lines part. */
function differenceAt(stage: Difference["stage"], line: number, actual: string, expected: string): Difference {
  let column = 0;
  while (column < actual.length && actual[column] === expected[column]) column++;
  return { stage, line: line + 1, column: column + 1, expected, actual };
}

function nameCause(at: number, ours: readonly string[], theirs: readonly string[]): Finding {
  const [mine = "", aws = ""] = [ours[at], theirs[at]];
  if (at === 0) return { cause: "method", detail: `${mine} was signed and ${aws} arrived` };
  if (at === 1) return comparePaths(mine, aws);
  if (at === 2) return compareQueries(mine, aws);
  const hashAt = theirs.length - 1;
  if (at >= hashAt && at >= ours.length - 1) return comparePayloads(mine, aws);
  return compareHeaders(ours, theirs);
}

function comparePaths(mine: string, aws: string): Finding {
  if (decodeEscapes(mine) === decodeEscapes(aws)) {
    const once = mine.length < aws.length;
    return {
      cause: once ? "path-encoded-once" : "path-encoded-twice",
      detail: `the path was signed with ${once ? "less" : "more"} percent-encoding than the service computes`,
    };
  }
  const isNormalized =
    decodeEscapes(mine).replaceAll(/\/+(?:\.?\/+)*/g, "/") === decodeEscapes(aws).replaceAll(/\/+(?:\.?\/+)*/g, "/");
  return {
    cause: "path-changed",
    detail: isNormalized
      ? 'the path was normalised on one side only; S3 needs settings.pathNormalization "none", other services "rfc3986"'
      : "the path was changed in transit",
  };
}

function compareQueries(mine: string, aws: string): Finding {
  const sorted = (query: string): string => query.split("&").toSorted().join("&");
  if (sorted(mine) === sorted(aws)) return { cause: "query-order", detail: "the query was signed in another order" };
  // A plus is where encodings differ most: to some it is a space.
  const decoded = (query: string): string =>
    sorted(
      query
        .split("&")
        .map((pair) => decodeEscapes(pair).replaceAll("+", " "))
        .join("&"),
    );
  return decoded(mine) === decoded(aws)
    ? { cause: "query-encoding", detail: "the query means the same and is encoded differently" }
    : { cause: "query-changed", detail: "the query was changed in transit" };
}

function compareHeaders(ours: readonly string[], theirs: readonly string[]): Finding {
  const mine = readHeaders(ours);
  const aws = readHeaders(theirs);
  for (const [name, value] of mine) {
    const arrived = aws.get(name);
    if (arrived === value) continue;
    if (arrived === undefined || arrived === "") {
      return name === "x-amz-security-token"
        ? { cause: "session-token-missing", detail: "the signed session token did not arrive" }
        : { cause: "header-missing", detail: `the signed header ${name} did not arrive` };
    }
    return { cause: "header-changed", detail: `the signed header ${name} arrived with another value` };
  }
  const added = [...aws.keys()].find((name) => !mine.has(name));
  return {
    cause: "header-changed",
    detail: `the service expects a header that was not signed: ${added ?? "see the difference"}`,
  };
}

function comparePayloads(mine: string, aws: string): Finding {
  return {
    cause: "body-changed",
    detail: /^[\da-f]{64}$/.test(mine)
      ? "the hash of the body that arrived is not the hash that was signed"
      : `${mine} was signed for the body, and the service expects ${/^[\da-f]{64}$/.test(aws) ? "its hash" : aws}`,
  };
}

function readHeaders(lines: readonly string[]): ReadonlyMap<string, string> {
  const end = lines.lastIndexOf("");
  return new Map(
    lines.slice(3, end < 3 ? -2 : end).map((line) => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon), line.slice(colon + 1)];
    }),
  );
}

/** Names the cause of the first difference between two strings to sign over the same canonical request. */
export function compareStringsToSign(actual: string, expected: string): Finding {
  const ours = actual.split("\n");
  const theirs = expected.split("\n");
  const at = Math.max(
    0,
    theirs.findIndex((text, index) => text !== ours[index]),
  );
  const [mine = "", aws = ""] = [ours[at], theirs[at]];
  const difference = differenceAt("stringToSign", at, mine, aws);
  if (at === 1) return { cause: "clock-skew", detail: `signed at ${mine}, and AWS reads ${aws}`, difference };
  if (at === 2) {
    const [[, region, service], [, rightRegion, rightService]] = [mine.split("/"), aws.split("/")];
    if (service !== rightService) {
      return { cause: "wrong-service", detail: `signed for "${service}", and AWS reads "${rightService}"`, difference };
    }
    return region === rightRegion
      ? { cause: "clock-skew", detail: `signed in the scope ${mine}, and AWS reads ${aws}`, difference }
      : { cause: "wrong-region", detail: `signed for ${region}, and AWS reads ${rightRegion}`, difference };
  }
  return { cause: "other", detail: "the canonical requests differ, and AWS does not show its own", difference };
}
