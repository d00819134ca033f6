import { expectTypeOf, test } from "vitest";
import type { Call } from "../../src/control-plane/call.ts";
import type { OperationInput, OperationName, OperationOutput } from "../../src/control-plane/operation.ts";

test("operations are typed by the installed AWS SDK", () => {
  expectTypeOf<"CreateTrainingJob">().toExtend<OperationName>();
  expectTypeOf<"CreateTrainingJobs">().not.toExtend<OperationName>();
  expectTypeOf<OperationInput<"CreateTrainingJob">["TrainingJobName"]>().toEqualTypeOf<string | undefined>();
  expectTypeOf<OperationOutput<"DescribeTrainingJob">["CreationTime"]>().toEqualTypeOf<Date | undefined>();
  expectTypeOf<OperationInput<"ListModels">["MaxResults"]>().toEqualTypeOf<number | undefined>();
  expectTypeOf<OperationOutput<"ListModels">["NextToken"]>().toEqualTypeOf<string | undefined>();
  expectTypeOf<OperationOutput<"DescribeTrainingJob">>().not.toHaveProperty("$metadata");
});

test("call accepts what the types know, and any operation they do not know yet", () => {
  const call = (async () => ({})) as unknown as Call;
  expectTypeOf(call("DescribeEndpoint", { EndpointName: "churn" })).resolves.toHaveProperty("EndpointStatus");
  expectTypeOf(call("DescribeSomethingNew", { Any: 1 })).resolves.toEqualTypeOf<Record<string, unknown>>();
  // @ts-expect-error a member that the operation does not have
  void call("DescribeEndpoint", { EndpointNames: "churn" });
  // @ts-expect-error a required member is missing
  void call("DescribeEndpoint", {});
});
