import type { Clock } from "@countersign/signer";
import { createVerifier, type SignatureChain, type Verifier, VerifyError } from "@countersign/signer/verify";
import { tokenRequest } from "./bearer-token.ts";
import type { AccessKey } from "../iam/access-keys.ts";
import { AwsError } from "../wire/aws-error.ts";
import type { ReceivedRequest } from "../wire/received-request.ts";
import type { Payload, World } from "../world.ts";

/** The scope that a request must be signed for, and the clock error to apply. */
interface Claim {
  readonly service: string;
  readonly region: string;
  /** The error of the clock that checks the date, in milliseconds. */
  readonly skewMs: number;
}

/** A request with a valid signature. */
interface Authenticated {
  readonly key: AccessKey;
  /** Verifies the events of a body that streams. */
  readonly chain: SignatureChain | undefined;
  /** What the body carried: of an `aws-chunked` one the joined chunks, each verified. */
  readonly payload: Payload;
  /** The caller presented a bearer token instead of a signature. */
  readonly bearer: boolean;
}

/** @throws {AwsError} with AWS's code and message when the signature is invalid. */
export type Authenticate = (request: ReceivedRequest, claim: Claim) => Promise<Authenticated>;

/** @param replay `refuse` accepts each signature once; AWS itself accepts repeats while a signature is fresh. */
export function createAuthenticate(world: World, replay: "accept" | "refuse"): Authenticate {
  const verifiers = new Map<string, Verifier<AccessKey>>();
  const seen = createReplayGuard(world.clock);

  const verifierOf = ({ service, region, skewMs }: Claim): Verifier<AccessKey> => {
    const name = `${service} ${region} ${skewMs}`;
    const known = verifiers.get(name);
    if (known !== undefined) return known;
    const verifier = createVerifier<AccessKey>({
      region,
      service,
      clock: skewMs === 0 ? world.clock : skewed(world.clock, skewMs),
      async resolve(accessKeyId) {
        const key = world.keys.find(accessKeyId);
        return key?.active === true ? { ...key.credentials, principal: key } : undefined;
      },
      ...(replay === "refuse" ? { replay: { seen } } : {}),
    });
    verifiers.set(name, verifier);
    return verifier;
  };

  return async (request, claim) => {
    try {
      const token = tokenRequest(request);
      const { method, target, headers, body } = token ?? request;
      const verified = await verifierOf(claim)({ method, url: target, headers, body });
      const { principal: key, chain, trailers = {} } = verified;
      if (key === undefined) throw new Error("A key that resolves has an owner.");
      const payload = { body: Buffer.from(verified.body ?? request.body), trailers };
      return { key, chain, payload, bearer: token !== undefined };
    } catch (error) {
      throw error instanceof VerifyError ? asAwsError(error) : error;
    }
  };
}

/** AWS quotes the expected canonical request and string to sign in the message, in this layout. */
function asAwsError(error: VerifyError): AwsError {
  const { canonicalRequest, stringToSign } = error;
  const expected =
    canonicalRequest === undefined || stringToSign === undefined
      ? ""
      : `\n\nThe Canonical String for this request should have been\n'${canonicalRequest}'\n\n` +
        `The String-to-Sign should have been\n'${stringToSign}'\n`;
  return new AwsError(error.code, error.message + expected);
}

/** Remembers signatures for as long as they would be accepted. */
function createReplayGuard(clock: Clock): (signature: string, expiresAt: number) => boolean {
  const fresh = new Map<string, number>();
  return (signature, expiresAt) => {
    for (const [each, end] of fresh) if (end < clock.now()) fresh.delete(each);
    if (fresh.has(signature)) return true;
    fresh.set(signature, expiresAt);
    return false;
  };
}

function skewed(clock: Clock, ms: number): Clock {
  return { ...clock, now: () => clock.now() + ms, offsetMs: clock.offsetMs };
}
