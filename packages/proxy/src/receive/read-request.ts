import { createHash } from "node:crypto";
import type { ClientState } from "../client/client-state.ts";
import type { RequestBody } from "../message.ts";
import { denied } from "../refusal.ts";
import type { Authenticate, Authenticated } from "./authenticate.ts";
import { boundProof } from "./bound-proof.ts";
import { type BufferBudget, type Collected, collect } from "./collect.ts";
import { bodyMismatch } from "./hashed-body.ts";
import type { Received } from "./received.ts";

/** A request that has proven who sent it. */
export interface ProvenRequest {
  readonly proof: Authenticated;
  readonly body: RequestBody;
  /** Gives the memory of a body that was read whole back. */
  readonly release: () => void;
}

/** How a request is read. */
export interface ReadParts {
  readonly authenticate: Authenticate;
  readonly budget: BufferBudget;
  /** The part of `budget` for bodies that prove nothing yet. */
  readonly unproven: BufferBudget;
  /** The client, where the connection tells it. */
  readonly bound: ClientState | undefined;
  /** Asks for the body. Called at most once. */
  readonly arriving: () => AsyncIterable<Buffer>;
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
 * @throws Refusal.
 */
export async function readRequest(
  request: Received,
  { authenticate, budget, unproven, bound, arriving }: ReadParts,
): Promise<ProvenRequest> {
  const prove = async (body?: Uint8Array): Promise<Authenticated> =>
    bound === undefined ? authenticate(request, body) : boundProof(bound, request, body);
  const whole = async ({ client }: ClientState, isProven: boolean): Promise<Collected> =>
    collect(arriving(), {
      maxBytes: client.maxBodyBytes ?? MAX_BODY_BYTES,
      contentLength: request.headers.get("content-length"),
      ...(isProven ? { budget } : { budget: unproven, withinMs: UNPROVEN_MS }),
    });

  if (COVERED_BY_HEAD.test(request.headers.get("x-amz-content-sha256") ?? "")) {
    const proof = await prove();
    // STS names the operation in the body, and a guard judges the body of the control plane.
    const isJudged = proof.service === "sts" || request.headers.has("x-amz-target");
    if (!isJudged || proof.form.startsWith("streaming")) return { proof, body: arriving(), release: () => undefined };
    const { bytes, release } = await whole(proof.state, true);
    try {
      if (proof.form === "hash" && createHash("sha256").update(bytes).digest("hex") !== proof.payloadHash)
        throw bodyMismatch();
      return { proof, body: bytes, release };
    } catch (error) {
      release();
      throw error;
    }
  }

  const claimed = bound ?? authenticate.claimed(request);
  if (claimed === undefined) {
    // Nothing of the body is read for a key that is not known. The verifier says what is wrong with it.
    await authenticate(request, NOTHING);
    throw denied("The access key of the request is not one that this proxy issued.");
  }
  const { bytes, release } = await whole(claimed, bound !== undefined);
  try {
    const proof = await prove(bytes);
    if (proof.state !== claimed) throw denied("The request names two access keys.");
    // The body is proven: it makes room for the next one that is not.
    release();
    budget.take(bytes.length);
    return { proof, body: bytes, release: () => budget.give(bytes.length) };
  } catch (error) {
    release();
    throw error;
  }
}

/** SageMaker accepts bodies of up to 25 MB. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpoint.html */
export const MAX_BODY_BYTES = 26_214_400;
