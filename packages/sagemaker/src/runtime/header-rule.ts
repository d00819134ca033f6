import { words } from "@countersign/signer";
import { SageMakerError } from "../core/error.ts";

/** Reads the value of an option into that of its header. @throws SageMakerError `INVALID_HEADER`. */
export type ReadOption = (option: string, value: unknown) => string;

/** The options of one operation that are headers: each with its header's name and its reader. */
export type HeaderRules = ReadonlyMap<string, readonly [name: string, read: ReadOption]>;

/** Names of endpoints, variants, components and hosts. */
export const resourceName: RegExp = /^[a-zA-Z0-9](?:[-a-zA-Z0-9]*[a-zA-Z0-9])?$/;

/** Options that are no headers, or that the operation reads by itself. */
const notHeaders = /^(?:signal|timeoutMs|contentType|body)$/;
// RFC 9110, section 5.5, without obs-text: AWS's own limit on these fields.
const visible = /^[\t\x20-\x7e]*$/;

/** Makes a reader of text of at most `max` characters. */
export function textHeader(max: number, pattern: RegExp = visible): ReadOption {
  return (option, value) => {
    if (typeof value === "string" && value.length <= max && visible.test(value) && pattern.test(value)) return value;
    throw new SageMakerError(
      "INVALID_HEADER",
      words
        ? `${option} ${
            typeof value !== "string"
              ? "must be a string"
              : value.length > max
                ? `has ${value.length} characters; the limit is ${max}`
                : visible.test(value)
                  ? `must match ${pattern.source}`
                  : "must be visible ASCII on one line"
          }.`
        : `${option}: ${max}`,
    );
  };
}

const hyphenated = (option: string): string => option.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** Makes the rules of options whose headers bear their names, in the way that `spell` writes them. */
export function headerRules(
  readers: Readonly<Record<string, ReadOption>>,
  spell: (option: string) => string = hyphenated,
): HeaderRules {
  return new Map(
    Object.entries(readers).map(([option, read]) => [option, [`x-amzn-sagemaker-${spell(option)}`, read] as const]),
  );
}

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
    const rule = rules.get(option);
    if (rule !== undefined) {
      headers ??= {};
      headers[rule[0]] = rule[1](option, value);
    } else if (!notHeaders.test(option)) {
      throw new SageMakerError("INVALID_OPTION", words ? `"${option}" is not an option of this operation.` : option);
    }
  }
  return headers;
}
