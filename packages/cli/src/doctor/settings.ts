import type { Located, ProfileSettings } from "@countersign/broker";
import type { EndpointKind } from "@countersign/signer/endpoints";
import type { Io } from "../io.ts";
import { type Check, pass, warn } from "./check.ts";

/** Explains the chain of credentials and settings: which profile, from where each setting comes, and what is overridden. */
export function checkSettings(settings: ProfileSettings, services: readonly EndpointKind[], env: Io["env"]): Check[] {
  const { profile, namedBy, files, region, fips, dualStack, caBundle } = settings;
  const found = files.profiles.get(profile);
  const named = { profile: "--profile or the configuration", AWS_PROFILE: "AWS_PROFILE", default: "default" };
  const place = found === undefined ? `it is in neither ${files.config} nor ${files.credentials}` : placesOf(found);
  const checks = [pass("profile", `${profile}, named by ${named[namedBy ?? "default"]}; ${place}`)];
  if (namedBy !== undefined && (env["AWS_ACCESS_KEY_ID"] ?? "") !== "") {
    checks.push(
      warn(
        "AWS_ACCESS_KEY_ID",
        `is not used: ${named[namedBy]} names profile ${profile}`,
        "unset the one that you do not want",
      ),
    );
  }
  const shown: readonly (readonly [name: string, located: Located | undefined])[] = [
    ["region", region],
    ["FIPS", fips],
    ["dual-stack", dualStack],
    ["authorities", caBundle],
    ...services.map((service) => [`endpoint of ${service}`, settings.endpointUrl(service)] as const),
  ];
  for (const [name, located] of shown) {
    if (located !== undefined) checks.push(pass(name, `${withoutUserinfo(located.value)}, from ${located.from}`));
  }
  return checks;
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

/** An address may contain a password. */
function withoutUserinfo(value: string): string {
  return value.replace(/\/\/[^@/]*@/, "//…@");
}
