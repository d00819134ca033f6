import type { CredentialProvider } from "@countersign/signer";
import type { EndpointOptions } from "@countersign/signer/endpoints";
import {
  checkOptions,
  flag,
  nested,
  optional,
  shape,
  type Shape,
  text,
  unchecked,
  wholeNumber,
} from "@countersign/signer/options";
import { refuseOption } from "../errors/refuse.ts";
import { limited } from "../spec/sts-limits.ts";
import type { SourceOptions } from "./source-context.ts";
import { providerOf, sourceShapes } from "./source-shapes.ts";
import { checkAnchor, fromX509, isFile, type X509Identity } from "./x509.ts";

/** Options of `sources.x509`. */
export interface X509SourceOptions extends Omit<SourceOptions, "region" | "mfaCode">, X509Identity {}

/** Text, `{ file }`, or another form that the signer checks when the first session is created. */
const present: Shape = shape(
  "PEM text, { file }, or one of the other forms that the reference lists",
  (value) =>
    (typeof value === "string" && value !== "") ||
    typeof value === "function" ||
    (typeof value === "object" && value !== null && (isFile(value) || !Object.hasOwn(value, "file"))),
);

const { region: _region, mfaCode: _mfaCode, ...shared } = sourceShapes;

const shapes = {
  ...shared,
  certificate: present,
  key: present,
  // A certificate that the trust anchor itself issued has an empty chain.
  chain: optional((value, field, refuse) => (value === "" ? undefined : present(value, field, refuse))),
  trustAnchorArn: text,
  profileArn: text,
  roleArn: limited("roleArn"),
  durationSeconds: optional(wholeNumber(900, 43_200, "seconds")),
  roleSessionName: optional(limited("sessionName")),
  endpoint: optional(
    nested<EndpointOptions>({
      url: unchecked,
      fips: optional(flag),
      dualStack: optional(flag),
      vpcEndpoint: optional(text),
    }),
  ),
};

/** A provider of the sessions that IAM Roles Anywhere creates for a certificate. */
export function x509Source(options: X509SourceOptions): CredentialProvider {
  const { transport, env, files, clock, ...identity } = checkOptions<X509SourceOptions>(options, shapes, refuseOption);
  checkAnchor(identity);
  return providerOf((context) => fromX509(identity, context), { transport, env, files, clock });
}
