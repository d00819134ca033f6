import { SignerError } from "./error.ts";
import type { SigningSettings } from "./settings.ts";

/** Decides by its lower-case name whether a header is covered by the signature. */
export type HeaderRule = (name: string) => boolean;

/** Written anew by every signing; what a caller gives under these names is left out. */
export const isReplaced: HeaderRule = matches("authorization|x-amz-date|x-amz-security-token");

/** What means the same to everybody on the way and is nobody's to add. */
const robust = matches("host|content-(?:type|md5)|x-amz-.*|x-amzn-sagemaker-.*");

/**
 * What changes on the way: hop-by-hop headers (RFC 9110, section 7.6.1), what clients and proxies set or rewrite, and
 * what tracing agents add to requests behind everybody's back (open-telemetry/opentelemetry-js#3922).
 */
const unstable = matches(
  "connection|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade|" +
    "authorization|user-agent|expect|content-length|range|accept-encoding|" +
    "x-amzn-trace-id|traceparent|tracestate|baggage|x-forwarded-.*|x-datadog-.*|sentry-trace|b3|x-b3-.*|newrelic",
);

/**
 * The rule that a setting stands for.
 *
 * @throws SignerError `INVALID_OPTION` for names that are no header names, and for `never` of what must be signed.
 */
export function headerRule(setting: Required<SigningSettings>["signedHeaders"]): HeaderRule {
  if (setting === "robust") return robust;
  if (setting === "all") return (name) => !unstable(name);
  const also = names("also", setting.also);
  const never = names("never", setting.never);
  for (const name of never) {
    if (name === "host" || name === "x-amz-content-sha256" || isReplaced(name)) {
      throw new SignerError("INVALID_OPTION", `settings.signedHeaders.never: ${name} must be signed`);
    }
  }
  return (name) => also.has(name) || (robust(name) && !never.has(name));
}

function names(list: string, given: readonly string[] = []): ReadonlySet<string> {
  for (const name of given) {
    if (typeof name !== "string" || !isToken(name)) {
      throw new SignerError("INVALID_OPTION", `settings.signedHeaders.${list}: expected header names`);
    }
  }
  return new Set(given.map((name) => name.toLowerCase()));
}

/** Whether text is a token, as header names and methods are (RFC 9110, section 5.6.2). */
export function isToken(text: string): boolean {
  return /^[\w!#$%&'*+.^`|~-]+$/.test(text);
}

function matches(pattern: string): HeaderRule {
  const expression = new RegExp(`^(?:${pattern})$`);
  return (name) => expression.test(name);
}
