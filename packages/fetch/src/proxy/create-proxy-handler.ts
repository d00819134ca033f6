import { checkPageRequest } from "#platform/check-parts";
import { errorCode } from "../attempts/error-code.ts";
import { MAX_BUFFER_BYTES } from "../call/outgoing.ts";
import { readBody } from "../call/read-body.ts";
import { readUpTo } from "../call/read-up-to.ts";
import { FetchError } from "../errors/fetch-error.ts";
import { hostGate } from "../hosts/host-gate.ts";
import type { Fetch } from "../middleware/middleware.ts";
import { createSignedFetch } from "../signed-fetch/create-signed-fetch.ts";
import type { SignedFetchOptions } from "../signed-fetch/options.ts";
import { checkProxy, type ProxyOptions } from "./options.ts";
import { redactError, redactText } from "./redact.ts";
import { own } from "../call/own.ts";

/** The page's headers that are passed on by default. They choose neither a model nor a variant. */
const REQUEST_HEADERS = ["accept", "content-type"];

/** The answer's headers that a page receives: no cookie, no security policy, no encoding that fetch has undone. */
const RESPONSE_HEADERS = /^(?:content-type|retry-after|x-amzn-[a-z-]+)$/;

/** Those of an error: others quote its message (`x-amzn-error-message`) or what a gateway was sent (`x-amzn-remapped-…`). */
const ERROR_HEADERS = /^(?:content-type|retry-after|x-amzn-(?:errortype|requestid))$/;

/** An answer is data: it must not be sniffed, stored, or run as a document of the page's origin. */
const ANSWER_HEADERS: Readonly<Record<string, string>> = {
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; sandbox",
  "x-content-type-options": "nosniff",
};

/** As the operations that `x-amz-target` names are read: a form could name another one. */
const JSON_TYPE = /^application\/(?:x-amz-json-1\.[01]|json)\s*(?:;\s*charset="?utf-8"?\s*)?;?$/i;

/** An error is read up to this length; the rest of a longer one is dropped. */
const MAX_ERROR_BYTES = 65_536;

/** What a page is told when AWS refused this server's signature, credentials or permissions. */
const REFUSED_BY_AWS = JSON.stringify({ message: "AWS did not accept this server's request" });

/** How long the body of an error is waited for, in milliseconds. */
const MAX_ERROR_MS = 10_000;

/**
 * Makes a handler for your own server that signs what a page of the same origin asks for, and streams the answer back.
 *
 * For pages this is the default: whether SageMaker's endpoints answer CORS preflights is not documented, and no
 * credential reaches the page. The handler takes a Request and answers a Response: Hono, Deno, Bun and Workers call it as
 * it is. It refuses requests of other sites (`Sec-Fetch-Site`, `Origin`) and for other hosts (`hosts`). Error answers
 * are passed on without what AWS quotes in them: signatures, tokens, roles and accounts.
 *
 * @throws FetchError `INVALID_OPTION`, `HOST_NOT_ALLOWED`, `PLAINTEXT_REFUSED`. The handler itself does not throw: a
 * failure is a 502 without details, which `onEvent` receives.
 * @see https://web.dev/articles/fetch-metadata
 * @example
 * const proxy = createProxyHandler({
 *   region: "eu-west-1", credentials,
 *   upstream: "https://runtime.sagemaker.eu-west-1.amazonaws.com",
 *   hosts: ["app.example.com"], prefix: "/sagemaker", allow: [{ path: "/endpoints/chat/invocations" }],
 * });
 * app.post("/sagemaker/*", (context) => proxy(context.req.raw));
 */
export function createProxyHandler(
  options: SignedFetchOptions & ProxyOptions,
): (request: Request) => Promise<Response> {
  const { proxy, fetch } = checkProxy(options);
  const { upstream, prefix = "", authorize, maxBodyBytes = MAX_BUFFER_BYTES } = proxy;
  const hosts = new Set(proxy.hosts);
  const allowed = new Set(
    proxy.allow.map(({ method = "POST", path, target = null }) => keyOf(method.toUpperCase(), path, target)),
  );
  const passed = new Set([...(proxy.headers ?? REQUEST_HEADERS), "x-amz-target"]);
  // Judged now, because a page is told no details. A function in allowedHosts may need the whole URL, so it is asked later.
  if (fetch.allowedHosts === undefined) hostGate(undefined, fetch.signer ?? fetch)(new URL(upstream));
  const signed: Fetch = createSignedFetch({ ...fetch, maxBufferBytes: maxBodyBytes });

  return async function handle(request) {
    checkPageRequest(request);
    const { pathname, search, origin, host } = new URL(request.url);
    if (!isOwnHost(request, host)) return refuse(403, "this host is not served here");
    if (!isSameOrigin(request, origin)) return refuse(403, "cross-site requests are not passed on");
    const path = pathname.startsWith(prefix) ? pathname.slice(prefix.length) : "";
    // AWS's Query protocol names its operation in the query, and SageMaker has no operation that needs one.
    const known = search === "" && allowed.has(keyOf(request.method, path, request.headers.get("x-amz-target")));
    if (!known) return refuse(404, "not passed on");
    if (request.headers.has("x-amz-target") && !JSON_TYPE.test(request.headers.get("content-type") ?? ""))
      return refuse(415, "must be application/x-amz-json-1.1");
    const verdict = await Promise.resolve(request)
      .then((asked) => (authorize === undefined ? true : authorize(asked)))
      // If authorize throws, deny.
      .catch(() => false);
    if (verdict instanceof Response) return verdict;
    // Compared with true: a look-up that finds no session returns undefined.
    if ((verdict as unknown) !== true) return refuse(403, "not allowed");

    try {
      request.signal.throwIfAborted();
      const body = request.body === null ? null : await readBody(request, maxBodyBytes, request.signal);
      const answer = await signed(`${upstream}${path}`, {
        method: request.method,
        headers: pick(request.headers, (name) => passed.has(name)),
        body,
        signal: request.signal,
        redirect: "error",
      });
      const passing = answer.ok ? RESPONSE_HEADERS : ERROR_HEADERS;
      const headers = pick(answer.headers, (name) => passing.test(name));
      for (const [name, value] of Object.entries(ANSWER_HEADERS)) headers.set(name, value);
      if (answer.ok) return new Response(answer.body, own({ status: answer.status, headers }));
      // Twelve digits of a request id look like an account id.
      headers.forEach((value, name) => {
        if (name !== "x-amzn-requestid") headers.set(name, redactText(value));
      });
      const text = await readError(answer);
      if (text === undefined) {
        headers.set("content-type", "application/json");
        headers.delete("x-amzn-errortype");
      }
      const { status } = answer;
      return new Response(text === undefined ? REFUSED_BY_AWS : text, own({ status, headers }));
    } catch (error) {
      if (error instanceof FetchError && error.code === "BODY_TOO_LARGE") {
        return refuse(413, `larger than ${maxBodyBytes} bytes`);
      }
      return refuse(request.signal.aborted ? 499 : 502, "the service could not be asked");
    }
  };

  /** A server that does not show the Host header has put it into the URL. */
  function isOwnHost({ headers }: Request, host: string): boolean {
    return hosts.has(host) && hosts.has((headers.get("host") ?? host).toLowerCase());
  }
}

function keyOf(method: string, path: string, target: string | null): string {
  // One by one, because a list would be written by the `toJSON` of a polluted `Object.prototype`: all by the same text.
  return [method, path, target].map((part) => JSON.stringify(part)).join(",");
}

/** Browsers say where a request comes from, and pages cannot change it. Other clients carry no cookies of a user. */
function isSameOrigin(request: Request, origin: string): boolean {
  const site = request.headers.get("sec-fetch-site");
  if (site !== null) return site === "same-origin";
  const from = request.headers.get("origin");
  return from === null || from === origin;
}

/** An error's text as the page may read it; `undefined` when it may not be shown. */
async function readError(answer: Response): Promise<string | null | undefined> {
  const bytes =
    answer.body === null
      ? new Uint8Array()
      : await readUpTo(answer.body, MAX_ERROR_BYTES, AbortSignal.timeout(MAX_ERROR_MS));
  const text = new TextDecoder().decode(bytes.subarray(0, MAX_ERROR_BYTES));
  const header = (name: string): string | null => answer.headers.get(name);
  const code = await errorCode({ status: answer.status, header, text: async () => text });
  const shown = redactError(answer.status, code, text);
  // An answer without a body may be one that must not have any, such as a 304.
  return answer.body === null && shown !== undefined ? null : shown;
}

function pick(headers: Headers, isPicked: (name: string) => boolean): Headers {
  const picked = new Headers();
  headers.forEach((value, name) => {
    if (isPicked(name)) picked.set(name, value);
  });
  return picked;
}

function refuse(status: number, message: string): Response {
  const headers = { ...ANSWER_HEADERS, "content-type": "application/json" };
  return new Response(JSON.stringify({ message }), own({ status, headers }));
}
