import { flag, listOf, nested, optional, type Shape, shape, text, wholeNumber } from "@countersign/signer/options";
import type { PolicyDocument } from "../iam/policy-document.ts";
import { filled, policyShape } from "../shapes.ts";

/** The authorities whose certificates an account trusts. */
export interface TrustAnchorSpec {
  /** Such as `arn:aws:rolesanywhere:us-east-1:123456789012:trust-anchor/0f0f0f0f-1111-4222-8333-444455556666`. */
  readonly arn: string;
  /** Certificates of authorities, PEM. */
  readonly certificates: string;
  /** Default true. */
  readonly enabled?: boolean | undefined;
}

/** The roles that certificates may assume, and what limits their sessions. */
export interface ProfileSpec {
  /** Such as `arn:aws:rolesanywhere:us-east-1:123456789012:profile/0f0f0f0f-1111-4222-8333-444455556666`. */
  readonly arn: string;
  /** The roles that its sessions may have. */
  readonly roleArns: readonly string[];
  /** Longest session in seconds, 900 to 43200. Default 3600. */
  readonly durationSeconds?: number | undefined;
  /** Limits its sessions. Default: no policy. */
  readonly sessionPolicy?: PolicyDocument | string | undefined;
  /** ARNs of `managedPolicies`. */
  readonly managedPolicyArns?: readonly string[] | undefined;
  /** Whether callers may name their sessions. Default false: the certificate's serial number names them. */
  readonly acceptRoleSessionName?: boolean | undefined;
  /** Default true. */
  readonly enabled?: boolean | undefined;
}

/** IAM Roles Anywhere, beside the trust anchor and the profile that every local AWS has. */
export interface RolesAnywhereOptions {
  /** Default: none besides the one that every local AWS has. */
  readonly trustAnchors?: readonly TrustAnchorSpec[] | undefined;
  /** Default: none besides the one that every local AWS has. */
  readonly profiles?: readonly ProfileSpec[] | undefined;
}

const arnOf = (kind: string): Shape =>
  shape(
    `the ARN of a ${kind} of IAM Roles Anywhere`,
    (value) =>
      typeof value === "string" &&
      new RegExp(`^arn:aws[\\w-]*:rolesanywhere:[a-z\\d-]+:\\d{12}:${kind}/[\\w-]+$`).test(value),
  );

/** The shape of the option `rolesAnywhere`. */
export const rolesAnywhereShape: Shape = nested<RolesAnywhereOptions>({
  trustAnchors: optional(
    listOf(
      nested<TrustAnchorSpec>({
        arn: arnOf("trust-anchor"),
        certificates: shape(
          "certificates in PEM",
          (value) => typeof value === "string" && value.includes("-----BEGIN CERTIFICATE-----"),
        ),
        enabled: optional(flag),
      }),
    ),
  ),
  profiles: optional(
    listOf(
      nested<ProfileSpec>({
        arn: arnOf("profile"),
        roleArns: filled(listOf(text)),
        durationSeconds: optional(wholeNumber(900, 43_200, "seconds")),
        sessionPolicy: optional(policyShape),
        managedPolicyArns: optional(listOf(text)),
        acceptRoleSessionName: optional(flag),
        enabled: optional(flag),
      }),
    ),
  ),
});

/** What the local authority puts into a certificate. */
export interface CertificateOptions {
  /** Attributes by short name, in order. Default `{ CN: "worker" }`. */
  readonly subject?: Readonly<Record<string, string>> | undefined;
  /** DNS names of the subject alternative name. Default: none. */
  readonly dnsNames?: readonly string[] | undefined;
  /** URIs of the subject alternative name. Default: none. */
  readonly uris?: readonly string[] | undefined;
  /** `ml-dsa` needs Node 24. Default `ec` (P-256). */
  readonly key?: "ec" | "rsa" | "ml-dsa" | undefined;
  /** Default: the year 2000. */
  readonly notBefore?: Date | undefined;
  /** Default: the end of 2099. */
  readonly notAfter?: Date | undefined;
  /** Issue it by an authority below the trust anchor, whose certificate is then `chain`. Default false. */
  readonly intermediate?: boolean | undefined;
}
