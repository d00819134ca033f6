import os from "node:os";
import path from "node:path";
import { BrokerError } from "../../errors/error.ts";
import { readFault, readSmallFile } from "../read-file.ts";
import { MAX_LENGTH, type Section, type Setting, invalidAt, parseConfig } from "./parse-config.ts";

/** Environment variables by name. */
export type Env = Readonly<Record<string, string | undefined>>;

/** The paths of the two files that AWS's tools share. */
export interface ConfigFiles {
  /** Default: `AWS_CONFIG_FILE`, else `~/.aws/config`. */
  readonly config?: string | undefined;
  /** Default: `AWS_SHARED_CREDENTIALS_FILE`, else `~/.aws/credentials`. */
  readonly credentials?: string | undefined;
}

/** One profile: the settings of both files, with those of the credentials file first, as botocore merges them. */
export interface ProfileSection {
  readonly name: string;
  readonly settings: ReadonlyMap<string, Setting>;
  /** Settings of the credentials file alone. */
  readonly credentials: ReadonlyMap<string, Setting>;
  /** Settings of the configuration file that the credentials file overrides. */
  readonly overridden: ReadonlyMap<string, Setting>;
}

/** The contents of both files. */
export interface SharedFiles {
  readonly config: string;
  readonly credentials: string;
  readonly profiles: ReadonlyMap<string, ProfileSection>;
  readonly ssoSessions: ReadonlyMap<string, Section>;
  readonly services: ReadonlyMap<string, Section>;
}

/** The value of a variable of its own, not of a polluted `Object.prototype`; an empty one counts as not set. */
export function variable(env: Env, name: string): string | undefined {
  const value = Object.hasOwn(env, name) ? env[name] : undefined;
  return value === undefined || value === "" ? undefined : value;
}

/** Replaces a leading `~` by the home folder. */
export function expandHome(file: string, env: Env): string {
  if (!/^~(?=$|[/\\])/u.test(file)) return file;
  return path.join(variable(env, "HOME") ?? variable(env, "USERPROFILE") ?? os.homedir(), file.slice(1));
}

/**
 * Reads both files, anew each time: rotated keys are in force at the next renewal. A missing file is empty.
 *
 * @throws BrokerError `SOURCE_INVALID` with file and line; for a file that cannot be read, with the system's code.
 */
export function readSharedFiles(env: Env, files: ConfigFiles = Object.create(null) as ConfigFiles): SharedFiles {
  const config = expandHome(files.config ?? variable(env, "AWS_CONFIG_FILE") ?? "~/.aws/config", env);
  const credentials = expandHome(
    files.credentials ?? variable(env, "AWS_SHARED_CREDENTIALS_FILE") ?? "~/.aws/credentials",
    env,
  );
  const profiles = new Map<string, ProfileSection>();
  const ssoSessions = new Map<string, Section>();
  const services = new Map<string, Section>();
  const seen = new Set<string>();
  for (const section of read(config)) {
    const [kind, name] = kindOf(section.name);
    // [profile x] and [profile "x"] are one; of [default] and [profile default] the later one counts, as in botocore.
    const written = `${kind}/${name}/${section.name === name}`;
    if (kind !== "" && seen.has(written))
      throw invalidAt(config, section.line, `[${section.name}]: must be given once`);
    seen.add(written);
    if (kind === "profile")
      profiles.set(name, { name, settings: section.settings, credentials: new Map(), overridden: new Map() });
    else if (kind === "sso-session") ssoSessions.set(name, section);
    else if (kind === "services") services.set(name, section);
  }
  for (const { name, settings: own } of read(credentials)) {
    const before = Array.from(profiles.get(name)?.settings ?? []);
    const settings = new Map([...before, ...own]);
    const overridden = new Map(before.filter(([key]) => own.has(key)));
    profiles.set(name, { name, settings, credentials: own, overridden });
  }
  return { config, credentials, profiles, ssoSessions, services };
}

function read(file: string): Section[] {
  let text: string;
  try {
    // A character has up to four bytes.
    text = readSmallFile(file, 4 * MAX_LENGTH).toString("utf8");
  } catch (error) {
    const code = readFault(error);
    if (code === "ENOENT" || code === "ENOTDIR") return [];
    throw new BrokerError("SOURCE_INVALID", `${file}: must be a file that can be read (${code})`);
  }
  return parseConfig(text, file);
}

/** `profile "a b"` is the profile `a b`; other sections have no meaning here. */
function kindOf(section: string): readonly [kind: string, name: string] {
  if (section === "default") return ["profile", "default"];
  const [, kind = "", rest = ""] = /^(profile|sso-session|services)\s+(.*)$/su.exec(section) ?? [];
  const [, , quoted] = /^(["'])(.*)\1$/su.exec(rest) ?? [];
  const name = quoted ?? rest;
  return quoted === undefined && /\s/u.test(name) ? ["", ""] : [kind, name];
}
