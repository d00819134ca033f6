import type { CredentialProvider, CredentialRequest } from "@countersign/signer";
import { callable, checkOptions, listOf, optional, text, wholeNumber } from "@countersign/signer/options";
import { refuseOption } from "../errors/refuse.ts";
import { limited } from "../spec/sts-limits.ts";
import { fromContainer } from "./container.ts";
import { chainFor, firstOf } from "./default-chain.ts";
import { fromEnvironment } from "./environment.ts";
import { fromInstance } from "./instance.ts";
import { fromProcess } from "./process.ts";
import { fromProfile } from "./profile.ts";
import { settingsOf } from "./shared-config/settings-of.ts";
import type { Find, SourceOptions } from "./source-context.ts";
import { invalid } from "./source-errors.ts";
import { checkRequest, providerOf, sourceShapes } from "./source-shapes.ts";
import { type SsoSourceOptions, ssoSource } from "./sso-source.ts";
import { type X509SourceOptions, x509Source } from "./x509-source.ts";
import { fromTokenFile, fromWebIdentityEnvironment, type WebIdentity } from "./web-identity.ts";

/** Options of `sources.profile`. */
export interface ProfileSourceOptions extends SourceOptions {
  /** The profile. It must exist. Default: `AWS_PROFILE`, which must exist too, else `default`. */
  readonly profile?: string | undefined;
}

/** Options of `defaultChain`. */
export interface ChainOptions extends ProfileSourceOptions {
  /**
   * Receives the name of the source that answered (`environment`, `profile`, `web identity`, `container`, `instance`), and
   * why each source before it was passed over.
   */
  readonly onSource?: ((name: string, passed: readonly string[]) => void) | undefined;
}

/** Options of `sources.process`. */
export interface ProcessSourceOptions extends SourceOptions {
  /** The command and its arguments; quotes group, and no shell runs. */
  readonly command: string;
}

/** Options of `sources.webIdentity`. Default: those of the environment. */
export interface WebIdentitySourceOptions extends SourceOptions, Partial<WebIdentity> {}

function profileSource(options: ProfileSourceOptions): CredentialProvider {
  const checked = checkOptions(options, { ...sourceShapes, profile: optional(text) }, refuseOption);
  return providerOf(fromProfile({ profile: checked.profile }), checked);
}

/**
 * The sources that AWS's tools know, each as a credential provider. A provider reads files and variables anew on each
 * call, so rotated keys and tokens are in force at the next renewal; `memoize` and `createBroker` call it as rarely as
 * possible. Every TLS request goes over the given transport.
 *
 * @throws BrokerError `INVALID_OPTION`. From the providers: `SOURCE_ABSENT` when the source is not set up,
 * `SOURCE_INVALID` with file and line, `SOURCE_UNAVAILABLE`, and the errors of STS.
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html
 *
 * @example
 * const credentials = sources.profile({ profile: "inference", transport });
 */
export const sources: {
  /** `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`. */
  environment(options: SourceOptions): CredentialProvider;
  /** One profile of the shared files, to its end: no other source stands in for it. */
  profile(options: ProfileSourceOptions): CredentialProvider;
  /** A role that the token of a file assumes. */
  webIdentity(options: WebIdentitySourceOptions): CredentialProvider;
  /** The container's endpoint: ECS, EKS Pod Identity. */
  container(options: SourceOptions): CredentialProvider;
  /** The role of an EC2 instance, by IMDSv2. */
  instance(options: SourceOptions): CredentialProvider;
  /** A program that prints credentials. */
  process(options: ProcessSourceOptions): CredentialProvider;
  /** A role of IAM Identity Center, with the token that `aws sso login` cached. */
  sso(options: SsoSourceOptions): CredentialProvider;
  /** A role of IAM Roles Anywhere, for a certificate. */
  x509(options: X509SourceOptions): CredentialProvider;
  /** The first of several providers that is set up: only the code `SOURCE_ABSENT` leads to the next one. */
  chain(providers: readonly CredentialProvider[]): CredentialProvider;
} = {
  environment: (options) => providerOf(fromEnvironment, checkOptions(options, sourceShapes, refuseOption)),
  profile: profileSource,
  webIdentity(options) {
    const checked = checkOptions<WebIdentitySourceOptions>(
      options,
      {
        ...sourceShapes,
        roleArn: optional(limited("roleArn")),
        tokenFile: optional(text),
        sessionName: optional(limited("sessionName")),
        durationSeconds: optional(wholeNumber(900, 43_200, "seconds")),
      },
      refuseOption,
    );
    const { roleArn, tokenFile, sessionName, durationSeconds } = checked;
    if (roleArn === undefined && tokenFile === undefined) return providerOf(fromWebIdentityEnvironment, checked);
    if (roleArn === undefined || tokenFile === undefined) {
      return refuseOption("options: must have both roleArn and tokenFile, or neither", "options");
    }
    const find: Find = async (context) => {
      const settings = settingsOf({ env: context.env, files: context.files });
      const region = context.region ?? settings.region?.value;
      if (region === undefined) throw invalid("region: must be set for the STS of the web identity");
      const where = { region, endpoint: settings.endpoint("sts"), place: "web identity" };
      return fromTokenFile({ roleArn, tokenFile, sessionName, durationSeconds }, where, context);
    };
    return providerOf(find, checked);
  },
  container: (options) => providerOf(fromContainer, checkOptions(options, sourceShapes, refuseOption)),
  instance: (options) => providerOf(fromInstance, checkOptions(options, sourceShapes, refuseOption)),
  process(options) {
    const checked = checkOptions(options, { ...sourceShapes, command: text }, refuseOption);
    return providerOf((context) => fromProcess(checked.command, "process", context), checked);
  },
  sso: ssoSource,
  x509: x509Source,
  chain(providers) {
    const checked = listOf(callable)(providers, "providers", refuseOption) as readonly CredentialProvider[];
    if (checked.length === 0) return refuseOption("providers: must be a list of at least one provider", "providers");
    const first = firstOf(
      checked.map((provider) => ({ name: "", find: async (request: CredentialRequest) => provider(request) })),
    );
    return async (request) => first(checkRequest(request));
  },
};

/**
 * The sources in AWS's order: environment, profile, web identity, container, instance. A named profile is asked alone,
 * except that one with settings only leaves the role of the container or instance to be used.
 *
 * @throws as `sources`.
 * @example
 * const credentials = defaultChain({ transport, region: "eu-west-1" });
 */
export function defaultChain(options: ChainOptions): CredentialProvider {
  const chainShapes = { ...sourceShapes, profile: optional(text), onSource: optional(callable) };
  const { profile, onSource, ...rest } = checkOptions<ChainOptions>(options, chainShapes, refuseOption);
  return providerOf((context) => firstOf(chainFor(profile, context.env), onSource)(context), rest);
}
