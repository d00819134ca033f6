import type { Clock } from "@countersign/signer";
import type { Ids } from "../ids.ts";
import type { PolicyDocument } from "./policy-document.ts";
import type { Principal } from "./principal.ts";

/** Credentials of the local AWS: `AwsCredentials` of the signer, and what AWS SDK clients take. */
export interface LocalCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiration?: Date;
  readonly accountId: string;
}

/** What IAM and STS know of an access key. */
export interface AccessKey {
  readonly credentials: LocalCredentials;
  readonly principal: Principal;
  /** Milliseconds since the epoch; undefined for long-term keys. */
  readonly expiresAt: number | undefined;
  /** Deactivated keys are unknown to every service. */
  active: boolean;
  /** A revoked session is denied every action by an explicit deny. */
  revoked: boolean;
}

/**
 * The principal of a key. A revoked session keeps its identity and is denied every action, as the console's
 * AWSRevokeOlderSessions policy does
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_revoke-sessions.html).
 */
export function principalOf({ principal, revoked }: AccessKey): Principal {
  return revoked ? { ...principal, policies: () => [...principal.policies(), denyEverything] } : principal;
}

const denyEverything: PolicyDocument = {
  Version: "2012-10-17",
  Statement: { Sid: "AWSRevokeOlderSessions", Effect: "Deny", Action: "*", Resource: "*" },
};

/** A key whose id and secret the options give. */
interface FixedKey {
  readonly accessKeyId?: string | undefined;
  readonly secretAccessKey?: string | undefined;
}

/** The keys that the local AWS has issued. */
export interface AccessKeys {
  issueLongTerm(principal: Principal, fixed?: FixedKey): AccessKey;
  /** Issues a session; the token has the size of a real one, 684 characters, or `minimumTokenSize` if that is more. */
  issueSession(principal: Principal, durationS: number, minimumTokenSize?: number): AccessKey;
  find(accessKeyId: string): AccessKey | undefined;
  all(): Iterable<AccessKey>;
}

const base32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** A unique id of IAM: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html */
export function uniqueId(ids: Ids, prefix: "AKIA" | "ASIA" | "AIDA" | "AROA"): string {
  return prefix + Array.from(ids.bytes(17), (byte) => base32[byte % 32]).join("");
}

export function createAccessKeys(clock: Clock, ids: Ids): AccessKeys {
  const keys = new Map<string, AccessKey>();
  const remember = (key: AccessKey): AccessKey => {
    keys.set(key.credentials.accessKeyId, key);
    return key;
  };
  return {
    issueLongTerm(principal, fixed = {}) {
      const credentials = {
        accessKeyId: fixed.accessKeyId ?? uniqueId(ids, "AKIA").slice(0, 20),
        secretAccessKey: fixed.secretAccessKey ?? ids.bytes(30).toString("base64"),
        accountId: principal.accountId,
      };
      return remember({ credentials, principal, expiresAt: undefined, active: true, revoked: false });
    },
    issueSession(principal, durationS, minimumTokenSize = 0) {
      // STS expiries are whole seconds.
      const expiresAt = Math.floor(clock.now() / 1000) * 1000 + durationS * 1000;
      const credentials = {
        accessKeyId: uniqueId(ids, "ASIA").slice(0, 20),
        secretAccessKey: ids.bytes(30).toString("base64"),
        sessionToken: `IQoJb3JpZ2luX2Vj${ids.bytes(501).toString("base64")}`.padEnd(minimumTokenSize, "A"),
        expiration: new Date(expiresAt),
        accountId: principal.accountId,
      };
      return remember({ credentials, principal, expiresAt, active: true, revoked: false });
    },
    find: (accessKeyId) => keys.get(accessKeyId),
    all: () => keys.values(),
  };
}
