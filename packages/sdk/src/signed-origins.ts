import { isRecord } from "@countersign/signer/options";
import type { HttpHandler } from "@countersign/transport";
import type { HttpRequest } from "@smithy/types";
import { refuse } from "./error.ts";
import { asText, defaultPort, isSameHost, textOf } from "./sdk-request.ts";

/** Holds each signature to the server that it was made for. */
export interface SignedOrigins {
  /** Keeps the server that a signed request names. */
  keep(request: HttpRequest): void;
  /** Makes a handler that refuses a request whose server was changed after signing. */
  wrap(handler: HttpHandler): HttpHandler;
}

/**
 * Signatures that are kept until their request is sent, some 3 MB, and as many after it, because middleware may send it
 * once more. A client with a handler of its own never sends its requests here.
 */
const MAX_KEPT = 10_000;

/**
 * How long a signature is kept, in milliseconds. AWS accepts one for 15 minutes from its date, and dates that are up to 15
 * minutes ahead.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html
 */
const MAX_AGE_MS = 30 * 60_000;

/**
 * A run of digits with a signature in it, whatever is written around: middleware may move it to another header or the
 * query, or write more digits beside it. Signatures are known by their first 64 digits; those of Signature Version 4a are
 * longer.
 */
const DIGITS = /[\da-f]{64,}/giu;

/** Middleware may have written anything into these. */
interface Address {
  readonly protocol: unknown;
  readonly hostname: unknown;
  readonly port?: number | string | null | undefined;
  readonly headers: object;
}

/** The requests with one signature. Equal requests of one second have the same one. */
interface Kept {
  readonly origin: string;
  readonly keptAt: number;
  readonly accessKeyId: string;
  /** How many of them were signed and not yet sent. */
  readonly waiting: number;
}

/**
 * Makes a `SignedOrigins`. Middleware that runs after signing can give a request another host, which would then receive a
 * session token and a signature that AWS accepts. Signatures are the keys, because middleware may copy the request.
 *
 * At a limit the oldest signature is dropped. From then on a request with an unknown signature of the same access key is
 * refused, for as long as AWS could accept a signature that was dropped.
 *
 * @param monotonic milliseconds from a clock that does not jump.
 */
export function createSignedOrigins(monotonic: () => number): SignedOrigins {
  const waiting = new Map<string, Kept>();
  const sent = new Map<string, Kept>();
  /** When a signature was last dropped, by access key. */
  const drops = new Map<string, number>();

  function put(into: Map<string, Kept>, signature: string, kept: Kept): void {
    // Deleted first, so that the oldest entry stays in front.
    into.delete(signature);
    const [oldest] = into.size < MAX_KEPT ? [] : into;
    if (oldest !== undefined) {
      const [dropped, { keptAt, accessKeyId }] = oldest;
      into.delete(dropped);
      const now = monotonic();
      if (now - keptAt <= MAX_AGE_MS) {
        drops.delete(accessKeyId);
        drops.set(accessKeyId, now);
      }
      for (const [key, at] of drops) {
        if (now - at <= MAX_AGE_MS) break;
        drops.delete(key);
      }
    }
    into.set(signature, kept);
  }

  function originFor(signature: string): string | undefined {
    const kept = waiting.get(signature);
    if (kept === undefined) return sent.get(signature)?.origin;
    const left = { ...kept, waiting: kept.waiting - 1 };
    if (left.waiting > 0) waiting.set(signature, left);
    else {
      waiting.delete(signature);
      put(sent, signature, left);
    }
    return kept.origin;
  }

  /** Whether texts name an access key of which a signature was dropped that AWS could still accept. */
  function wasDropped(texts: readonly string[]): boolean {
    const now = monotonic();
    for (const [accessKeyId, at] of drops) {
      if (now - at > MAX_AGE_MS) drops.delete(accessKeyId);
      else if (texts.some((text) => text.includes(accessKeyId))) return true;
    }
    return false;
  }

  return {
    keep(request) {
      const now = monotonic();
      for (const [signature, { keptAt }] of waiting) {
        if (now - keptAt <= MAX_AGE_MS) break;
        waiting.delete(signature);
      }
      const origin = originOf(request);
      for (const text of textsOf(request.headers)) {
        const accessKeyId = /Credential=([^/]+)/u.exec(text)?.[1] ?? "";
        for (const [, digits = ""] of text.matchAll(/Signature=([\da-f]{64})/gu)) {
          const before = waiting.get(digits)?.waiting ?? 0;
          put(waiting, digits, { origin, keptAt: now, accessKeyId, waiting: before + 1 });
        }
      }
    },
    wrap: (handler) => ({
      ...handler,
      async handle(sent, options) {
        const given = Object(sent) as typeof sent;
        // Read once: what is compared is what is sent.
        const request = {
          ...given,
          headers: asText({ ...given.headers }),
          query: isRecord(given.query) ? asText(given.query) : given.query,
        };
        checkAddress(request);
        const origin = originOf(request);
        // A path may have a query, too, and Node's handler writes a fragment behind it.
        const { fragment } = request as { readonly fragment?: string };
        const texts = [...textsOf(request.headers), ...textsOf(request.query), request.path, fragment ?? ""];
        const signatures = new Set(texts.flatMap((text) => (text.match(DIGITS) ?? []).flatMap(beginnings)));
        const origins = Array.from(signatures, originFor);
        const known = origins.filter((signedFor) => signedFor !== undefined);
        if (known.length === 0 && signatures.size > 0 && wasDropped(texts)) {
          refuse(
            `requests: must be at most ${MAX_KEPT} between signing and sending, or sending once more; sign this one anew`,
          );
        }
        if (known.some((signedFor) => signedFor !== origin)) {
          refuse(
            "hostname: must be the host that the request was signed for, with its protocol and port; change them in middleware that runs before signing",
          );
        }
        return handler.handle(request, options);
      },
    }),
  };
}

/**
 * Refuses an address that a handler could read in another way than it is compared: an object may show another host the
 * next time, and `fetch` reads the parts as one URL, in which a path without a slash extends the host's name.
 */
function checkAddress(request: object): void {
  const { protocol, hostname, port, path, query, fragment, username, password } = request as Readonly<
    Record<string, unknown>
  >;
  for (const [name, value] of Object.entries({ protocol, hostname, path })) {
    if (typeof value !== "string") refuse(`${name}: must be text`);
  }
  // Without the colon a page would resolve the address against its own.
  if (!/^(?:http|ws)s?:$/u.test(String(protocol))) refuse('protocol: must be "https:"');
  if (!["number", "string"].includes(typeof (port ?? 443))) refuse("port: must be a number");
  if (!String(path).startsWith("/")) refuse("path: must begin with a slash");
  if (typeof (fragment ?? "") !== "string") refuse("fragment: must be text");
  if (!isRecord(query ?? {})) refuse("query: must be an object of names and values");
  for (const [name, value] of Object.entries({ username, password })) {
    const given = value ?? "";
    if (typeof given !== "string" || /[/?#@\\]/u.test(given)) {
      refuse(`${name}: must be text without / ? # @ and \\; percent-encode them`);
    }
  }
}

/** What may be the first 64 digits of a signature, at each place in a run of digits. */
function beginnings(run: string): string[] {
  const digits = run.toLowerCase();
  return Array.from({ length: digits.length - 63 }, (_, at) => digits.slice(at, at + 64));
}

/** The names and values of headers or of a query, into which middleware may have written anything. */
function textsOf(values: unknown): string[] {
  return Object.entries(Object(values) as object)
    .flat()
    .map(String);
}

/** The address, and each host that a header names in its place: a server of many hosts would serve that one. */
function originOf({ protocol, hostname, port, headers }: Address): string {
  const scheme = String(protocol).replace(/:?$/u, ":");
  const to = port ?? defaultPort(scheme);
  const hosts = Object.entries(headers).flatMap(([name, value]: [string, unknown]) =>
    /^(?:host|:authority)$/iu.test(name) ? [value ?? []].flat().map(textOf) : [],
  );
  const others = hosts
    .filter((host) => !isSameHost(host, String(hostname), to))
    .map((host) => ` ${host.toLowerCase()}`);
  return `${scheme}//${String(hostname).toLowerCase()}:${to}${others.join("")}`;
}
