import type { Clock } from "@countersign/signer";
import type { JWTPayload, JWTVerifyOptions, JWTVerifyResult } from "jose";
import { decodeProtectedHeader } from "jose/decode/protected_header";
import { JOSEError, JWKSMultipleMatchingKeys, JWSSignatureVerificationFailed } from "jose/errors";
import { decodeJwt } from "jose/jwt/decode";
import { jwtVerify } from "jose/jwt/verify";
import type { KeySet } from "./key-set.ts";
import type { IdentityProvider } from "../config/vending-config.ts";
import { VendingError } from "../vending-error.ts";
import { tokenFault } from "./token-fault.ts";

/** The claims of a verified token; `sub` is text. */
export type Claims = JWTPayload & { readonly sub: string };

const MAX_TOKEN = 16_384;

/** JSON can write half of a surrogate pair. All such halves have the same digest, and so the same session name. */
const HALF_A_CHARACTER = /[\uD800-\uDFFF]/u;

/** The types of ID tokens (RFC 7519, section 5.1; SPIFFE also writes JOSE) and of access tokens (RFC 9068, section 2.1). */
const OWN_TYPE = /^(?:application\/)?(?:jwt|jose|at\+jwt)$/i;

/**
 * Whether a token has a type for another use, such as `logout+jwt`, `secevent+jwt` and `dc+sd-jwt`: an identity provider
 * signs those with the same key, for the same audience and subject (RFC 8725, section 3.11).
 */
function isOtherType(type: unknown): boolean {
  return type !== undefined && !(typeof type === "string" && OWN_TYPE.test(type));
}

/** As `KeySet` asks for it. The token is not verified yet. */
function issuedAt(token: string, issuer: string): number {
  try {
    const { iss, iat } = decodeJwt(token);
    return iss === issuer && typeof iat === "number" ? iat * 1_000 : Number.NaN;
  } catch {
    return Number.NaN;
  }
}

/** A key that cannot be imported, or is too short for its algorithm, is the provider's fault, not that of the token. */
function unusable(cause: unknown): VendingError {
  return new VendingError("UNAVAILABLE", "the issuer's key cannot be used", { cause });
}

/** Keys of one id that are tried. */
const MAX_SAME_ID = 4;

/**
 * Some identity providers publish a key id twice, such as one key for two of its uses: the key is the one that verifies.
 *
 * @throws the error itself for a token that names no key (OpenID Connect Core 1.0, section 10.1), and for other errors.
 */
async function verifyByOneOf(error: unknown, token: string, expected: JWTVerifyOptions): Promise<JWTVerifyResult> {
  if (!(error instanceof JWKSMultipleMatchingKeys) || decodeProtectedHeader(token).kid === undefined) throw error;
  let failure: unknown = error;
  let tried = 0;
  for await (const key of error) {
    tried += 1;
    if (tried > MAX_SAME_ID) break;
    try {
      return await jwtVerify(token, key, expected);
    } catch (failed) {
      if (failed instanceof JOSEError && !(failed instanceof JWSSignatureVerificationFailed)) throw failed;
      if (failed instanceof JOSEError || failure === error) failure = failed;
    }
  }
  throw tried === 0 ? unusable(error) : failure;
}

/** Verifies the token of an `Authorization` header: `Bearer TOKEN`, or the token alone as AWS's SDKs send it. */
export type VerifyBearer = (authorization: string | undefined) => Promise<Claims>;

/**
 * Verifies tokens of one issuer: issuer, audience, algorithm, type, subject, times. jose requires neither an expiry nor
 * an algorithm by default, so both are required here.
 *
 * The times are judged by the machine's own clock. The corrected clock follows the `Date` of remote answers, one of which
 * could come from another identity provider: it must not decide whether an old token is accepted again.
 *
 * @throws VendingError `TOKEN_MISSING`, `TOKEN_REJECTED`, `UNAVAILABLE`.
 * @see https://www.rfc-editor.org/rfc/rfc8725 (JSON Web Token Best Current Practices)
 */
export function createBearerVerifier(
  provider: IdentityProvider,
  keys: KeySet,
  clock: Pick<Clock, "wall">,
): VerifyBearer {
  const {
    issuer,
    audience,
    algorithms = ["RS256", "PS256", "ES256", "EdDSA"],
    tokenType,
    maxAgeSeconds = 3_600,
  } = provider;
  return async function verifyBearer(authorization) {
    if ((authorization?.length ?? 0) > MAX_TOKEN) {
      throw new VendingError("TOKEN_REJECTED", `the token must be at most ${MAX_TOKEN} characters`);
    }
    const token = /^(?:Bearer )?([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(authorization ?? "")?.[1];
    if (token === undefined)
      throw new VendingError("TOKEN_MISSING", "authorization: must be Bearer and a JSON Web Token");
    const expected: JWTVerifyOptions = {
      issuer,
      audience,
      algorithms: [...algorithms],
      requiredClaims: ["sub", "exp", "iat"],
      maxTokenAge: maxAgeSeconds,
      clockTolerance: 30,
      currentDate: new Date(clock.wall()),
      ...(tokenType === undefined ? {} : { typ: tokenType }),
    };
    try {
      const { payload, protectedHeader } = await jwtVerify(
        token,
        (header) => keys(header, () => issuedAt(token, issuer)),
        expected,
      ).catch((error: unknown) => verifyByOneOf(error, token, expected));
      if (typeof payload.sub !== "string" || payload.sub === "" || HALF_A_CHARACTER.test(payload.sub)) {
        throw new VendingError("TOKEN_REJECTED", "claim sub: must be text");
      }
      // Every logout token and security event has this claim, and need not have a type (RFC 8417, sections 2.2 and 2.3).
      if (payload["events"] !== undefined) {
        throw new VendingError("TOKEN_REJECTED", "claim events: must be left out; the token reports an event");
      }
      if (tokenType === undefined && isOtherType(protectedHeader.typ)) {
        throw new VendingError(
          "TOKEN_REJECTED",
          "typ: must be that of an access token or an ID token, or in tokenType",
        );
      }
      return payload as Claims;
    } catch (error) {
      if (error instanceof VendingError) throw error;
      if (!(error instanceof JOSEError)) throw unusable(error);
      throw new VendingError("TOKEN_REJECTED", `the token was rejected: ${tokenFault(error)}`);
    }
  };
}
