import { CountersignError } from "@countersign/signer";
import { pollute } from "./inherited.ts";
import { TRAPPED } from "./junk.ts";
import { type Variant, leftOut, right, variantsOf } from "./variants.ts";

/** How an exported function, class or method is called rightly. */
export interface Door {
  /** The arguments, with what `variants.ts` offers to say which junk is right too. A name with "?" may be left out. */
  readonly args: readonly unknown[];
  readonly construct?: true;
  /** The export is an object of functions: those are tried as its methods. */
  readonly object?: true;
  /** What the result can do: a door each, or why it is not tried. "()" calls the result. */
  readonly methods?: Readonly<Record<string, Door | string>> | string;
  /** The contract of the platform or of an SDK names the error: ours is its cause. */
  readonly wrapped?: true;
  /** Codes of a call that went through: what stands behind it is not there. */
  readonly passed?: readonly string[];
  /** Releases what a call opened. */
  readonly after?: (result: never) => unknown;
}

const LIMIT_MS = 5000;

type Outcome =
  | { readonly kind: "accepted"; readonly result: unknown }
  | { readonly kind: "refused"; readonly error: CountersignError }
  | { readonly kind: "raw"; readonly error: unknown };

async function outcomeOf(call: () => unknown, wrapped: boolean): Promise<Outcome> {
  let timer: NodeJS.Timeout | undefined;
  try {
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`no answer within ${LIMIT_MS} ms`)), LIMIT_MS);
    });
    const result = await Promise.race([Promise.resolve(call()).then(begin), late]);
    return { kind: "accepted", result };
  } catch (thrown) {
    const error: unknown = wrapped ? ours(thrown) : thrown;
    if (error === TRAPPED) return { kind: "refused", error: new Trapped() };
    return error instanceof CountersignError && typeof error.code === "string"
      ? { kind: "refused", error }
      : { kind: "raw", error };
  } finally {
    clearTimeout(timer);
  }
}

class Trapped extends CountersignError {
  constructor() {
    super("TRAPPED", "did you mean");
  }
}

/** Our error behind one that the platform's or an SDK's contract names. */
function ours(thrown: unknown): unknown {
  let error = thrown;
  while (error instanceof Error && !(error instanceof CountersignError) && error.cause !== undefined)
    error = error.cause;
  return error;
}

/** An iterator begins when its first value is asked for. */
async function begin(result: unknown): Promise<unknown> {
  const candidate = result as { next?: unknown; [Symbol.asyncIterator]?: unknown } | null;
  if (typeof candidate === "object" && candidate !== null && typeof candidate[Symbol.asyncIterator] === "function") {
    for await (const _ of candidate as AsyncIterable<unknown>) break;
  }
  return result;
}

const describeError = (error: unknown): string =>
  error instanceof Error ? `${error.name}: ${error.message.slice(0, 160)}` : `${typeof error} thrown`;

/** What is wrong with a door, one line for each wrong outcome. */
export async function examine(name: string, call: (...args: never[]) => unknown, door: Door): Promise<string[]> {
  const found: string[] = [];
  const invoke = (args: readonly unknown[]) => outcomeOf(() => call(...(args as never[])), door.wrapped === true);
  const passed = ({ error }: { readonly error: CountersignError }) => door.passed?.includes(error.code) === true;

  const base = await invoke(door.args.map(right));
  if (base.kind === "raw" || (base.kind === "refused" && !passed(base)))
    return [`${name}: the table's own call fails: ${describeError(base.error)}`];
  if (base.kind === "accepted") {
    found.push(...(await examineMethods(name, base.result, door)));
    await door.after?.(base.result as never);
  }
  for (const call of leftOut(door.args)) {
    const outcomes: Outcome[] = [];
    for (const begin of [undefined, pollute]) {
      const end = begin?.(call);
      const outcome = await invoke(call.args).finally(end);
      outcomes.push(outcome);
      if (outcome.kind === "accepted") await door.after?.(outcome.result as never);
    }
    const [clean, polluted] = outcomes.map((outcome) =>
      outcome.kind === "accepted" || (outcome.kind === "refused" && passed(outcome))
        ? "accepted"
        : describeError(outcome.error),
    );
    if (polluted !== clean) found.push(`${name}, ${call.name} on Object.prototype: ${polluted}, and not ${clean}`);
  }
  for (const variant of variantsOf(door.args)) {
    const outcome = await invoke(variant.args);
    const wrong = complaint(variant, outcome, passed);
    if (wrong !== undefined) found.push(`${name}, ${variant.what}: ${wrong}`);
    if (outcome.kind === "accepted") await door.after?.(outcome.result as never);
  }
  return found;
}

function complaint(
  { accepted, nearest }: Variant,
  outcome: Outcome,
  passed: (refused: { readonly error: CountersignError }) => boolean,
): string | undefined {
  if (outcome.kind === "raw") return `raw ${describeError(outcome.error)}`;
  if (accepted) return undefined;
  if (outcome.kind === "accepted") return "accepted";
  if (passed(outcome)) return `passed (${describeError(outcome.error)})`;
  if (nearest !== undefined && !outcome.error.message.includes("did you mean"))
    return `does not offer ${nearest}: ${outcome.error.message.slice(0, 120)}`;
  return undefined;
}

async function examineMethods(name: string, result: unknown, { methods = {} }: Door): Promise<string[]> {
  if (typeof methods === "string") return [];
  const found: string[] = [];
  for (const method of methodsOf(result)) {
    const door = methods[method];
    if (door === undefined) found.push(`${name}(…).${method}: is not in the table`);
  }
  for (const [method, door] of Object.entries(methods)) {
    if (typeof door === "string") continue;
    const call = (...args: never[]): unknown =>
      method === "()"
        ? (result as (...given: never[]) => unknown)(...args)
        : (result as Record<string, (...given: never[]) => unknown>)[method]?.(...args);
    found.push(...(await examine(`${name}(…).${method}`, call, door)));
  }
  return found;
}

/** What an iterator or a logger calls. */
const OF_LANGUAGE = new Set(["constructor", "next", "return", "throw", "toJSON", "toString"]);

/** The functions of a result and of its classes that a caller can reach. */
function methodsOf(result: unknown): string[] {
  if ((typeof result !== "object" && typeof result !== "function") || result === null) return [];
  const names = new Set<string>(typeof result === "function" ? ["()"] : []);
  for (let level: object | null = result; level !== null; level = Object.getPrototypeOf(level) as object | null) {
    if (level !== result && isOfPlatform(level)) break;
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(level)))
      if (typeof value === "function" && !OF_LANGUAGE.has(name)) names.add(name);
  }
  return [...names];
}

function isOfPlatform({ constructor }: object): boolean {
  return Reflect.get(globalThis, constructor?.name ?? "") === constructor;
}
