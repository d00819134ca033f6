import type { Clock } from "@countersign/signer";
import type { SignatureChain } from "@countersign/signer/verify";
import type { Ids } from "./ids.ts";
import type { AccessKeys } from "./iam/access-keys.ts";
import type { Guardrails } from "./iam/guardrails.ts";
import type { PolicyDocument } from "./iam/policy-document.ts";
import type { Principal, RequestOrigin } from "./iam/principal.ts";
import type { Role } from "./iam/role.ts";
import type { MfaDevice } from "./iam/user.ts";
import type { Delegation } from "./sts/delegation.ts";
import type { SamlProvider } from "./sts/saml-provider.ts";
import type { TokenSigner } from "./sts/token-signer.ts";
import type { WebIdentityProvider } from "./sts/web-identity-provider.ts";
import type { ReceivedRequest } from "./wire/received-request.ts";

/** Everything the services of one local AWS share. */
export interface World {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly guardrails: Guardrails;
  readonly keys: AccessKeys;
  /** By ARN. */
  readonly roles: Map<string, Role>;
  /** By ARN: what `PolicyArns` may name. */
  readonly managedPolicies: ReadonlyMap<string, PolicyDocument>;
  /** By ARN of the user. */
  readonly mfaDevices: ReadonlyMap<string, MfaDevice>;
  /** MFA codes and web identity tokens that were used: each works once. */
  readonly spent: Set<string>;
  /** Signs the tokens of `GetWebIdentityToken`. */
  readonly tokens: TokenSigner;
  readonly webIdentityProviders: readonly WebIdentityProvider[];
  readonly samlProviders: readonly SamlProvider[];
  /** By the trade-in token that `GetDelegatedAccessToken` exchanges. */
  readonly delegations: Map<string, Delegation>;
  /** Why requests were denied, by the encoded message that their callers got. */
  readonly authorizationMessages: Map<string, { readonly accountId: string; readonly decoded: string }>;
  /** Every account id. */
  readonly accounts: readonly string[];
  /** The account of users and roles that name no account. */
  readonly accountId: string;
}

/** One verified request on its way to an operation. */
export interface Call {
  readonly world: World;
  readonly request: ReceivedRequest;
  readonly region: string;
  readonly origin: RequestOrigin;
  /** Undefined for operations that need no signature. */
  readonly principal: Principal | undefined;
  /** The access key id that signed. */
  readonly accessKeyId: string | undefined;
  /** Verifies the events of a request that streams. */
  readonly chain: SignatureChain | undefined;
  /** Undefined for operations that need no signature. */
  readonly payload: Payload | undefined;
}

/** A verified body. */
export interface Payload {
  readonly body: Buffer;
  /** By lower-case name. */
  readonly trailers: Readonly<Record<string, string>>;
}

/** The caller of an operation that needs a signature. */
export function callerOf(call: Call): Principal {
  if (call.principal === undefined) throw new Error("This operation is reached by signed requests alone.");
  return call.principal;
}
