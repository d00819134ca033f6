import { words } from "@countersign/signer";
import { optional, type Shape, type Shapes } from "@countersign/signer/options";
import { checkGiven } from "#platform/check-given";
import { type CallOptions, callShapes } from "../core/call-options.ts";
import { SageMakerError } from "../core/error.ts";

/** Reads the value of an option into that of its header. @throws SageMakerError `INVALID_HEADER`. */
export type ReadOption = (value: unknown, option: string) => string;

/** The options of one operation: their shapes, and the header that each becomes. */
export interface CallRules<Options extends CallOptions> {
  readonly shapes: Shapes<Options>;
  readonly headers: Readonly<Record<string, string>>;
}

/** Checked options of one call, and the headers that they become. */
export interface CheckedCall<Options extends CallOptions> {
  readonly given: Partial<Options> & CallOptions;
  readonly headers: Record<string, string> | undefined;
}

/** Names of endpoints, variants, components and hosts. */
export const resourceName: RegExp = /^[a-zA-Z0-9](?:[-a-zA-Z0-9]*[a-zA-Z0-9])?$/;

// RFC 9110, section 5.5, without obs-text: AWS's own limit on these fields.
const visible = /^[\t\x20-\x7e]*$/;

/** Makes a reader of text of at most `max` characters. */
export function textHeader(max: number, pattern: RegExp = visible): ReadOption {
  return (value, option) => {
    if (typeof value === "string" && value.length <= max && visible.test(value) && pattern.test(value)) return value;
    const must = !words
      ? max
      : typeof value !== "string"
        ? "must be a string"
        : value.length > max
          ? `must have at most ${max} characters; it has ${value.length}`
          : visible.test(value)
            ? `must match ${pattern.source}`
            : "must be visible ASCII on one line";
    throw new SageMakerError("INVALID_HEADER", `${option}: ${must}`);
  };
}

/** Writes an option's name as AWS writes it in a header. */
const hyphenated = (option: string): string => option.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** Makes the rules of an operation: those of `base`, and an option with a header for each reader. */
export function callRules<Options extends CallOptions>(
  readers: Readonly<Record<string, ReadOption>>,
  base?: CallRules<CallOptions>,
  spell: (option: string) => string = hyphenated,
): CallRules<Options> {
  const shapes: Record<string, Shape> = { ...callShapes, ...base?.shapes };
  const headers: Record<string, string> = { __proto__: null as never, ...base?.headers };
  for (const [option, read] of Object.entries(readers)) {
    shapes[option] = optional(read);
    headers[option] = `x-amzn-sagemaker-${spell(option)}`;
  }
  return { shapes: shapes as Shapes<Options>, headers };
}

const noOptions: CheckedCall<CallOptions> = { given: Object.create(null), headers: undefined };

/**
 * Checks the options of one call and turns them into headers.
 *
 * @throws SageMakerError `INVALID_HEADER` for a value outside the header's limits, `INVALID_OPTION` for an option that
 * the operation does not have and for a wrong `signal` or `timeoutMs`.
 */
export function checkCall<Options extends CallOptions>(
  options: Options | undefined,
  { shapes, headers: names }: CallRules<Options>,
): CheckedCall<Options> {
  if (options === undefined) return noOptions as CheckedCall<Options>;
  const given = checkGiven(options, shapes);
  let headers: Record<string, string> | undefined;
  for (const option of Object.keys(given)) {
    const name = names[option];
    if (name !== undefined) (headers ??= {})[name] = String(given[option as keyof Options]);
  }
  return { given, headers };
}
