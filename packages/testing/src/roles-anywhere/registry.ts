import { parsePolicy } from "../iam/parse-policy.ts";
import type { PolicyDocument } from "../iam/policy-document.ts";
import { refuseOption } from "../error.ts";
import { createWorkloadAuthority, type LocalCertificate } from "./authority.ts";
import { type Certificate, readCertificates } from "./certificate.ts";
import type { CertificateOptions, ProfileSpec, RolesAnywhereOptions, TrustAnchorSpec } from "./options.ts";

/** IAM Roles Anywhere of a running local AWS. */
export interface LocalRolesAnywhere {
  /** A trust anchor whose authority issues `certificate()`. */
  readonly trustAnchorArn: string;
  /** A profile that may use every role of the first account, for up to 12 hours. */
  readonly profileArn: string;
  /** The certificate of the trust anchor's authority, PEM. */
  readonly authority: string;
  /** Issues a certificate for a workload. */
  certificate(options?: CertificateOptions): LocalCertificate;
  /** Revokes a certificate, as a CRL that was imported does: it opens no further session. Takes its PEM. */
  revoke(certificate: string): void;
}

/** A trust anchor as a request finds it. */
export interface TrustAnchor {
  readonly arn: string;
  readonly certificates: () => readonly Certificate[];
  readonly enabled: boolean;
}

/** A profile as a request finds it. */
export interface Profile {
  readonly arn: string;
  /** Undefined: every role of its account. */
  readonly roleArns: readonly string[] | undefined;
  readonly durationSeconds: number;
  readonly sessionPolicy: PolicyDocument | undefined;
  readonly managedPolicyArns: readonly string[];
  readonly acceptRoleSessionName: boolean;
  readonly enabled: boolean;
}

/** What the service looks up. */
export interface RolesAnywhereRegistry {
  readonly handle: LocalRolesAnywhere;
  readonly trustAnchors: ReadonlyMap<string, TrustAnchor>;
  readonly profiles: ReadonlyMap<string, Profile>;
  isRevoked(certificate: Certificate): boolean;
}

// Fixed ids, so that the ids made from a seed do not depend on them.
const localId = "00000000-0000-4000-8000-000000000001";

/** @throws {TestingError} for certificates that cannot be read, and for policies that IAM would refuse. */
export function createRegistry(
  options: RolesAnywhereOptions | undefined,
  region: string,
  accountId: string,
): RolesAnywhereRegistry {
  const { trustAnchors = [], profiles = [] } = options ?? {};
  const authority = createWorkloadAuthority();
  const prefix = `arn:aws:rolesanywhere:${region}:${accountId}`;
  const revoked = new Set<string>();
  let ownCertificates: readonly Certificate[] | undefined;
  const own: TrustAnchor = {
    arn: `${prefix}:trust-anchor/${localId}`,
    certificates: () => (ownCertificates ??= readCertificates(authority.certificate)),
    enabled: true,
  };
  const ownProfile: Profile = {
    arn: `${prefix}:profile/${localId}`,
    roleArns: undefined,
    durationSeconds: 43_200,
    sessionPolicy: undefined,
    managedPolicyArns: [],
    acceptRoleSessionName: true,
    enabled: true,
  };
  return {
    handle: {
      trustAnchorArn: own.arn,
      profileArn: ownProfile.arn,
      get authority() {
        return authority.certificate;
      },
      certificate: (given) => authority.issue(given),
      revoke(certificate) {
        for (const each of parseCertificates(certificate, "certificate")) revoked.add(identity(each));
      },
    },
    trustAnchors: byArn([own, ...trustAnchors.map(readTrustAnchor)]),
    profiles: byArn([ownProfile, ...profiles.map(readProfile)]),
    isRevoked: (certificate) => revoked.has(identity(certificate)),
  };
}

function readTrustAnchor({ arn, certificates, enabled = true }: TrustAnchorSpec, index: number): TrustAnchor {
  const read = parseCertificates(certificates, `rolesAnywhere.trustAnchors[${index}].certificates`);
  if (!read.every(({ isAuthority }) => isAuthority)) {
    refuseOption(
      `rolesAnywhere.trustAnchors[${index}].certificates: must be certificates of authorities (basic constraints with CA: true)`,
    );
  }
  return { arn, certificates: () => read, enabled };
}

function readProfile(spec: ProfileSpec): Profile {
  const { durationSeconds = 3600, managedPolicyArns = [], acceptRoleSessionName = false, enabled = true } = spec;
  const sessionPolicy = spec.sessionPolicy === undefined ? undefined : parsePolicy(spec.sessionPolicy, "identity");
  return { ...spec, sessionPolicy, durationSeconds, managedPolicyArns, acceptRoleSessionName, enabled };
}

function parseCertificates(text: unknown, field: string): readonly Certificate[] {
  try {
    const read = readCertificates(String(text));
    if (read.length > 0) return read;
  } catch {
    // The same refusal as for a text without certificates.
  }
  return refuseOption(`${field}: must be certificates in PEM that Node can read`);
}

/** A serial number is unique for its issuer alone. */
function identity({ x509, serialHex }: Certificate): string {
  return `${serialHex} ${x509.issuer}`;
}

function byArn<Entry extends { readonly arn: string }>(entries: readonly Entry[]): ReadonlyMap<string, Entry> {
  return new Map(entries.map((entry) => [entry.arn, entry]));
}
