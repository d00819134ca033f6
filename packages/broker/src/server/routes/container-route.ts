import type { Clock } from "@countersign/signer";
import type { Broker } from "../../model/broker.ts";
import type { Vend } from "../exchange.ts";
import type { FindGrant } from "../grants/find-grant.ts";
import { containerRole } from "../grants/grant-role.ts";
import { vendPromptly } from "../grants/vend.ts";
import { matchesToken } from "../proof/container-token.ts";
import { VendingError } from "../vending-error.ts";
import { containerAnswer } from "./answer.ts";
import { checkNoBrowser } from "./boundary.ts";

// botocore renews from 15 minutes before expiry (its advisory window): sessions must be valid for longer than that.
const CONTAINER_TTL_MS = 16 * 60_000;

/** `GET /v1/credentials/:grant`: credentials for a container with its token, in the format of AWS's SDKs. */
export function containerRoute(o: {
  readonly broker: Broker;
  readonly clock: Clock;
  readonly findGrant: FindGrant;
}): Vend {
  return async (exchange, request) => {
    checkNoBrowser(request, exchange.proxied);
    const grant = o.findGrant(exchange.grant, "container");
    const token = request.headers.get("authorization");
    if (token === null) throw new VendingError("TOKEN_MISSING", "no container token");
    if (!matchesToken(token, grant.tokenSha256)) {
      throw new VendingError("TOKEN_REJECTED", "the token belongs to another grant, or to none");
    }
    exchange.subject = exchange.grant;
    const role = containerRole(o.broker, exchange.grant, grant);
    const credentials = await vendPromptly(role, CONTAINER_TTL_MS, o.clock);
    return {
      response: containerAnswer(credentials, grant.roleArn, exchange.requestId),
      expiresAt: credentials.expiration,
    };
  };
}
