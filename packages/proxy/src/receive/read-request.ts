import { createHash } from "node:crypto";
import type { ClientState } from "../client/client-state.ts";
import { denied, malformed, type Refusal } from "../refusal.ts";
import type { ArrivingBody, RequestBody } from "./arriving-body.ts";
import type { Authenticate, Authenticated } from "./authenticate.ts";
import { boundProof } from "./bound-proof.ts";
import type { BufferBudget, HeldMemory } from "./buffer-budget.ts";
import { collect } from "./collect.ts";
import { bodyMismatch } from "./hashed-body.ts";
import type { Received } from "./received.ts";
import type { UnprovenBodies } from "./unproven-bodies.ts";

/** A request that has proven who sent it. */
export interface ProvenRequest {
  readonly proof: Authenticated;
  readonly body: RequestBody;
}

/** How a request is read. */
export interface ReadParts {
  readonly authenticate: Authenticate;
  readonly budget: BufferBudget;
  /** The bodies that prove nothing yet. */
  readonly unproven: UnprovenBodies;
  /** The client, where the connection tells it. */
  readonly bound: ClientState | undefined;
  /** Where the connection comes from. */
  readonly address: () => string | undefined;
  readonly arriving: ArrivingBody;
  /** Receives the length of each piece of a body that is read whole. */
  readonly counted: (bytes: number) => void;
  /** Receives what has to be given back when the exchange is over: memory, and the client's place among those under way. */
  readonly held: (release: () => void) => void;
}

/** In these forms the head tells how the body is covered, so that the head proves the client before the body is read. */
const COVERED_BY_HEAD = /^(?:UNSIGNED-PAYLOAD|STREAMING-[A-Z0-9-]+|[\da-f]{64})$/u;
/** How long a body may take that has to be read before it proves its client: 25 MiB at 3.5 Mbit/s. */
export const UNPROVEN_MS = 60_000;
const NOTHING = new Uint8Array();

/**
 * Reads a request: who sent it, and its body, whole only where its operation is in it, or nothing else tells its hash.
 * A body is read up to the limit of the client that the head proves; where only the body proves it, up to the limit of the
 * client that the head claims to be, within a minute, and from the part of the memory that is for such bodies.
 *
 * The request counts as under way from its proof on; until then as one of those that prove nothing.
 *
 * @throws Refusal.
 */
export async function readRequest(request: Received, parts: ReadParts): Promise<ProvenRequest> {
  const { authenticate, bound, held } = parts;
  if (isCoveredByHead(request)) {
    const proof = bound === undefined ? await authenticate(request, undefined) : boundProof(bound, request);
    held(proof.state.enter());
    return coveredBody(request, proof, parts);
  }
  if (bound !== undefined) {
    held(bound.enter());
    const bytes = await provenBody(request, bound, parts);
    return { proof: boundProof(bound, request, bytes), body: bytes };
  }
  const claimed = authenticate.claimed(request);
  if (claimed === undefined) {
    // Nothing of the body is read for a key that is not known. The verifier says what is wrong with it.
    await authenticate(request, NOTHING);
    throw denied("The access key of the request is not one that this proxy issued.");
  }
  return provingBody(request, claimed, parts);
}

function isCoveredByHead({ headers, claim }: Received): boolean {
  const announced = headers.get("x-amz-content-sha256");
  // A presigned URL of Amazon S3 covers no body, or has the hash itself.
  if (announced === undefined) return claim.service === "s3" && !headers.has("authorization");
  return COVERED_BY_HEAD.test(announced);
}

/** The body of a request whose head proves it: read whole only where it is judged. */
async function coveredBody(request: Received, proof: Authenticated, parts: ReadParts): Promise<ProvenRequest> {
  // STS names the operation in the body, and a guard judges the body of the control plane.
  const isJudged = proof.service === "sts" || request.headers.has("x-amz-target");
  if (!isJudged) return { proof, body: parts.arriving.stream() };
  // Chunks and events would go past what judges them.
  if (proof.form.startsWith("streaming")) throw malformed("The body of this request must be signed by its hash.");
  const body = await provenBody(request, proof.state, parts);
  if (proof.form === "hash" && createHash("sha256").update(body).digest("hex") !== proof.payloadHash)
    throw bodyMismatch();
  return { proof, body };
}

function provenBody(
  request: Received,
  { client, traffic }: ClientState,
  { arriving, budget, counted, held }: ReadParts,
): Promise<Uint8Array> {
  const memory = budget.hold(traffic);
  held(memory.end);
  return collect(arriving.ask(), {
    maxBytes: maxBytesOf(client),
    contentLength: request.headers.get("content-length"),
    memory,
    counted,
  });
}

/** Reads a body that proves its client with its last byte. */
async function provingBody(
  request: Received,
  claimed: ClientState,
  { authenticate, budget, unproven, address, arriving, counted, held }: ReadParts,
): Promise<ProvenRequest> {
  const { client, maxInFlight } = claimed;
  let evict: (refusal: Refusal) => void = () => undefined;
  const claiming = unproven.begin({
    client: client.name,
    address: address(),
    maxInFlight,
    evict: (refusal) => evict(refusal),
  });
  let bytes: Uint8Array;
  let proof: Authenticated;
  try {
    bytes = await collect(arriving.ask(), {
      maxBytes: maxBytesOf(client),
      contentLength: request.headers.get("content-length"),
      memory: claiming,
      counted,
      withinMs: UNPROVEN_MS,
      evictable: (fail) => (evict = fail),
    });
    proof = await authenticate(request, bytes);
  } finally {
    // Proven or refused: it makes room for the next one that proves nothing.
    claiming.end();
  }
  if (proof.state !== claimed) throw denied("The request names two access keys.");
  held(proof.state.enter());
  const memory: HeldMemory = budget.hold(claimed.traffic);
  held(memory.end);
  memory.take(bytes.length);
  return { proof, body: bytes };
}

function maxBytesOf({ maxBodyBytes = MAX_BODY_BYTES }: ClientState["client"]): number {
  return maxBodyBytes;
}

/** SageMaker accepts bodies of up to 25 MB. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpoint.html */
export const MAX_BODY_BYTES = 26_214_400;
