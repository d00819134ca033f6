import { SageMakerError } from "./error.ts";

/** How one option travels, and what it may hold. */
export interface HeaderRule {
  readonly name: string;
  readonly max: number;
  readonly pattern?: RegExp;
  /** Bounds of a whole number. */
  readonly range?: readonly [least: number, most: number];
}

/** The options of one operation that are headers. Without a prototype: options are looked up by the caller's names. */
export type HeaderRules = Readonly<Record<string, HeaderRule | undefined>>;

/** Names of endpoints, variants, components and hosts. */
export const resourceName: RegExp = /^[a-zA-Z0-9](?:[-a-zA-Z0-9]*[a-zA-Z0-9])?$/;

/** Options that are no headers, or that the operation reads by itself. */
const notHeaders = /^(?:signal|timeoutMs|contentType|body)$/;
// RFC 9110, section 5.5, without obs-text: AWS's own limit on these fields.
const visible = /^[\t\x20-\x7e]*$/;

/**
 * Turns the options of an operation into its headers.
 *
 * @throws SageMakerError `INVALID_HEADER` for a value that breaks the field's limits, `INVALID_OPTION` for an option
 * that the operation does not have.
 */
export function headersOf(options: object, rules: HeaderRules): Record<string, string> | undefined {
  let headers: Record<string, string> | undefined;
  for (const [option, value] of Object.entries(options)) {
    if (value === undefined) continue;
    const rule = rules[option];
    if (rule === undefined) {
      if (notHeaders.test(option)) continue;
      throw new SageMakerError("INVALID_OPTION", `"${option}" is not an option of this operation.`);
    }
    headers ??= {};
    headers[rule.name] = headerValue(option, value, rule);
  }
  return headers;
}

/** @throws SageMakerError `INVALID_HEADER`. */
export function headerValue(option: string, value: unknown, rule: Omit<HeaderRule, "name">): string {
  const { max, pattern, range } = rule;
  if (range !== undefined) {
    if (Number.isInteger(value) && (value as number) >= range[0] && (value as number) <= range[1]) return String(value);
    throw new SageMakerError("INVALID_HEADER", `${option} must be a whole number from ${range[0]} to ${range[1]}.`);
  }
  if (typeof value !== "string") throw new SageMakerError("INVALID_HEADER", `${option} must be a string.`);
  if (value.length > max) {
    throw new SageMakerError("INVALID_HEADER", `${option} has ${value.length} characters; the limit is ${max}.`);
  }
  if (!visible.test(value)) throw new SageMakerError("INVALID_HEADER", `${option} must be visible ASCII on one line.`);
  if (pattern !== undefined && !pattern.test(value)) {
    throw new SageMakerError("INVALID_HEADER", `${option} must match ${pattern.source}.`);
  }
  return value;
}
