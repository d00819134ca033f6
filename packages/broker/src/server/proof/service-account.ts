import { VendingError } from "../vending-error.ts";
import type { Claims } from "./bearer-token.ts";

/** `sub` of a projected token, with the names that Kubernetes allows (RFC 1123). */
const SUBJECT =
  /^system:serviceaccount:([a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?):([a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?)$/;

/** A Kubernetes service account. */
export interface ServiceAccount {
  readonly namespace: string;
  readonly name: string;
}

/**
 * The service account of a verified token.
 *
 * @throws VendingError `TOKEN_REJECTED` if the token is not a service account's, for example a user's.
 * @see https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/
 */
export function serviceAccountOf({ sub }: Pick<Claims, "sub">): ServiceAccount {
  const [, namespace, name] = SUBJECT.exec(sub) ?? [];
  if (namespace === undefined || name === undefined) {
    throw new VendingError("TOKEN_REJECTED", "claim sub: must be system:serviceaccount:NAMESPACE:NAME");
  }
  return { namespace, name };
}
