import { words } from "#words";
import { refuse } from "../errors/refuse.ts";
import type { SigningSettings } from "./settings.ts";

/** Decides by its lower-case name whether a header is covered by the signature. */
export type HeaderRule = (name: string) => boolean;

/** What means the same to everybody on the way and is nobody's to add. */
const robust = /^(?:host|content-(?:type|md5)|x-amz-.*|x-amzn-sagemaker-.*)$/;

/**
 * What changes on the way: hop-by-hop headers (RFC 9110, section 7.6.1), what clients and proxies set or rewrite, and
 * what tracing agents add to requests behind everybody's back (open-telemetry/opentelemetry-js#3922).
 */
const unstable =
  /^(?:connection|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade|authorization|user-agent|expect|content-length|range|accept-encoding|x-amzn-trace-id|trace(?:parent|state)|baggage|x-forwarded-.*|x-datadog-.*|sentry-trace|b3|x-b3-.*|newrelic)$/;

/** What must be signed whatever a caller wishes. */
const required = /^(?:host|authorization|x-amz-(?:date|security-token|content-sha256))$/;

/**
 * The rule that a setting stands for.
 *
 * @throws SignerError `INVALID_OPTION` for names that are no header names, and for `never` of what must be signed.
 */
export function headerRule(setting: Required<SigningSettings>["signedHeaders"]): HeaderRule {
  if (setting === "all") return (name) => !unstable.test(name);
  const lists = setting === "robust" ? {} : setting;
  const [also, never] = [lists.also, lists.never].map((names) => lowerCase(names ?? []));
  if (also === undefined || never === undefined || never.some((name) => required.test(name))) {
    return refuse(
      "INVALID_OPTION",
      words ? "settings.signedHeaders: must be header names, in never none that must be signed" : "signedHeaders",
    );
  }
  return (name) => also.includes(name) || (robust.test(name) && !never.includes(name));
}

/** Header names in lower case, or `undefined` for a list that has something else. */
function lowerCase(names: readonly string[]): readonly string[] | undefined {
  return Array.isArray(names) && names.every(isToken) ? names.map((name: string) => name.toLowerCase()) : undefined;
}

/** Whether text is a token, as header names and methods are (RFC 9110, section 5.6.2). */
export function isToken(text: unknown): boolean {
  return typeof text === "string" && /^[\w!#$%&'*+.^`|~-]+$/.test(text);
}
