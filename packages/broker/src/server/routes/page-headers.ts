import type { Clock } from "@countersign/signer";

/** The headers that let pages of allowed origins read answers: https://fetch.spec.whatwg.org/#http-cors-protocol. */
export interface PageHeaders {
  /** For an answer to this request, refusals included. */
  answering(request: Request): Readonly<Record<string, string>>;
  /** The answer to the question of a browser whether a page may send a request. */
  preflight(request: Request): Response;
}

const MAX_AGE_SECONDS = "600";

/**
 * A page judges by the broker's time how long credentials last, because the clock of its device may be wrong. STS corrects
 * the broker's clock, so `Date` is written by that one and not by the machine's.
 */
const READABLE = { "access-control-expose-headers": "date,retry-after" };

/**
 * Headers are decided before the answer is made. Middleware such as `hono/cors` changes them afterwards, so that
 * @hono/node-server must send a stream in place of a text: a third of the CPU time of a request.
 *
 * @param origins read for each request.
 */
export function createPageHeaders(origins: () => readonly string[], clock: Pick<Clock, "now">): PageHeaders {
  function answering({ headers }: Request): Readonly<Record<string, string>> {
    const origin = headers.get("origin") ?? "";
    // Caches must keep answers to different origins apart.
    return {
      vary: "Origin",
      date: new Date(clock.now()).toUTCString(),
      ...(origins().includes(origin) && { "access-control-allow-origin": origin, ...READABLE }),
    };
  }

  return {
    answering,
    preflight: (request) =>
      new Response(null, {
        status: 204,
        headers: {
          ...answering(request),
          vary: "Origin, Access-Control-Request-Headers",
          "access-control-allow-methods": "POST",
          "access-control-allow-headers": "authorization,content-type",
          "access-control-max-age": MAX_AGE_SECONDS,
        },
      }),
  };
}
