import { type SignedRequest, type Signer, words } from "@countersign/signer";
import { checkOptions, optional, shape, type Shapes } from "@countersign/signer/options";
import { FetchError, refuse, refuseOption } from "../errors/fetch-error.ts";
import { hostGate, type HostRule, hostRules } from "../hosts/host-gate.ts";
import { signerShape } from "../middleware/signing-shapes.ts";
import { checkPath } from "../middleware/signing-step.ts";
import { type DispatchHandler, isLater, reportError, watchStart } from "./dispatch-handler.ts";
import { dispatchUrl } from "./dispatch-url.ts";
import { unquoted } from "../call/outgoing.ts";
import { own } from "../call/own.ts";

/** Options of `signingInterceptor`. */
export interface SigningInterceptorOptions {
  /** The hosts that may be sent credentials. Default: those of the signer's own service in its region. */
  readonly allowedHosts?: readonly HostRule[] | undefined;
  /**
   * The greatest age of a signature, in milliseconds, when its request is written to a socket. A request that waited
   * longer for a connection is signed anew. Default: 60,000.
   */
  readonly maxSignatureAgeMs?: number | undefined;
}

const shapes: Shapes<SigningInterceptorOptions> = {
  allowedHosts: hostRules,
  maxSignatureAgeMs: optional(
    shape(words && "a number of milliseconds above 0", (value) => typeof value === "number" && value > 0),
  ),
};

/** undici's `DispatchOptions`: every field is read as an own property, once. */
type DispatchOptions = Readonly<Record<string, unknown>>;

type Dispatch = (options: DispatchOptions, handler: DispatchHandler) => boolean;

/** How often a request is signed at most: in a queue that is always too long it would otherwise never be sent. */
const MAX_SIGNATURES = 3;

/** Headers that undici writes from the URL and the body. A caller's `host` would also decide which certificate is accepted. */
const REPLACED = new Set(["host", "content-length"]);

/**
 * Makes an interceptor that signs what an undici dispatcher sends: `dispatcher.compose(signingInterceptor(signer))`.
 *
 * Compose it before interceptors that retry or redirect, so that each of their sendings is signed anew. A redirect
 * interceptor composed after it, and undici 6's `maxRedirections`, follow nothing: the answer is returned as it is. A
 * signature that grew old in undici's queue is replaced before the first byte is written (aws-sdk-go#635,
 * aws-sdk-js-v3#6222).
 *
 * @throws FetchError `INVALID_OPTION`. The dispatched request fails with `HOST_NOT_ALLOWED`, `PLAINTEXT_REFUSED`,
 * `INVALID_REQUEST` or `STREAM_NEEDS_PAYLOAD`; with `INVALID_OPTION` when dispatcher and handler are of undici versions
 * that do not fit together.
 * @example
 * const agent = new Agent().compose(signingInterceptor(createSigner({ region: "eu-west-1", credentials })));
 * const { body } = await request(url, { dispatcher: agent, method: "POST", body: "{}" });
 */
export function signingInterceptor(
  signer: Signer,
  options: SigningInterceptorOptions = {},
): <AnyDispatch extends (options: never, handler: never) => boolean>(dispatch: AnyDispatch) => AnyDispatch {
  signerShape(signer, "signer", refuseOption);
  const { allowedHosts, maxSignatureAgeMs = 60_000 } = checkOptions(options, shapes, refuseOption);
  const { clock } = signer;
  const gate = hostGate(allowedHosts, signer);

  return <AnyDispatch extends (options: never, handler: never) => boolean>(next: AnyDispatch): AnyDispatch => {
    const dispatch = next as unknown as Dispatch;

    function signAndDispatch(request: DispatchOptions, handler: DispatchHandler, count: number): boolean {
      const { origin, path, query, method, headers, body } = request;
      const url = dispatchUrl(origin, path, query);
      gate(url);
      checkPath(path as string, signer);
      const signable = {
        method: method as string,
        url: url.href,
        headers: unquoted("headers", () => headersOf(headers)),
        body: bodyOf(body),
      };
      if (signer.credentials.peek() !== undefined) return send(signer.signSync(signable));
      signer
        .sign(signable)
        .then(send)
        .catch((error: unknown) => reportError(handler, explained(error, handler)));
      return true;

      function send(signed: SignedRequest): boolean {
        const signedAt = clock.now();
        const sent = {
          ...request,
          origin: url.origin,
          path: signed.url.slice(url.origin.length),
          method: signed.method,
          headers: signed.headers,
          // Both would change what was judged: the path, and the name that the certificate must have.
          query: undefined,
          servername: undefined,
          // A redirect that is followed below would take the session token and the body along.
          maxRedirections: 0,
        };
        const watched = watchStart(handler, {
          putOff: () => count < MAX_SIGNATURES && Math.abs(clock.now() - signedAt) > maxSignatureAgeMs,
          // With the headers that were read, because an iterator gives them once.
          again: () => void attempt({ ...request, headers: signable.headers }, handler, count + 1),
        });
        return dispatch(sent, watched);
      }
    }

    function attempt(request: DispatchOptions, handler: DispatchHandler, count: number): boolean {
      try {
        return signAndDispatch(request, handler, count);
      } catch (error) {
        reportError(handler, explained(error, handler));
        return true;
      }
    }

    return ((request: DispatchOptions, handler: DispatchHandler) =>
      // A copy, so that the caller cannot change the request while credentials are awaited; own properties only.
      attempt(own(request), handler, 1)) as unknown as AnyDispatch;
  };
}

/** Names the versions when a dispatcher does not know the handler: undici says only which method it misses. */
function explained(error: unknown, handler: DispatchHandler): unknown {
  const { code, message } = Object(error) as { readonly code?: unknown; readonly message?: unknown };
  if (code !== "UND_ERR_INVALID_ARG" || !/^(?:invalid on\w+ method$|opts\.dispatcher )/.test(String(message)))
    return error;
  const { process } = globalThis as { readonly process?: { readonly versions?: { readonly undici?: string } } };
  const own = process?.versions?.undici;
  const builtIn = own === undefined ? "" : ` (the global fetch of this Node uses undici ${own})`;
  const [given, taken] = isLater(handler) ? ["8 or newer", "6"] : ["6 or 7", "8 or newer"];
  return new FetchError(
    "INVALID_OPTION",
    `dispatcher: must be of the undici version that sends the request; it is of undici ${taken}, and the sender of ` +
      `undici ${given}. Use request and fetch of the package that the Agent comes from${builtIn}`,
    { cause: error },
  );
}

/** undici takes headers as a record, as pairs, and as one flat list of names and values. */
function headersOf(headers: unknown): readonly (readonly [string, string])[] {
  if (headers === undefined || headers === null) return [];
  const flat = Array.isArray(headers) && !Array.isArray(headers[0]) ? (headers as readonly unknown[]) : undefined;
  const pairs: Iterable<readonly [unknown, unknown]> =
    flat !== undefined
      ? flat.flatMap((name, index) => (index % 2 === 0 ? [[name, flat[index + 1]] as const] : []))
      : Symbol.iterator in Object(headers)
        ? (headers as Iterable<readonly [unknown, unknown]>)
        : Object.entries(headers);
  // Texts first, once: an object could answer "x-a" to the filter and "host" to undici.
  return Array.from(pairs, ([name, value]) => [textOf(name), value] as const)
    .filter(([name]) => !REPLACED.has(name.toLowerCase()))
    .flatMap(([name, value]) =>
      (Array.isArray(value) ? (value as unknown[]) : [value])
        .filter((one) => one !== undefined && one !== null)
        .map((one) => [name, textOf(one)] as const),
    );
}

/** undici's flat list may hold bytes, of any realm. */
function textOf(value: unknown): string {
  return ArrayBuffer.isView(value) ? new TextDecoder("latin1").decode(value) : String(value);
}

function bodyOf(body: unknown): string | Uint8Array | null {
  if (body === undefined || body === null) return null;
  if (typeof body === "string") return body;
  // Compared by name, because test runners have their own constructors.
  if (ArrayBuffer.isView(body) && Object.prototype.toString.call(body) === "[object Uint8Array]")
    return body as Uint8Array;
  return refuse(
    "STREAM_NEEDS_PAYLOAD",
    "body: must be a string, Buffer or Uint8Array to be signed here; use createSignedFetch for streams",
  );
}
