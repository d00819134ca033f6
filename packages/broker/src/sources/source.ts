import { randomUUID } from "node:crypto";
import {
  type Clock,
  type CredentialProvider,
  type Credentials,
  type EventListener,
  memoize,
} from "@countersign/signer";
import { BrokerError } from "../errors/error.ts";
import type { SessionSource } from "../model/session.ts";

/** A provider with the name of the principal behind it. */
export interface IdentifiedSource {
  /** The same wherever the provider stands for the same principal: only then may a shared store serve it. */
  readonly id: string;
  readonly provider: CredentialProvider;
}

/** The credentials that everything starts from. */
export interface BrokerSource {
  readonly id: string;
  /** Whether other processes know the principal by this id. */
  readonly shareable: boolean;
  readonly get: SessionSource;
}

const ids = new WeakMap<object, string>();

/**
 * Makes the broker's source. Its id is part of every key, so that nobody is ever served with what somebody else was
 * allowed: the given one, the access key id of fixed credentials, or one of its own for each provider.
 *
 * @throws BrokerError `INVALID_OPTION`; SignerError when the credentials cannot be used.
 */
export function createSource(
  credentials: Credentials | IdentifiedSource,
  options: { readonly clock: Clock; readonly onEvent?: EventListener | undefined },
): BrokerSource {
  const provider = memoize(credentials, options);
  return {
    ...identify(credentials),
    async get({ signal, rejected }) {
      if (rejected === undefined) return provider({ signal });
      provider.invalidate({ accessKeyId: rejected, reason: "rejected" });
      return provider({ signal, forceRefresh: true });
    },
  };
}

function identify(credentials: Credentials | IdentifiedSource): { readonly id: string; readonly shareable: boolean } {
  if (typeof credentials === "object" && "id" in credentials) {
    const { id } = credentials;
    if (typeof id !== "string" || id === "") {
      throw new BrokerError("INVALID_OPTION", "credentials.id: expected a name for the principal behind the provider");
    }
    return { id: `id:${id}`, shareable: true };
  }
  if (typeof credentials === "object" && "accessKeyId" in credentials) {
    return { id: `key:${credentials.accessKeyId}`, shareable: true };
  }
  const provider = typeof credentials === "object" ? credentials.provider : credentials;
  return { id: instanceId(provider), shareable: false };
}

/** A name for this very function or object, good in this process only. */
export function instanceId(instance: object): string {
  let id = ids.get(instance);
  if (id === undefined) ids.set(instance, (id = `instance:${randomUUID()}`));
  return id;
}
