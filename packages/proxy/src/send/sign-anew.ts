import type { SignedRequest, Signer } from "@countersign/signer";
import { signChunked } from "@countersign/signer/chunked";
import type { Authenticated } from "../receive/authenticate.ts";
import type { BufferBudget, HeldMemory } from "../receive/buffer-budget.ts";
import type { RequestBody } from "../receive/arriving-body.ts";
import { chunkedBody } from "../receive/chunked-body.ts";
import { hashed, unwatched } from "../receive/hashed-body.ts";
import type { Received } from "../receive/received.ts";
import { malformed, Refusal } from "../refusal.ts";

/** A request as it goes to AWS. */
export interface OutgoingRequest extends Pick<SignedRequest, "method" | "url"> {
  /** Names and values in turn, which is the cheapest form for the transport. */
  readonly headers: readonly string[];
  readonly body: Uint8Array | AsyncIterable<Uint8Array> | undefined;
}

/** The client's request without its signature. */
export interface UnsignedRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** SHA-256 of no bytes. */
const EMPTY_SHA256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/**
 * Signs a request anew in the form that its client chose: over the hash of the body, without it, or chunk by chunk.
 *
 * @param body the bytes where the body was read whole, else the stream.
 * @param budget holds signed chunks.
 * @throws Refusal for a body that cannot be sent as it is framed.
 */
export async function signAnew(
  signer: Signer,
  unsigned: UnsignedRequest,
  request: Received,
  proof: Authenticated,
  body: RequestBody,
  budget: BufferBudget,
): Promise<OutgoingRequest> {
  const { form, payloadHash } = proof;
  if (form.startsWith("streaming") && !(body instanceof Uint8Array))
    return signInChunks(signer, unsigned, request, proof, body, budget.hold(proof.state.traffic));
  const payload = form === "unsigned" ? "unsigned" : ({ sha256: payloadHash } as const);
  const { method, url, headers } = unsigned;
  const signed = await signer.sign({ method, url, headers, payload });
  if (body instanceof Uint8Array) return withBody(signed, body, body.length);

  const length = Number(request.headers.get("content-length") ?? 0);
  if (request.isOpenEnded) throw malformed("A streamed body must have a Content-Length.");
  if (form === "unsigned") return withBody(signed, length === 0 ? undefined : body.through(unwatched), length);
  if (length === 0 && payloadHash !== EMPTY_SHA256) {
    throw new Refusal(
      400,
      "XAmzContentSHA256Mismatch",
      "The body is empty, and x-amz-content-sha256 announces another hash.",
    );
  }
  return withBody(signed, length === 0 ? undefined : body.through(hashed(payloadHash)), length);
}

function withBody(signed: SignedRequest, body: OutgoingRequest["body"], length: number): OutgoingRequest {
  const { method, url } = signed;
  const headers = listOf(signed.headers);
  if (length > 0 || !/^(?:GET|HEAD|DELETE)$/u.test(method)) headers.push("content-length", String(length));
  return { method, url, headers, body: length === 0 ? undefined : body };
}

function listOf(headers: Readonly<Record<string, string>>): string[] {
  const list: string[] = [];
  for (const name of Object.keys(headers)) list.push(name, headers[name] as string);
  return list;
}

/** Each chunk is verified, and signed in a chain of the proxy's own. */
async function signInChunks(
  signer: Signer,
  unsigned: UnsignedRequest,
  { headers }: Received,
  { form, chain }: Authenticated,
  stream: AsyncIterable<Buffer>,
  memory: HeldMemory,
): Promise<OutgoingRequest> {
  const announced = headers.get("x-amz-decoded-content-length") ?? "";
  const decodedLength = Number(announced);
  if (!/^\d{1,16}$/u.test(announced) || !Number.isSafeInteger(decodedLength)) {
    throw malformed("x-amz-decoded-content-length must be a number of bytes.");
  }
  const trailerNames = form.endsWith("trailer") ? trailersIn(headers.get("x-amz-trailer") ?? "") : undefined;
  const received = new Map<string, string>();
  // The signer asks for the values when the data has passed, and only then they are known.
  const trailer =
    trailerNames && Object.fromEntries(trailerNames.map((name) => [name, () => received.get(name) ?? ""]));
  const upload = await signChunked(signer, {
    ...unsigned,
    decodedLength,
    payload: form as "streaming-signed",
    ...(trailer && { trailer }),
  });
  const signedChain = form === "streaming-unsigned-trailer" ? undefined : chain;
  const { method, url, headers: signedHeaders } = upload;
  return {
    method,
    url,
    headers: listOf(signedHeaders),
    body: upload.encode(chunkedBody(stream, { chain: signedChain, trailerNames, decodedLength, memory }, received)),
  };
}

/** What Amazon S3 takes as a trailer. Any other header there could ask for more than what was judged. */
const TRAILER = /^x-amz-checksum-[a-z0-9]{1,32}$/u;

/** The names in `x-amz-trailer`. @throws Refusal `ValidationException`. */
function trailersIn(list: string): string[] {
  const names = list
    .toLowerCase()
    .split(",")
    .map((name) => name.trim());
  if (!names.every((name) => TRAILER.test(name)) || new Set(names).size < names.length)
    throw malformed("x-amz-trailer must name checksums, such as x-amz-checksum-crc32, each once.");
  return names;
}
