import type { Located, ProfileSettings } from "@countersign/broker";
import type { EndpointKind } from "@countersign/signer/endpoints";
import type { Io } from "../io.ts";
import { type Check, pass, warn } from "./check.ts";
import { checkAuthorities } from "./environment.ts";
import { shownAddress } from "./shown-address.ts";

/** The variables that lead to credentials when no profile is named, each with the source that it belongs to. */
const CREDENTIAL_VARIABLES = [
  "AWS_ACCESS_KEY_ID",
  "AWS_WEB_IDENTITY_TOKEN_FILE",
  "AWS_CONTAINER_CREDENTIALS_FULL_URI",
  "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
] as const;

/** Explains the settings: which profile, from where each setting comes, and what it overrides. */
export function checkSettings(
  settings: ProfileSettings,
  services: readonly EndpointKind[],
  { env, region: given }: { readonly env: Io["env"]; readonly region: string | undefined },
): Check[] {
  const { profile, namedBy, files, region, fips, dualStack, caBundle } = settings;
  const found = files.profiles.get(profile);
  const named = { profile: "--profile or the configuration", AWS_PROFILE: "AWS_PROFILE", default: "default" };
  const place = found === undefined ? `it is in neither ${files.config} nor ${files.credentials}` : placesOf(found);
  const checks = [pass("profile", `${profile}, named by ${named[namedBy ?? "default"]}; ${place}`)];
  checks.push(...unusedVariables(settings, env));
  for (const [key, { file, line }] of found?.overridden ?? []) {
    checks.push(
      warn(key, `${file}:${line} is not used: the credentials file sets it too`, "delete the one that you do not want"),
    );
  }
  const shown: readonly (readonly [name: string, located: Located | undefined])[] = [
    ["region", given === undefined ? region : withOption(given, "--region", region)],
    ["FIPS", fips],
    ["dual-stack", dualStack],
    ...services.map((service) => [`endpoint of ${service}`, settings.endpointUrl(service)] as const),
  ];
  for (const [name, located] of shown) if (located !== undefined) checks.push(pass(name, describe(located)));
  if (caBundle !== undefined) checks.push(checkAuthorities("authorities", caBundle, describe(caBundle)));
  return checks;
}

/** Variables that name credentials or profiles and have no effect. */
function unusedVariables({ profile, namedBy, files }: ProfileSettings, env: Io["env"]): Check[] {
  const isSet = (name: string): boolean => (env[name] ?? "") !== "";
  const fix = "unset the one that you do not want";
  const checks: Check[] = [];
  if (namedBy === "profile") {
    for (const name of ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"]) {
      const value = env[name];
      if (isSet(name) && value !== profile) {
        checks.push(warn(name, `is not used: --profile or the configuration names profile ${profile}`, fix));
      }
    }
  }
  if (namedBy === "AWS_PROFILE" && isSet("AWS_PROFILE") && isSet("AWS_DEFAULT_PROFILE")) {
    checks.push(warn("AWS_DEFAULT_PROFILE", "is not used: AWS_PROFILE comes first", fix));
  }
  if (namedBy !== undefined) {
    const by = namedBy === "profile" ? "--profile or the configuration" : "AWS_PROFILE";
    const unused = CREDENTIAL_VARIABLES.filter((name) => isSet(name) && !name.includes("CONTAINER"));
    for (const name of unused) checks.push(warn(name, `is not used: ${by} names profile ${profile}`, fix));
  } else if (isSet("AWS_ACCESS_KEY_ID")) {
    for (const name of CREDENTIAL_VARIABLES.slice(1).filter(isSet)) {
      checks.push(warn(name, "is not used: AWS_ACCESS_KEY_ID comes first", fix));
    }
    const section = files.profiles.get(profile);
    const key = section?.settings.get("aws_access_key_id") ?? section?.settings.get("role_arn");
    if (key !== undefined) {
      checks.push(
        warn(`profile ${profile}`, `${key.file}:${key.line} is not used: AWS_ACCESS_KEY_ID comes first`, fix),
      );
    }
  }
  return checks;
}

/** A setting that an option gives, before all others. */
function withOption(value: string, from: string, other: Located | undefined): Located {
  return { value, from, overrides: other === undefined ? [] : [other, ...(other.overrides ?? [])] };
}

/** A setting, its place, and what it overrides. */
function describe({ value, from, overrides = [] }: Located): string {
  const others = overrides.map((other) => `${shownAddress(other.value)} from ${other.from}`);
  const overridden = others.length === 0 ? "" : `; it overrides ${others.join(" and ")}`;
  return `${shownAddress(value)}, from ${from}${overridden}`;
}

/** The files that hold settings of a profile, each with its first line. */
function placesOf({
  settings,
}: {
  readonly settings: ReadonlyMap<string, { readonly file: string; readonly line: number }>;
}): string {
  const first = new Map<string, number>();
  for (const { file, line } of settings.values()) first.set(file, Math.min(line, first.get(file) ?? Infinity));
  if (first.size === 0) return "it has no settings";
  return Array.from(first, ([file, line]) => `${file}:${line}`).join(" and ");
}
