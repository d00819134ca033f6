import { type Setting, invalidAt } from "./shared-config/parse-config.ts";
import type { ProfileSection } from "./shared-config/shared-files.ts";

const ROLE_ARN = /^arn:[a-z0-9-]+:iam::\d{12}:role\/[\w+=,.@/-]{1,512}$/u;
const SESSION_NAME = /^[\w+=,.@-]{2,64}$/u;

/** A setting of a profile that is not empty. */
export function get(section: ProfileSection, name: string): Setting | undefined {
  const given = section.settings.get(name);
  return given === undefined || given.value === "" ? undefined : given;
}

/** A profile's name in a message. */
export function nameOf(profile: string): string {
  return JSON.stringify(profile.slice(0, 100));
}

/** @throws BrokerError `SOURCE_INVALID` with file and line. */
export function readRoleArn({ value, file, line }: Setting): string {
  if (ROLE_ARN.test(value)) return value;
  throw invalidAt(file, line, "role_arn: must be the ARN of a role, such as arn:aws:iam::111122223333:role/name");
}

/** @throws BrokerError `SOURCE_INVALID` with file and line. */
export function readSessionName(section: ProfileSection): string | undefined {
  const given = get(section, "role_session_name");
  if (given === undefined || SESSION_NAME.test(given.value)) return given?.value;
  throw invalidAt(given.file, given.line, "role_session_name: must be 2 to 64 letters, digits and _+=,.@-");
}

/** @throws BrokerError `SOURCE_INVALID` with file and line. */
export function readDuration(section: ProfileSection): number | undefined {
  const given = get(section, "duration_seconds");
  if (given === undefined) return undefined;
  const seconds = /^\d{1,6}$/u.test(given.value) ? Number(given.value) : 0;
  if (seconds >= 900 && seconds <= 43_200) return seconds;
  throw invalidAt(given.file, given.line, "duration_seconds: must be a whole number from 900 to 43200");
}
