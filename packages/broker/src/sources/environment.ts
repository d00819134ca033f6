import { fixedKeys } from "./read-credentials.ts";
import { variable } from "./shared-config/shared-files.ts";
import { readTime } from "../model/read-time.ts";
import { absent, invalid } from "./source-errors.ts";
import type { Find } from "./source-context.ts";

const NAMES = {
  id: "AWS_ACCESS_KEY_ID",
  secret: "AWS_SECRET_ACCESS_KEY",
  token: "AWS_SESSION_TOKEN",
  accountId: "AWS_ACCOUNT_ID",
};

/** Keys of the environment. https://docs.aws.amazon.com/sdkref/latest/guide/feature-static-credentials.html */
export const fromEnvironment: Find = async ({ env }) => {
  const keys = fixedKeys(
    (name) => variable(env, name),
    NAMES,
    () => "environment",
  );
  if (keys === undefined) throw absent("environment: AWS_ACCESS_KEY_ID is not set");
  const end = variable(env, "AWS_CREDENTIAL_EXPIRATION");
  if (end === undefined) return keys;
  const expiration = readTime(end);
  if (expiration === undefined) {
    throw invalid("environment: AWS_CREDENTIAL_EXPIRATION must be a date with a zone, such as 2026-01-02T03:04:05Z");
  }
  return { ...keys, expiration };
};
