import { type Clock, createClock } from "@countersign/signer";
import { createVerifier, type SignatureChain, type VerifiedRequest, type Verifier } from "@countersign/signer/verify";
import type { ClientState } from "../client/client-state.ts";
import { Refusal } from "../refusal.ts";
import type { Received } from "./received.ts";
import { refusalOf } from "./refusal-of.ts";
import type { SeenSignatures } from "./replay.ts";

/** Who sent a request, and how its body is covered. */
export interface Authenticated {
  readonly state: ClientState;
  readonly region: string;
  readonly service: string;
  readonly form: VerifiedRequest["payload"];
  /** The hash that the body must have; for the other forms the word that stands for it. */
  readonly payloadHash: string;
  /** Verifies the chunks of a body in signed chunks. */
  readonly chain: SignatureChain | undefined;
}

/** Verifies a request that is signed with a placeholder key. */
export interface Authenticate {
  (request: Received, body: Uint8Array | undefined): Promise<Authenticated>;
  /** Whose key the request names. Nothing is verified. */
  claimed(request: Received): ClientState | undefined;
}

/**
 * Makes the function that verifies who sent a request: signature, body hash, date, and that the signature is new.
 *
 * The date is judged by the machine's own clock. The corrected clock follows the `Date` of the services' answers, one of
 * which could come from a server that lies: it dates the proxy's own signatures, and must not decide which clients are
 * accepted.
 *
 * Without `body` the body follows; the request must then announce in `x-amz-content-sha256` how it is covered.
 */
export function createAuthenticate(
  states: readonly ClientState[],
  signatures: SeenSignatures,
  clock: Clock,
  maxSkewMs: number,
): Authenticate {
  const byKey = new Map(
    states.flatMap((state) => (state.client.key === undefined ? [] : [[state.client.key.accessKeyId, state] as const])),
  );
  const verifier: Verifier<ClientState> = createVerifier<ClientState>({
    clock: createClock({ wall: () => clock.wall(), monotonic: () => clock.monotonic() }),
    maxSkewMs,
    resolve: async (accessKeyId) => {
      const state = byKey.get(accessKeyId);
      const key = state?.client.key;
      return key === undefined ? undefined : { secretAccessKey: key.secretAccessKey, principal: state };
    },
  });

  async function authenticate(request: Received, body: Uint8Array | undefined): Promise<Authenticated> {
    let verified: VerifiedRequest<ClientState>;
    const { method, target: url, rawHeaders: headers } = request;
    try {
      verified = await verifier({ method, url, headers, body, bodyFollows: body === undefined });
    } catch (error) {
      throw refusalOf(error);
    }
    const state = verified.principal as ClientState;
    checkCovered(request, verified.signedHeaders);
    const isUnique = verified.signedHeaders.includes("amz-sdk-invocation-id");
    if ((isUnique || state.client.replay === "refuse") && signatures.seen(verified.signature, clock.monotonic())) {
      throw new Refusal(403, "AccessDeniedException", "This signature was accepted before: sign the request anew.");
    }
    const { region, service, payload, payloadHash, chain } = verified;
    return { state, region, service, form: payload, payloadHash, chain };
  }

  return Object.assign(authenticate, {
    claimed: (request: Received) => byKey.get(request.claim.accessKeyId),
  });
}

/** Instructions to AWS count only if the client signed them; the verifier checks those of `x-amz-*` itself. */
function checkCovered({ headers }: Received, signedHeaders: readonly string[]): void {
  for (const name of headers.keys()) {
    if (name.startsWith("x-amzn-") && name !== "x-amzn-trace-id" && !signedHeaders.includes(name)) {
      throw new Refusal(
        403,
        "AccessDeniedException",
        `The header ${name.slice(0, 64)} must be covered by the signature.`,
      );
    }
  }
}
