import { headerValue, readHeaders } from "../sigv4/canonical-headers.ts";
import { isToken } from "../sigv4/header-rules.ts";
import type { ServiceRules } from "../sigv4/service-rules.ts";
import { areSame, headerRecord } from "./header-record.ts";

/** Headers of one call: names in lower case, values without white space around them. */
export interface ExtraHeaders {
  readonly headers: Readonly<Record<string, string>>;
  /** Whether the signature covers one of them. */
  readonly isSigned: boolean;
}

/** Names that `readHeaders` leaves out, and `__proto__`, which no header can have. */
const leftOut = /^(?:authorization|x-amz-date|x-amz-security-token|__proto__)$/;

/**
 * Reads the headers of calls, which mostly have the same names: what follows from the names is worked out once.
 *
 * @returns a function that answers, and throws, as `readHeaders` does.
 */
export function extraHeaders(rules: ServiceRules): (more: Record<string, string>) => ExtraHeaders {
  let names: readonly string[] | undefined;
  let sent: readonly string[] = [];
  let isSigned = false;

  /** Remembers names, if nothing but their case changes when they are read. */
  function plan(given: readonly string[]): void {
    sent = given.map((name) => name.toLowerCase());
    const isPlain =
      given.every(isToken) && new Set(sent).size === sent.length && !sent.some((name) => leftOut.test(name));
    names = isPlain ? given : undefined;
    isSigned = sent.some((name) => rules.signs(name));
  }

  return (more) => {
    const record = headerRecord(more);
    const given = Object.keys(record);
    // All values are read first: a getter may use the same prepared request, and make another plan.
    const values: unknown[] = [];
    for (const name of given) values.push(record[name]);
    if (names === undefined || !areSame(names, given)) plan(given);
    const headers: Record<string, string> = {};
    for (let at = 0; at < given.length; at++) {
      const value = values[at];
      // A list, or nothing: the names alone do not tell what will be sent.
      if (names === undefined || typeof value !== "string") return readSlowly(given, values);
      headers[sent[at]!] = headerValue(given[at]!, value);
    }
    return { headers, isSigned };
  };

  function readSlowly(given: readonly string[], values: readonly unknown[]): ExtraHeaders {
    const headers = readHeaders(given.map((name, at) => [name, values[at] as string] as const));
    return { headers, isSigned: Object.keys(headers).some((name) => rules.signs(name)) };
  }
}
