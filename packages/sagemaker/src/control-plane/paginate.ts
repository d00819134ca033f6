import { SageMakerError } from "../core/error.ts";
import type { CallOptions } from "../core/call-options.ts";
import type { OperationInput, OperationName, OperationOutput } from "./operation.ts";
import type { SageMaker } from "../core/sagemaker.ts";

/**
 * Reads all pages of an operation that answers with a `NextToken`: all `List…` operations, `Search`, `QueryLineage`.
 * The next page is asked for when the one before is consumed.
 *
 * @throws SageMakerError as `call`; `INVALID_RESPONSE` when the service repeats a token, which would never end.
 * @see https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ListModels.html
 * @example
 * for await (const { Models } of paginate(sagemaker, "ListModels", { MaxResults: 100 })) console.log(Models);
 */
export async function* paginate<Operation extends OperationName>(
  sagemaker: Pick<SageMaker, "call">,
  operation: Operation,
  input: OperationInput<Operation> & object,
  options?: CallOptions,
): AsyncGenerator<OperationOutput<Operation>, void, undefined> {
  const call: (operation: Operation, input: never, options?: CallOptions) => Promise<unknown> = sagemaker.call;
  let token: unknown;
  for (;;) {
    const page = await call(
      operation,
      (token === undefined ? input : { ...input, NextToken: token }) as never,
      options,
    );
    yield page as OperationOutput<Operation>;
    const next = (page as { readonly NextToken?: unknown }).NextToken;
    if (next === undefined || next === null || next === "") return;
    if (next === token) throw new SageMakerError("INVALID_RESPONSE", `${operation} answered twice with the same page.`);
    token = next;
  }
}
