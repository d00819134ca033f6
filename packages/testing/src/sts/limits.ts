import { AwsError } from "../wire/aws-error.ts";
import { table } from "../table.ts";

interface TextLimit {
  readonly min: number;
  readonly max: number;
  readonly pattern?: RegExp;
}

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html#API_AssumeRole_RequestParameters */
const limits = table<TextLimit>({
  roleArn: {
    min: 20,
    max: 2048,
    pattern: /^[\t\n\r\u0020-\u007E\u0085\u00A0-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]+$/u,
  },
  roleSessionName: { min: 2, max: 64, pattern: /^[\w+=,.@-]*$/ },
  sourceIdentity: { min: 2, max: 64, pattern: /^(?!aws:)[\w+=,.@-]*$/ },
  externalId: { min: 2, max: 1224, pattern: /^[\w+=,.@:/-]*$/ },
  policy: { min: 1, max: 2048, pattern: /^[\t\n\r\u0020-\u00FF]+$/ },
  serialNumber: { min: 9, max: 256, pattern: /^[\w+=/:,.@-]*$/ },
  tokenCode: { min: 6, max: 6, pattern: /^\d*$/ },
  webIdentityToken: { min: 4, max: 20_000 },
  sAMLAssertion: { min: 4, max: 100_000 },
  name: { min: 2, max: 32, pattern: /^[\w+=,.@-]*$/ },
  encodedMessage: { min: 1, max: 10_240 },
  targetPrincipal: { min: 12, max: 2048 },
  tradeInToken: { min: 4, max: 20_000 },
  scopedSessionDescription: { min: 0, max: 256 },
});

/** The largest session token, in bytes: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html */
export const MAX_TOKEN_SIZE = 4096;

/** Fields that AWS's model marks as sensitive: messages never quote them. */
const sensitive = new Set(["webIdentityToken", "sAMLAssertion", "tokenCode", "tradeInToken"]);

/** Collects every mistake of a request, so that the answer names them all, as AWS's does. */
export interface Constraints {
  required(field: string, value: string | undefined): string;
  optional(field: string, value: string | undefined): string | undefined;
  duration(
    seconds: number | undefined,
    o: { readonly min: number; readonly max: number; readonly usual: number },
  ): number;
  /** `MinimumSessionTokenSize`, in bytes; 0: the token keeps its own size. */
  tokenSize(bytes: number | undefined): number;
  tags(tags: readonly Readonly<Record<string, string | undefined>>[]): Readonly<Record<string, string>>;
  /** @throws {AwsError} `ValidationError` when anything was wrong. */
  settle(): void;
}

export function createConstraints(): Constraints {
  const failures: string[] = [];
  const fail = (value: string | number | undefined, field: string, constraint: string): void => {
    const shown = value === undefined ? "null" : sensitive.has(field) ? "'***sensitive***'" : `'${value}'`;
    failures.push(`Value ${shown} at '${field}' failed to satisfy constraint: Member must ${constraint}`);
  };
  const check = (field: string, value: string): void => {
    const limit = limits[field];
    if (limit === undefined) return;
    if (value.length < limit.min) fail(value, field, `have length greater than or equal to ${limit.min}`);
    else if (value.length > limit.max) fail(value, field, `have length less than or equal to ${limit.max}`);
    if (limit.pattern?.test(value) === false) {
      fail(value, field, `satisfy regular expression pattern: ${limit.pattern.source.replaceAll(/^\^|\$$/g, "")}`);
    }
  };
  return {
    required(field, value) {
      if (value === undefined || value === "") fail(undefined, field, "not be null");
      else check(field, value);
      return value ?? "";
    },
    optional(field, value) {
      if (value !== undefined) check(field, value);
      return value;
    },
    duration(seconds, { min, max, usual }) {
      const value = seconds ?? usual;
      if (value < min) fail(value, "durationSeconds", `have value greater than or equal to ${min}`);
      if (value > max) fail(value, "durationSeconds", `have value less than or equal to ${max}`);
      return value;
    },
    tokenSize(bytes = 0) {
      if (bytes < 0) fail(bytes, "minimumSessionTokenSize", "have value greater than or equal to 0");
      if (bytes > MAX_TOKEN_SIZE) {
        fail(bytes, "minimumSessionTokenSize", `have value less than or equal to ${MAX_TOKEN_SIZE}`);
      }
      return bytes;
    },
    tags(tags) {
      if (tags.length > 50) fail(tags.length, "tags", "have length less than or equal to 50");
      const result = new Map<string, string>();
      const seen = new Set<string>();
      for (const [index, { Key = "", Value = "" }] of tags.entries()) {
        const at = `tags.${index + 1}.member`;
        if (Key.length < 1 || Key.length > 128 || !/^[\p{L}\p{Z}\p{N}_.:/=+\-@]+$/u.test(Key)) {
          fail(Key, `${at}.key`, String.raw`satisfy regular expression pattern: [\p{L}\p{Z}\p{N}_.:/=+\-@]+`);
        }
        if (Value.length > 256 || !/^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u.test(Value)) {
          fail(Value, `${at}.value`, String.raw`satisfy regular expression pattern: [\p{L}\p{Z}\p{N}_.:/=+\-@]*`);
        }
        if (seen.has(Key.toLowerCase())) {
          throw new AwsError(
            "InvalidParameterValue",
            "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
          );
        }
        seen.add(Key.toLowerCase());
        result.set(Key, Value);
      }
      return Object.fromEntries(result);
    },
    settle() {
      if (failures.length === 0) return;
      const noun = failures.length === 1 ? "error" : "errors";
      throw new AwsError("ValidationError", `${failures.length} validation ${noun} detected: ${failures.join("; ")}`);
    },
  };
}
