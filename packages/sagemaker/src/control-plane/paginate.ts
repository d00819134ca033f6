import { checkOptions } from "@countersign/signer/options";
import { type CallOptions, callShapes } from "../core/call-options.ts";
import { SageMakerError } from "../core/error.ts";
import { refuseOption } from "../core/refuse-option.ts";
import type { SageMaker } from "../core/sagemaker.ts";
import { callOf } from "./call-of.ts";
import type { OperationInput, OperationName, OperationOutput } from "./operation.ts";

/**
 * Reads all pages of an operation that answers with a `NextToken`: all `List…` operations, `Search`, `QueryLineage`.
 * The next page is requested when the one before is consumed.
 *
 * @throws SageMakerError as `call`; `INVALID_RESPONSE` when the service repeats a token, which would never end.
 * @see https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ListModels.html
 * @example
 * for await (const { Models } of paginate(sagemaker, "ListModels", { MaxResults: 100 })) console.log(Models);
 */
export function paginate<Operation extends OperationName>(
  sagemaker: Pick<SageMaker, "call">,
  operation: Operation,
  input: OperationInput<Operation> & object,
  options?: CallOptions,
): AsyncGenerator<OperationOutput<Operation>, void, undefined> {
  const call = callOf(sagemaker);
  const given = options && checkOptions(options, callShapes, refuseOption);
  return pages();

  async function* pages(): AsyncGenerator<OperationOutput<Operation>, void, undefined> {
    let token: unknown;
    // Brent's algorithm: tokens that go round in a circle meet the one that is kept, whatever the length of the circle.
    let kept: unknown;
    let keepNextIn = 1;
    let keepFor = 1;
    for (;;) {
      const page = await call(operation, token === undefined ? input : { ...input, NextToken: token }, given);
      yield page as OperationOutput<Operation>;
      const next = Object.hasOwn(page, "NextToken") ? page["NextToken"] : undefined;
      if (next === undefined || next === null || next === "") return;
      // An object would differ from the one before, though it holds the same, and the pages would never end.
      if (typeof next !== "string")
        throw new SageMakerError("INVALID_RESPONSE", `${operation} answered with a NextToken that is not text`);
      if (next === kept) throw new SageMakerError("INVALID_RESPONSE", `${operation} answered twice with the same page`);
      if (--keepNextIn === 0) {
        kept = next;
        keepFor *= 2;
        keepNextIn = keepFor;
      }
      token = next;
    }
  }
}
