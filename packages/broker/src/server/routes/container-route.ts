import type { Clock } from "@countersign/signer";
import type { Role } from "../../model/role.ts";
import type { ContainerGrant, ServiceAccountGrant } from "../config/grant.ts";
import type { Exchange, Vend } from "../exchange.ts";
import type { FindGrant } from "../grants/find-grant.ts";
import type { GrantRoles } from "../grants/grant-role.ts";
import { auditLabel } from "../grants/subject.ts";
import { vendPromptly } from "../grants/vend.ts";
import type { RateLimit } from "../limits/rate-limit.ts";
import { matchesToken } from "../proof/container-token.ts";
import { serviceAccountOf } from "../proof/service-account.ts";
import type { VerifyToken } from "../proof/token-verifiers.ts";
import { VendingError } from "../vending-error.ts";
import { containerAnswer } from "./answer.ts";
import { checkNoBrowser } from "./boundary.ts";
import { SDK_TTL_MS } from "./sdk-ttl.ts";

/**
 * `GET /v1/credentials/:grant`: credentials for a container with its token, or for a pod with the projected token of its
 * service account, in the format of AWS's SDKs.
 */
export function containerRoute(o: {
  readonly roles: GrantRoles;
  readonly clock: Clock;
  readonly findGrant: FindGrant;
  readonly verifyToken: VerifyToken;
  readonly perSubject: RateLimit;
}): Vend {
  return async (exchange, request) => {
    checkNoBrowser(request, exchange.proxied);
    const grant = o.findGrant(exchange.grant, "container", "serviceAccount");
    const token = request.headers.get("authorization");
    if (token === null) throw new VendingError("TOKEN_MISSING", "no container token");
    const role =
      grant.kind === "container"
        ? roleOfToken(o, exchange, grant, token)
        : await roleOfServiceAccount(o, exchange, grant, token);
    const credentials = await vendPromptly(role, SDK_TTL_MS, o.clock);
    return {
      response: containerAnswer(credentials, grant.roleArn, exchange),
      expiresAt: credentials.expiration,
    };
  };
}

type Parts = Parameters<typeof containerRoute>[0];

function roleOfToken({ roles }: Parts, exchange: Exchange, grant: ContainerGrant, token: string): Role {
  if (!matchesToken(token, grant.tokenSha256)) {
    throw new VendingError("TOKEN_REJECTED", "the token is not one of this grant");
  }
  exchange.subject = exchange.grant;
  return roles.container(exchange.grant, grant);
}

async function roleOfServiceAccount(
  o: Parts,
  exchange: Exchange,
  grant: ServiceAccountGrant,
  token: string,
): Promise<Role> {
  const claims = await o.verifyToken(token, grant.issuer);
  const account = serviceAccountOf(claims);
  exchange.subject = auditLabel(claims.iss ?? "", claims.sub);
  o.perSubject.take(exchange.subject);
  const name = `${account.namespace}/${account.name}`;
  if (!grant.serviceAccounts.includes(name)) {
    throw new VendingError("CLAIM_REJECTED", `grant ${exchange.grant} does not list the service account ${name}`);
  }
  return o.roles.serviceAccount(exchange.grant, grant, account);
}
