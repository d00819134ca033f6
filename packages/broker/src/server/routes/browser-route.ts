import type { Clock } from "@countersign/signer";
import type { Vend } from "../exchange.ts";
import type { FindGrant } from "../grants/find-grant.ts";
import type { GrantRoles } from "../grants/grant-role.ts";
import { auditLabel } from "../grants/subject.ts";
import { vend } from "../grants/vend.ts";
import type { RateLimit } from "../limits/rate-limit.ts";
import type { VerifyToken } from "../proof/token-verifiers.ts";
import { VendingError } from "../vending-error.ts";
import { credentialsAnswer } from "./answer.ts";
import { checkOrigin } from "./boundary.ts";

/** A page that reloads should not get a session that is about to end. */
export const PAGE_TTL_MS: number = 5 * 60_000;

/** `POST /v1/vend/:grant`: credentials for a browser with a bearer token. */
export function browserRoute(o: {
  readonly roles: GrantRoles;
  readonly clock: Clock;
  readonly origins: () => readonly string[];
  readonly findGrant: FindGrant;
  readonly verifyToken: VerifyToken;
  readonly perSubject: RateLimit;
}): Vend {
  return async (exchange, request) => {
    checkOrigin(request, o.origins());
    const grant = o.findGrant(exchange.grant, "browser");
    const authorization = request.headers.get("authorization") ?? "";
    if (!/^Bearer /i.test(authorization))
      throw new VendingError("TOKEN_MISSING", "authorization: must be Bearer and a JSON Web Token");
    const claims = await o.verifyToken(authorization, grant.issuer);
    exchange.subject = auditLabel(claims.iss ?? "", claims.sub);
    o.perSubject.take(exchange.subject);
    const role = o.roles.browser(exchange.grant, grant, claims);
    const credentials = await vend(role, PAGE_TTL_MS, o.clock, request);
    return { response: credentialsAnswer(credentials, exchange), expiresAt: credentials.expiration };
  };
}
