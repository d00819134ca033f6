import { checkOptions, nested, optional, shape, type Shapes, text, isRecord } from "@countersign/signer/options";
import { BrokerError } from "../../errors/error.ts";
import { refuseOption } from "../../errors/refuse.ts";
import type { EndpointKind, EndpointOptions } from "@countersign/signer/endpoints";
import type { NeighbourService } from "../service-url.ts";
import { type Setting, invalidAt, nestedSettings } from "./parse-config.ts";
import { type ConfigFiles, type Env, type SharedFiles, readSharedFiles, variable } from "./shared-files.ts";

/** Where to look for settings. */
export interface SettingsQuery {
  /** A profile that is named here must exist. Default: `AWS_PROFILE`, which must exist too, else `default`. */
  readonly profile?: string | undefined;
  /** Default: `process.env`. */
  readonly env?: Env | undefined;
  readonly files?: ConfigFiles | undefined;
}

/** A value, and where it was set: `AWS_REGION`, or the path and line of a file, such as `~/.aws/config:3`. */
export interface Located {
  readonly value: string;
  readonly from: string;
  /** Other places that set it too, and come after this one. */
  readonly overrides?: readonly Located[] | undefined;
}

/** The settings of one profile and the environment, by AWS's order of precedence. */
export interface ProfileSettings {
  readonly profile: string;
  /** `profile` or `AWS_PROFILE` names the profile; without a name it is `default`, which may be missing. */
  readonly namedBy: "profile" | "AWS_PROFILE" | undefined;
  readonly region: Located | undefined;
  readonly fips: Located | undefined;
  readonly dualStack: Located | undefined;
  readonly caBundle: Located | undefined;
  /** The address of a service: of its own variable, `AWS_ENDPOINT_URL`, its `[services]` block, or `endpoint_url`. */
  endpointUrl(service: string): Located | undefined;
  /** The endpoint options of a service: its address, or the FIPS and dual-stack flags. */
  endpoint(service: EndpointKind | NeighbourService): EndpointOptions;
  /** The files as they were read. */
  readonly files: SharedFiles;
}

const shapes: Shapes<SettingsQuery> = {
  profile: optional(text),
  env: optional(shape("an object such as process.env", isRecord)),
  files: optional(nested<ConfigFiles>({ config: optional(text), credentials: optional(text) })),
};

/**
 * Reads the settings of a profile.
 *
 * @throws BrokerError `INVALID_OPTION` for a wrong query; `SOURCE_INVALID` with file and line, or the variable, for a named profile that is missing and for a
 * setting that cannot be read, such as `use_fips_endpoint = maybe`.
 */
export function settingsOf(query: SettingsQuery = {}): ProfileSettings {
  const { profile: named, env = process.env, files: paths } = checkOptions(query, shapes, refuseOption);
  const files = readSharedFiles(env, paths);
  const fromEnv = variable(env, "AWS_PROFILE") ?? variable(env, "AWS_DEFAULT_PROFILE");
  const profile = named ?? fromEnv ?? "default";
  const namedBy = named === undefined ? (fromEnv === undefined ? undefined : "AWS_PROFILE") : "profile";
  const found = files.profiles.get(profile);
  if (found === undefined && namedBy !== undefined) throw missingProfile(profile, namedBy, files);

  const setting = (name: string): Setting | undefined => {
    const given = found?.settings.get(name);
    return given === undefined || given.value === "" ? undefined : given;
  };
  const fromVariable = (name: string): Located | undefined => {
    const value = variable(env, name);
    return value === undefined ? undefined : { value, from: name };
  };
  const either = (names: readonly string[], key: string): Located | undefined => {
    const given = setting(key);
    return firstOf([...names.map(fromVariable), given && located(given)]);
  };
  const flag = (name: string, key: string): Located | undefined => {
    const given = either([name], key);
    if (given !== undefined && !/^(?:true|false)$/iu.test(given.value)) {
      throw new BrokerError(
        "SOURCE_INVALID",
        `${given.from}: ${given.from === name ? "" : `${key}: `}must be true or false`,
      );
    }
    return given;
  };
  const fips = flag("AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint");
  const dualStack = flag("AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint");
  const ignored = flag("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "ignore_configured_endpoint_urls");

  function endpointUrl(service: string): Located | undefined {
    if (ignored !== undefined && isTrue(ignored)) return undefined;
    // The service id in lower case, with "_" for its spaces; this one has none.
    const id = service === "sagemaker-job-runtime" ? "sagemakerjobruntime" : service.replaceAll("-", "_");
    const named = setting("services");
    const section = named && files.services.get(named.value);
    if (named !== undefined && section === undefined) {
      throw invalidAt(named.file, named.line, `services: [services ${named.value}] is missing`);
    }
    const block = section?.settings.get(id);
    const own = block && nestedSettings(block).get("endpoint_url");
    const common = setting("endpoint_url");
    return firstOf([
      fromVariable(`AWS_ENDPOINT_URL_${id.toUpperCase()}`),
      fromVariable("AWS_ENDPOINT_URL"),
      own && located(own),
      common && located(common),
    ]);
  }

  return {
    profile,
    namedBy,
    region: either(["AWS_REGION", "AWS_DEFAULT_REGION"], "region"),
    fips,
    dualStack,
    caBundle: either(["AWS_CA_BUNDLE"], "ca_bundle"),
    endpointUrl,
    endpoint(service) {
      const url = endpointUrl(service);
      if (url !== undefined) return { url: url.value };
      return {
        ...(fips !== undefined && isTrue(fips) && { fips: true }),
        ...(dualStack !== undefined && isTrue(dualStack) && { dualStack: true }),
      };
    },
    files,
  };
}

/** The first place that sets a value, with those that it overrides. */
function firstOf(candidates: readonly (Located | undefined)[]): Located | undefined {
  const [first, ...others] = candidates.filter((one) => one !== undefined);
  return first === undefined || others.length === 0 ? first : { ...first, overrides: others };
}

function located(setting: Setting): Located {
  return { value: setting.value, from: placeOf(setting) };
}

/** Where a setting stands. */
export function placeOf({ file, line }: Setting): string {
  return `${file}:${line}`;
}

function isTrue({ value }: Located): boolean {
  return value.toLowerCase() === "true";
}

function missingProfile(profile: string, namedBy: string, { config, credentials }: SharedFiles): BrokerError {
  return new BrokerError(
    "SOURCE_INVALID",
    `profile ${JSON.stringify(profile.slice(0, 100))}: is missing in ${config} and ${credentials}; ${namedBy === "AWS_PROFILE" ? "AWS_PROFILE names it" : "add it, or name another"}`,
  );
}
