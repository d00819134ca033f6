import type { AwsCredentials } from "@countersign/signer";
import type { EndpointOptions } from "@countersign/signer/endpoints";
import { type CertificateInput, signRequest, type X509Key } from "@countersign/signer/x509";
import { refuseOption } from "../errors/refuse.ts";
import { usable } from "../model/usable.ts";
import { checkPrincipal } from "../sts/sts-answer.ts";
import { askService } from "./ask-service.ts";
import { jsonObject, objectOf, textOf } from "./json-object.ts";
import { issuedBy } from "./read-answer.ts";
import { reasonOf } from "./service-reason.ts";
import { readFault, readSmallFile } from "./read-file.ts";
import { readTime } from "../model/read-time.ts";
import { serviceUrl } from "./service-url.ts";
import { expandHome } from "./shared-config/shared-files.ts";
import { settingsOf } from "./shared-config/settings-of.ts";
import type { SourceContext } from "./source-context.ts";
import { failed, invalid } from "./source-errors.ts";

/** A file whose content is read anew for each session, so a renewed certificate is in force without a restart. */
export interface FromFile {
  readonly file: string;
}

/** A certificate that IAM Roles Anywhere exchanges for credentials. */
export interface X509Identity {
  /** PEM text, DER, or a file with either. Further certificates of a PEM text count as the start of `chain`. */
  readonly certificate: string | Uint8Array | FromFile;
  /** PEM text without a password, a `KeyObject`, a function that signs (HSM, PKCS #11, TPM), or a file of PEM text. */
  readonly key: X509Key | FromFile;
  /** Intermediate certificates up to the trust anchor, which is left out. */
  readonly chain?: CertificateInput | FromFile | undefined;
  /** Its Region is where the session is created. */
  readonly trustAnchorArn: string;
  /** The profile in Roles Anywhere that lists the role. */
  readonly profileArn: string;
  /** The role of the session. */
  readonly roleArn: string;
  /** 900-43,200 seconds. Default: that of the profile in Roles Anywhere. */
  readonly durationSeconds?: number | undefined;
  /** Default: the certificate's serial number. Roles Anywhere takes another name only where the profile accepts it. */
  readonly roleSessionName?: string | undefined;
  /** Default: the settings of the environment and the shared files. */
  readonly endpoint?: EndpointOptions | undefined;
}

/** Certificates with chain, or a key, have a few kilobytes. */
const MAX_PEM_BYTES = 1 << 20;
const ANCHOR = /^arn:[a-z0-9-]+:rolesanywhere:([a-z0-9-]+):\d{12}:(trust-anchor|profile)\/[\w-]{1,64}$/u;

/** The Region of a trust anchor and of its profile. @throws BrokerError `INVALID_OPTION`. */
export function checkAnchor({ trustAnchorArn, profileArn }: X509Identity): string {
  const [, region, anchor] = ANCHOR.exec(trustAnchorArn) ?? [];
  if (region === undefined || anchor !== "trust-anchor") {
    return refuseOption(
      "trustAnchorArn: must be the ARN of a trust anchor of IAM Roles Anywhere, such as arn:aws:rolesanywhere:eu-west-1:111122223333:trust-anchor/…",
      "trustAnchorArn",
    );
  }
  const [, other, profile] = ANCHOR.exec(profileArn) ?? [];
  if (profile !== "profile" || other !== region) {
    return refuseOption(`profileArn: must be the ARN of a profile of IAM Roles Anywhere in ${region}`, "profileArn");
  }
  return region;
}

/**
 * Creates a session of IAM Roles Anywhere with a certificate.
 *
 * @throws BrokerError `SOURCE_INVALID` for a certificate or key that cannot be used; `SOURCE_UNAVAILABLE`.
 * @see https://docs.aws.amazon.com/rolesanywhere/latest/userguide/authentication-create-session.html
 */
export async function fromX509(identity: X509Identity, context: SourceContext): Promise<AwsCredentials> {
  const { trustAnchorArn, profileArn, roleArn, durationSeconds, roleSessionName } = identity;
  const place = "x509";
  const region = checkAnchor(identity);
  const endpoint =
    identity.endpoint ?? settingsOf({ env: context.env, files: context.files }).endpoint("rolesanywhere");
  const query = [
    ["profileArn", profileArn],
    ["roleArn", roleArn],
    ["trustAnchorArn", trustAnchorArn],
  ].map(([name, value = ""]) => `${name}=${encodeURIComponent(value)}`);
  const url = `${serviceUrl("rolesanywhere", region, endpoint, place)}/sessions?${query.join("&")}`;
  const body = JSON.stringify({
    ...(durationSeconds !== undefined && { durationSeconds }),
    ...(roleSessionName !== undefined && { roleSessionName }),
  });
  const request = { method: "POST", url, headers: { "content-type": "application/json" }, body } as const;
  const { headers } = await signRequest(request, {
    certificate: read(identity.certificate, "certificate", context) as string | Uint8Array,
    key: read(identity.key, "key", context) as X509Key,
    chain: read(identity.chain, "chain", context) as CertificateInput | undefined,
    region,
    date: new Date(context.clock.now()),
  }).catch((error: unknown) => {
    // The signer's messages name the field and what to do, never a secret.
    if ((error as { readonly name?: unknown }).name === "SignerError")
      throw invalid(`x509: ${(error as Error).message}`);
    throw failed("x509: key", error);
  });
  const sent = { method: "POST", headers: { ...request.headers, ...headers }, body } as const;
  const answer = await askService(url, sent, place, context);
  if (answer.status !== 200 && answer.status !== 201) {
    throw failed(`x509: IAM Roles Anywhere answered with status ${answer.status}: ${reasonOf(answer)}`);
  }
  return issuedBy(answer, credentialsOf(answer.body, identity), context.clock);
}

function credentialsOf(body: string, identity: X509Identity): AwsCredentials {
  const { credentialSet } = jsonObject(body);
  const [first] = Array.isArray(credentialSet) ? (credentialSet as readonly unknown[]) : [];
  const members = objectOf(objectOf(first)["credentials"]);
  const [accessKeyId, secretAccessKey, sessionToken] = ["accessKeyId", "secretAccessKey", "sessionToken"].map((name) =>
    textOf(members, name),
  );
  const expiration = readTime(members["expiration"]);
  if (!accessKeyId || !secretAccessKey || !sessionToken || expiration === undefined) {
    throw failed("x509: the answer of IAM Roles Anywhere must have keys, a token and an expiration");
  }
  const accountId = accountOf(textOf(objectOf(objectOf(first)["assumedRoleUser"]), "arn"), identity);
  const keys = { accessKeyId, secretAccessKey, sessionToken, expiration };
  return usable({ ...keys, ...(accountId !== undefined && { accountId }) }, "x509: IAM Roles Anywhere", failed);
}

/** The account of the session, which must be for the role and the session name that were asked for. */
function accountOf(arn: string | undefined, { roleArn, roleSessionName }: X509Identity): string | undefined {
  const input = { RoleArn: roleArn, RoleSessionName: roleSessionName };
  try {
    return checkPrincipal({ AssumedRoleUser: { Arn: arn } }, { operation: "AssumeRole", input, accountId: undefined });
  } catch {
    throw failed(
      "x509: the answer of IAM Roles Anywhere must be for the role, account and session name that were asked for",
    );
  }
}

/** The content of a file: as text where it is PEM, as bytes otherwise. */
function read(given: unknown, field: string, { env }: SourceContext): unknown {
  if (!isFile(given)) return given;
  let content: Buffer;
  try {
    content = readSmallFile(expandHome(given.file, env), MAX_PEM_BYTES);
  } catch (error) {
    throw invalid(`x509: ${field}: must be a file that can be read (${readFault(error)})`);
  }
  return field === "key" || content.includes("-----BEGIN") ? content.toString("latin1") : new Uint8Array(content);
}

/** Whether an option is `{ file }`. */
export function isFile(given: unknown): given is FromFile {
  return (
    typeof given === "object" &&
    given !== null &&
    Object.hasOwn(given, "file") &&
    typeof (given as FromFile).file === "string"
  );
}
