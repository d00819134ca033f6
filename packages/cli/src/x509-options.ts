import type { X509Identity } from "@countersign/broker";
import { usageError } from "./cli-error.ts";
import { type OptionSpecs, type OptionValues, text } from "./command.ts";
import { readSeconds } from "./seconds-option.ts";

/** Options that name a certificate of IAM Roles Anywhere. */
export const X509_OPTIONS: OptionSpecs = {
  x509: { type: "string", value: "FILE", help: "certificate, PEM or DER; IAM Roles Anywhere takes it" },
  "x509-key": {
    type: "string",
    value: "FILE",
    help: "its private key, PEM without a password; default: the file of --x509",
  },
  "x509-chain": { type: "string", value: "FILE", help: "intermediate certificates, PEM" },
  "trust-anchor": {
    type: "string",
    value: "ARN",
    help: "of Roles Anywhere; its Region is where the session is created",
  },
  "roles-anywhere-profile": { type: "string", value: "ARN", help: "the profile in Roles Anywhere" },
  duration: { type: "string", value: "SECONDS", help: "with --x509: how long the session lasts" },
  "session-name": {
    type: "string",
    value: "NAME",
    help: "with --x509, where the profile in Roles Anywhere accepts names",
  },
};

/**
 * The certificate that options name. `undefined`: they name none.
 *
 * @throws CliError `USAGE` when a part of it is missing.
 */
export function x509Identity(options: OptionValues, roleArn: string): X509Identity | undefined {
  const file = text(options, "x509");
  const given = Object.keys(X509_OPTIONS).find((name) => options[name] !== undefined);
  if (given === undefined) return undefined;
  const need = (name: string): string => {
    const value = text(options, name);
    if (value === undefined) throw usageError(`credentials: --${given} needs --${name}`);
    return value;
  };
  const chain = text(options, "x509-chain");
  const durationSeconds = readSeconds(options, "duration");
  const roleSessionName = text(options, "session-name");
  return {
    certificate: { file: need("x509") },
    key: { file: text(options, "x509-key") ?? file ?? "" },
    ...(chain !== undefined && { chain: { file: chain } }),
    trustAnchorArn: need("trust-anchor"),
    profileArn: need("roles-anywhere-profile"),
    roleArn,
    ...(durationSeconds !== undefined && { durationSeconds }),
    ...(roleSessionName !== undefined && { roleSessionName }),
  };
}
