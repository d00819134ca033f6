import { FetchError } from "../errors/fetch-error.ts";
import { createHostGate } from "../hosts/host-gate.ts";
import type { Fetch } from "../middleware/middleware.ts";
import { MAX_BUFFER_BYTES } from "../call/outgoing.ts";
import { readBody } from "../call/read-body.ts";
import { createSignedFetch, type SignedFetchOptions } from "../signed-fetch/create-signed-fetch.ts";

/** Which requests are passed on. */
export interface ProxyRule {
  /** Default: `POST`. */
  readonly method?: string | undefined;
  /** The path behind the prefix, byte for byte, such as `/endpoints/my-endpoint/invocations`. */
  readonly path: string;
  /** The operation that must be named in `x-amz-target`, such as `SageMaker.DescribeEndpoint`. Default: none may be. */
  readonly target?: string | undefined;
}

/** What `createProxyHandler` takes besides what signs. */
export interface ProxyOptions {
  /** Where requests go: `https://runtime.sagemaker.eu-west-1.amazonaws.com`. */
  readonly upstream: string | URL;
  /** The requests that are passed on; every other one is a 404. */
  readonly allow: readonly ProxyRule[];
  /** Taken off the path of the page's requests. Default: none. */
  readonly prefix?: string | undefined;
  /**
   * Decides whether this user may ask: it reads the session of your application. Anything but `true` is a 403; a
   * Response is sent instead. Default: every same-origin request may.
   */
  readonly authorize?: ((request: Request) => boolean | Response | Promise<boolean | Response>) | undefined;
  /** A larger request is a 413. Default: 6,291,456 bytes, SageMaker's own limit. */
  readonly maxBodyBytes?: number | undefined;
}

/**
 * What a page may say to SageMaker. Everything else stays behind: cookies, authorization, `x-forwarded-*`, `x-amz-*`.
 *
 * @see https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpoint.html
 */
const REQUEST_HEADERS = /^(?:accept|content-type|x-amz-target|x-amzn-sagemaker-[a-z-]+)$/u;

/** What SageMaker may say to a page: no cookie, no security policy, no encoding that fetch undid already. */
const RESPONSE_HEADERS = /^(?:content-type|retry-after|x-amzn-[a-z-]+)$/u;

/** A model's answer is data: not to be sniffed, stored, or run as a document of the page's origin. */
const ANSWER_HEADERS: Readonly<Record<string, string>> = {
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; sandbox",
  "x-content-type-options": "nosniff",
};

/**
 * Makes a handler for your own server that signs what a page of the same origin asks for, and streams the answer back.
 *
 * For pages this is the default: whether SageMaker's endpoints answer CORS preflights is not documented, and no
 * credential ever reaches the page. It takes a Request and answers a Response: Hono, Deno, Bun and Workers call it as
 * it is. A request of another site is refused (`Sec-Fetch-Site`, `Origin`), whatever cookies the browser adds.
 *
 * @throws FetchError `INVALID_OPTION`, `HOST_NOT_ALLOWED`, `PLAINTEXT_REFUSED`. The handler throws nothing: what fails is a 502 without details.
 * @see https://web.dev/articles/fetch-metadata
 * @example
 * const proxy = createProxyHandler({
 *   region: "eu-west-1", credentials,
 *   upstream: "https://runtime.sagemaker.eu-west-1.amazonaws.com",
 *   prefix: "/sagemaker", allow: [{ path: "/endpoints/chat/invocations" }],
 * });
 * app.post("/sagemaker/*", (context) => proxy(context.req.raw));
 */
export function createProxyHandler(
  options: SignedFetchOptions & ProxyOptions,
): (request: Request) => Promise<Response> {
  const { prefix = "", authorize, maxBodyBytes = MAX_BUFFER_BYTES } = options;
  const upstream = upstreamOf(options.upstream);
  if (!Array.isArray(options.allow)) {
    throw new FetchError("INVALID_OPTION", "allow is no list: pass [{ path: '/endpoints/chat/invocations' }], say.");
  }
  const allowed = new Set(
    options.allow.map(({ method = "POST", path, target }) =>
      keyOf(method.toUpperCase(), checkPath(path), target ?? null),
    ),
  );
  if (prefix !== "" && checkPath(prefix).endsWith("/")) {
    throw new FetchError(
      "INVALID_OPTION",
      "prefix ends in a slash, with which the paths in allow begin: leave it out.",
    );
  }
  // Said now, for the page is told no details; a function in allowedHosts may want to see the whole URL.
  if (options.allowedHosts === undefined) createHostGate(undefined, options.signer ?? options)(new URL(upstream));
  const signed: Fetch = createSignedFetch({ ...options, maxBufferBytes: maxBodyBytes });

  return async function proxy(request) {
    const { pathname, search, origin } = new URL(request.url);
    if (!isSameOrigin(request, origin)) return refuse(403, "cross-site requests are not passed on");
    const path = pathname.startsWith(prefix) ? pathname.slice(prefix.length) : "";
    // A query may name an operation as well (AWS's Query protocol), and SageMaker has none that needs one.
    const known = search === "" && allowed.has(keyOf(request.method, path, request.headers.get("x-amz-target")));
    if (!known) return refuse(404, "not passed on");
    const verdict = await Promise.resolve(request)
      .then((asked) => (authorize === undefined ? true : authorize(asked)))
      // Who cannot tell whether somebody may ask has not said yes.
      .catch(() => false);
    if (verdict instanceof Response) return verdict;
    // Nothing but a yes: a look-up that finds no session answers undefined.
    if ((verdict as unknown) !== true) return refuse(403, "not allowed");

    try {
      request.signal.throwIfAborted();
      const body = request.body === null ? null : await readBody(request, maxBodyBytes, request.signal);
      const answer = await signed(`${upstream}${path}`, {
        method: request.method,
        headers: pick(request.headers, REQUEST_HEADERS),
        body,
        signal: request.signal,
        redirect: "error",
      });
      const headers = pick(answer.headers, RESPONSE_HEADERS);
      for (const [name, value] of Object.entries(ANSWER_HEADERS)) headers.set(name, value);
      return new Response(answer.body, { status: answer.status, headers });
    } catch (error) {
      if (error instanceof FetchError && error.code === "BODY_TOO_LARGE") {
        return refuse(413, `larger than ${maxBodyBytes} bytes`);
      }
      // Said to the page without details: they are for the server's own `onEvent`.
      return refuse(request.signal.aborted ? 499 : 502, "the service could not be asked");
    }
  };
}

function keyOf(method: string, path: string, target: string | null): string {
  return JSON.stringify([method, path, target]);
}

/** Browsers say where a request comes from, and pages cannot change it; other clients have no user's cookies to abuse. */
function isSameOrigin(request: Request, origin: string): boolean {
  const site = request.headers.get("sec-fetch-site");
  if (site !== null) return site === "same-origin";
  const from = request.headers.get("origin");
  return from === null || from === origin;
}

function pick(headers: Headers, names: RegExp): Headers {
  const picked = new Headers();
  headers.forEach((value, name) => {
    if (names.test(name)) picked.set(name, value);
  });
  return picked;
}

function refuse(status: number, message: string): Response {
  return Response.json({ message }, { status, headers: ANSWER_HEADERS });
}

function upstreamOf(upstream: string | URL): string {
  let url: URL;
  try {
    url = new URL(upstream);
  } catch {
    throw new FetchError("INVALID_OPTION", "upstream cannot be parsed: pass the address of the service.");
  }
  if (url.pathname !== "/" || url.search !== "" || url.username !== "" || url.password !== "") {
    throw new FetchError("INVALID_OPTION", "upstream must be an origin: name paths in allow.");
  }
  return url.origin;
}

/** Compared byte for byte with what `URL` makes of a request's path, so it has to be in that form. */
function checkPath(path: string): string {
  if (typeof path === "string" && path.startsWith("/") && new URL(path, "https://host").pathname === path) return path;
  throw new FetchError("INVALID_OPTION", `${JSON.stringify(path)} is no path: pass one that begins with a slash.`);
}
