import type { Clock } from "@countersign/signer";
import type { Vend } from "../exchange.ts";
import type { FindGrant } from "../grants/find-grant.ts";
import type { GrantRoles } from "../grants/grant-role.ts";
import { auditLabel } from "../grants/subject.ts";
import { vend } from "../grants/vend.ts";
import type { RateLimit } from "../limits/rate-limit.ts";
import { type VerifyIdentity, withoutPath } from "../proof/caller-identity.ts";
import { VendingError } from "../vending-error.ts";
import { credentialsAnswer } from "./answer.ts";
import { checkNoBrowser } from "./boundary.ts";
import { PAGE_TTL_MS } from "./browser-route.ts";

/** `POST /v1/identity/:grant`: credentials for a service with a signed GetCallerIdentity. */
export function machineRoute(o: {
  readonly roles: GrantRoles;
  readonly clock: Clock;
  readonly findGrant: FindGrant;
  readonly verifyIdentity: VerifyIdentity;
  readonly perSubject: RateLimit;
}): Vend {
  return async (exchange, request) => {
    checkNoBrowser(request, exchange.proxied);
    const grant = o.findGrant(exchange.grant, "machine");
    const proof: unknown = await request.json().catch(() => {
      throw new VendingError("IDENTITY_REJECTED", "the proof of identity must be JSON");
    });
    const principal = await o.verifyIdentity(proof, exchange.address, (verified) => {
      exchange.subject = auditLabel(verified);
      o.perSubject.take(exchange.subject);
      if (!grant.principals.some((arn) => withoutPath(arn) === withoutPath(verified))) {
        throw new VendingError("CLAIM_REJECTED", `grant ${exchange.grant} does not list the principal ${verified}`);
      }
    });
    const role = o.roles.machine(exchange.grant, grant, principal);
    const credentials = await vend(role, PAGE_TTL_MS, o.clock, request);
    return { response: credentialsAnswer(credentials, exchange), expiresAt: credentials.expiration };
  };
}
