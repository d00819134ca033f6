import { randomUUID } from "node:crypto";
import {
  type Clock,
  type CredentialProvider,
  type Credentials,
  type EventListener,
  memoize,
  checkCredentials,
  type AwsCredentials,
} from "@countersign/signer";
import { callable, checkOptions, isRecord, own, type Shapes, text } from "@countersign/signer/options";
import { refuseOption } from "../errors/refuse.ts";
import type { SessionSource } from "../model/session.ts";

/** A provider and the name of its principal. */
export interface IdentifiedSource {
  /** Equal in two processes exactly when their providers have the same principal: sessions are shared by it. */
  readonly id: string;
  readonly provider: CredentialProvider;
}

/** The source of credentials of a broker. */
export interface BrokerSource {
  readonly id: string;
  /** Whether other processes know the principal by this id. */
  readonly shareable: boolean;
  readonly get: SessionSource;
}

const identifiedShapes: Shapes<IdentifiedSource> = { id: text, provider: callable };

/** How old keys without an expiry may be before their source is asked again, for the next fetch of a session. */
const REREAD_MS = 60_000;

const ids = new WeakMap<object, string>();

/**
 * Makes the broker's source. Its id is part of every cache key, so that no principal gets another's session: the given
 * id, the access key id of fixed credentials, or a random one for each provider.
 *
 * @throws BrokerError `INVALID_OPTION`; SignerError when the credentials cannot sign.
 */
export function createSource(
  credentials: Credentials | IdentifiedSource,
  options: { readonly clock: Clock; readonly onEvent?: EventListener | undefined },
): BrokerSource {
  const identity = identify(credentials);
  const provider = memoize(credentials, options);
  let askedAt = -Infinity;
  const isFixed = typeof credentials === "object" && "accessKeyId" in credentials;
  return {
    ...identity,
    async get({ signal, rejected }) {
      if (rejected === undefined) {
        // Keys without an expiry may have been rotated since: their source, such as a file, is asked anew.
        const cached = isFixed ? undefined : provider.peek?.();
        const isOld = options.clock.monotonic() - askedAt >= REREAD_MS;
        const reread = isOld && cached !== undefined && own(cached, "expiration") === undefined;
        if (reread || cached === undefined) askedAt = options.clock.monotonic();
        return provider({ signal, forceRefresh: reread });
      }
      provider.invalidate({ accessKeyId: rejected, reason: "rejected" });
      return provider({ signal, forceRefresh: true });
    },
  };
}

function identify(credentials: Credentials | IdentifiedSource): { readonly id: string; readonly shareable: boolean } {
  if (typeof credentials !== "function" && !isRecord(credentials)) {
    return refuseOption("credentials: must be an access key, a provider or { id, provider }", "credentials");
  }
  if (typeof credentials === "object" && Object.hasOwn(credentials, "id")) {
    const { id } = checkOptions(credentials as IdentifiedSource, identifiedShapes, refuseOption, "credentials.");
    return { id: `id:${id}`, shareable: true };
  }
  if (typeof credentials === "object" && "accessKeyId" in credentials) {
    const { accessKeyId } = checkCredentials(credentials as unknown as AwsCredentials);
    return { id: `key:${accessKeyId}`, shareable: true };
  }
  const provider: unknown = typeof credentials === "object" ? credentials.provider : credentials;
  // `memoize` refuses a value that is not a provider.
  return { id: typeof provider === "function" ? instanceId(provider) : "", shareable: false };
}

/** A name for one function or object, valid in this process only. */
export function instanceId(instance: object): string {
  let id = ids.get(instance);
  if (id === undefined) ids.set(instance, (id = `instance:${randomUUID()}`));
  return id;
}
