import { words } from "#words";
import { checkOptions, optional, type RefuseOption, type Shape } from "../errors/check-options.ts";
import { refuseOption } from "../errors/refuse.ts";
import type { SigningSettings } from "./settings.ts";

/** Decides by its lower-case name whether a header is covered by the signature. */
export type HeaderRule = (name: string) => boolean;

/** Headers that nothing between client and service adds or rewrites. */
const robust = /^(?:host|content-(?:type|md5)|x-amz-.*|x-amzn-sagemaker-.*)$/;

/** The rule of `robust`. */
export const isRobust: HeaderRule = (name) => robust.test(name);

/**
 * Headers that change on the way: hop-by-hop headers (RFC 9110, section 7.6.1), headers that clients and proxies set or
 * rewrite, and headers that tracing agents add after signing (open-telemetry/opentelemetry-js#3922).
 */
const unstable =
  /^(?:connection|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade|authorization|user-agent|expect|content-length|range|accept-encoding|x-amzn-trace-id|trace(?:parent|state)|baggage|x-forwarded-.*|x-datadog-.*|sentry-trace|b3|x-b3-.*|newrelic)$/;

/** Headers that `never` cannot exclude. */
const required = /^(?:host|authorization|x-amz-(?:date|security-token|content-sha256))$/;

const lists = {
  also: /* @__PURE__ */ optional(headerNames),
  never: /* @__PURE__ */ optional((value, field, refuse) => {
    const names = headerNames(value, field, refuse);
    const fixed = names.find((name) => required.test(name));
    return fixed === undefined
      ? names
      : refuse(words ? `${field}: ${fixed} must be signed; leave it out` : field, field);
  }),
} satisfies Record<string, Shape>;

/**
 * The rule that a setting stands for.
 *
 * @throws SignerError `INVALID_OPTION` for invalid header names, and for a required header in `never`.
 */
export function headerRule(setting: Required<SigningSettings>["signedHeaders"]): HeaderRule {
  if (setting === "all") return (name) => !unstable.test(name);
  if (setting === "robust") return (name) => robust.test(name);
  const { also = [], never = [] } = checkOptions(setting, lists, refuseOption, "settings.signedHeaders.");
  return (name) => also.includes(name) || (robust.test(name) && !never.includes(name));
}

/** A list of header names, in lower case. */
function headerNames(value: unknown, field: string, refuse: RefuseOption): readonly string[] {
  if (Array.isArray(value) && value.every(isToken)) return value.map((name: string) => name.toLowerCase());
  return refuse(words ? `${field}: must be a list of header names` : field, field);
}

/** Whether text is a token, as header names and methods are (RFC 9110, section 5.6.2). */
export function isToken(text: unknown): boolean {
  return typeof text === "string" && /^[\w!#$%&'*+.^`|~-]+$/.test(text);
}
