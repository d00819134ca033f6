import { callable, checkOptions, optional, type Shapes } from "@countersign/signer/options";
import type { Aws, AwsOptions } from "./aws.ts";
import { checkAwsOptions } from "./check-aws-options.ts";
import { refuseOption, TestingError } from "./error.ts";
import { startAws } from "./start-aws.ts";

type Hook = (run: () => unknown) => unknown;

/** The hooks of a test runner: vitest's and jest's `beforeAll` and `afterAll`, or node:test's `before` and `after`. */
export interface TestHooks {
  readonly beforeAll?: Hook | undefined;
  readonly before?: Hook | undefined;
  readonly afterEach: Hook;
  readonly afterAll?: Hook | undefined;
  readonly after?: Hook | undefined;
}

const hookShapes: Shapes<TestHooks> = {
  beforeAll: optional(callable),
  before: optional(callable),
  afterEach: callable,
  afterAll: optional(callable),
  after: optional(callable),
};

/**
 * Runs a local AWS for the tests of a file: it starts before the first test, is reset after each test, resources
 * included, and closes after the last one. Works with every runner that has such hooks.
 *
 * @returns a function that returns the running AWS.
 * @throws {TestingError} `INVALID_OPTION` for wrong hooks or options; `CLOSED` when a test asks outside of the hooks.
 *
 * @example
 * import { afterAll, afterEach, beforeAll, test } from "vitest";
 * const aws = useAws({ beforeAll, afterEach, afterAll }, { roles: ["worker"] });
 * test("signs", () => send(aws().url.runtime));
 */
export function useAws(hooks: TestHooks, options?: AwsOptions & { readonly clock?: undefined }): () => Aws {
  const { beforeAll, before, afterEach, afterAll, after } = checkOptions(hooks, hookShapes, refuseOption, "hooks.");
  const first = beforeAll ?? before;
  const last = afterAll ?? after;
  if (first === undefined || last === undefined) {
    return refuseOption("hooks: must have beforeAll and afterAll, or before and after");
  }
  checkAwsOptions(options);
  let running: Aws | undefined;
  first(async () => {
    running = await startAws(options);
  });
  afterEach(() => running?.reset({ resources: true }));
  last(async () => {
    await running?.close();
    running = undefined;
  });
  return () => {
    if (running === undefined)
      throw new TestingError("CLOSED", "aws: must be used inside a test; it runs between the hooks");
    return running;
  };
}
