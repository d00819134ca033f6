import { explainProfile, type ProfileSettings, settingsOf } from "@countersign/broker";
import type { Io } from "../io.ts";
import { type Check, pass, reasonOf, warn } from "./check.ts";

/** A long list would hide the rest of the report. */
const MAX_PROFILES = 20;
/** The name of the check of the chosen profile. */
const CHAIN = "the chain";

/** Explains how the chosen profile leads to credentials, and what `--profile` with each other one would do. */
export function checkProfiles(
  { profile, namedBy, files }: ProfileSettings,
  region: string | undefined,
  env: Io["env"],
): Check[] {
  const others = [...files.profiles.keys()].filter((name) => name !== profile).toSorted();
  const own = files.profiles.has(profile) ? [checkProfile(profile, CHAIN, region, env)] : [];
  // Without a named profile the keys of the environment come first.
  if (namedBy === undefined && (env["AWS_ACCESS_KEY_ID"] ?? "") !== "") {
    own.splice(0, 1, pass(CHAIN, "takes the keys of the environment (AWS_ACCESS_KEY_ID)"));
  }
  const shown = others.slice(0, MAX_PROFILES).map((name) => checkProfile(name, `--profile ${name}`, region, env));
  const left = others.length - shown.length;
  return [...own, ...shown, ...(left > 0 ? [pass("--profile", `${left} further profiles are not listed`)] : [])];
}

function checkProfile(profile: string, name: string, region: string | undefined, env: Io["env"]): Check {
  const isOwn = name === CHAIN;
  const would = isOwn ? "" : "would: ";
  try {
    const steps = explainProfile({ profile, env, region }).map(({ what, from }) => `${what} (${from})`);
    const found = settingsOf({ profile, env }).region;
    const where = found === undefined || isOwn ? "" : `; Region ${found.value} from ${found.from}`;
    return pass(name, `${would}${steps.join(" ← ")}${where}`);
  } catch (error) {
    if ((error as { readonly code?: unknown }).code === "SOURCE_ABSENT") {
      return pass(
        name,
        `${would}has settings and no credentials: the next source is asked, at last the role of the container or instance`,
      );
    }
    return warn(
      name,
      isOwn ? reasonOf(error) : `would fail: ${reasonOf(error)}`,
      "correct the line that the message names",
    );
  }
}
