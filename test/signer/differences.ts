import type { Case } from "./peers.ts";

/** Something in which a peer is known to differ, and why we do not follow. */
export interface Difference {
  readonly what: string;
  readonly why: string;
  readonly applies: (given: Case) => boolean;
  /** Shows it. When it no longer does, the entry is stale. */
  readonly example: Partial<Case>;
}

const has =
  (...names: readonly string[]) =>
  (given: Case): boolean =>
    names.some((name) => name in given.headers);
const endsInDots = ({ path, service }: Case): boolean => service !== "s3" && /\/\.{1,2}$/.test(path);

/** RFC 3986, section 2.3, of what was encoded in some way. */
const encodedOnce = (segment: string): string =>
  encodeURIComponent(decodeURIComponent(segment)).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );

/** Headers that are not signed here because they change on the way (design: what `all` leaves out). */
export const UNSTABLE = [
  "accept-encoding",
  "range",
  "traceparent",
  "tracestate",
  "baggage",
  "x-forwarded-for",
  "sentry-trace",
  "b3",
];

export const SMITHY: readonly Difference[] = [
  {
    what: "signs headers that proxies and tracing agents rewrite",
    why: "open-telemetry/opentelemetry-js#3922: an agent adds or changes them after the signature",
    applies: has(...UNSTABLE),
    example: { headers: { traceparent: "00-a-b-01" } },
  },
  {
    what: "never signs cache-control, pragma and referer",
    why: "browsers set these; with `all` headers they are signed",
    applies: has("cache-control", "pragma", "referer"),
    example: { headers: { "cache-control": "no-store" } },
  },
  {
    what: "drops a given date header",
    why: "it is the caller's, and signed under `all`, as the S3 documentation does",
    applies: has("date"),
    example: { headers: { date: "Fri, 24 May 2013 00:00:00 GMT" } },
  },
  {
    what: "signs the path of S3 as it is written",
    why: "S3 decodes the path and encodes it once: only that form verifies",
    applies: ({ path, service }) =>
      service === "s3" && path.split("/").some((segment) => segment !== encodedOnce(segment)),
    example: { service: "s3", path: "/a(b)" },
  },
  {
    what: "takes a path that ends in a dot segment for a file",
    why: "RFC 3986, section 5.2.4: `/a/.` is `/a/`, and so it travels once a URL parser has seen it",
    applies: endsInDots,
    example: { path: "/a/b/.." },
  },
];

export const AWS4: readonly Difference[] = [
  {
    what: "signs headers that proxies and tracing agents rewrite",
    why: "open-telemetry/opentelemetry-js#3922: an agent adds or changes them after the signature",
    applies: has(...UNSTABLE.filter((name) => name !== "range")),
    example: { headers: { "accept-encoding": "gzip" } },
  },
  {
    what: "takes a plus in the query for a space",
    why: "services take it for a plus (smithy-lang/smithy-rs#4227, curl/curl#20543)",
    applies: ({ query }) => query.some((pair) => pair.includes("+")),
    example: { query: ["a=b+c"] },
  },
  {
    what: "takes a plus in an S3 path for a space, and an encoded slash for a slash",
    why: "they are other keys",
    applies: ({ path, service }) => service === "s3" && /\+|%2F/i.test(path),
    example: { service: "s3", path: "/a+b" },
  },
  {
    what: "signs only the first of the values of one query name for S3",
    why: "all of them travel",
    applies: ({ query, service }) => {
      const names = query.map((pair) => decodeURIComponent(pair.split("=", 1)[0] ?? ""));
      return service === "s3" && new Set(names).size < names.length;
    },
    example: { service: "s3", query: ["a=1", "a=2"] },
  },
  {
    what: "drops query parameters without a name",
    why: "they travel",
    applies: ({ query }) => query.some((pair) => pair.startsWith("=")),
    example: { query: ["=x"] },
  },
  {
    what: "takes a path that ends in a dot segment for a file",
    why: "RFC 3986, section 5.2.4",
    applies: endsInDots,
    example: { path: "/a/b/.." },
  },
];
