import { createManualClock } from "@countersign/testing";
import { describe, expect, test } from "vitest";
import { type SageMaker, SageMakerError, waitFor } from "../../src/index.ts";

const notFound = new SageMakerError("ValidationException", "Could not find endpoint");

/** Answers with one state after another, the last one again and again, while a clock runs at full speed. */
function resource(states: readonly (Record<string, unknown> | Error)[]) {
  const clock = createManualClock();
  const looks: string[] = [];
  const pauses: number[] = [];
  const call = async (operation: string): Promise<unknown> => {
    looks.push(operation);
    const state = states[Math.min(looks.length, states.length) - 1];
    if (state instanceof Error) throw state;
    return state;
  };
  const fast = {
    ...clock,
    sleep: async (ms: number, signal?: AbortSignal) => {
      signal?.throwIfAborted();
      pauses.push(ms);
      await clock.advance(ms);
    },
  };
  return { clock: fast, looks, pauses, sagemaker: { call } as unknown as Pick<SageMaker, "call"> };
}

describe("waitFor", () => {
  test("looks until the state is reached, ever less often, and answers with the description", async () => {
    const { clock, looks, pauses, sagemaker } = resource([
      ...Array.from({ length: 12 }, () => ({ EndpointStatus: "Creating" })),
      { EndpointStatus: "InService", EndpointName: "churn" },
    ]);
    const described = await waitFor(sagemaker, "EndpointInService", { EndpointName: "churn" }, { clock });
    expect(described["EndpointName"]).toBe("churn");
    expect(looks).toEqual(Array.from({ length: 13 }, () => "DescribeEndpoint"));
    expect(pauses.slice(0, 3)).toEqual([2000, 3000, 4500]);
    expect(pauses.at(-1)).toBe(30_000);
  });

  test("says why a state cannot be reached any more", async () => {
    const { clock, sagemaker } = resource([{ TrainingJobStatus: "Failed", FailureReason: "AlgorithmError: exit 1" }]);
    await expect(
      waitFor(sagemaker, "TrainingJobCompletedOrStopped", { TrainingJobName: "t" }, { clock }),
    ).rejects.toMatchObject({
      code: "WAITER_FAILED",
      message: expect.stringContaining("AlgorithmError: exit 1") as string,
    });
  });

  test("takes a resource that is not there for a failure, or for the success that was waited for", async () => {
    const present = resource([notFound]);
    await expect(waitFor(present.sagemaker, "EndpointInService", {}, { clock: present.clock })).rejects.toMatchObject({
      code: "WAITER_FAILED",
      cause: notFound,
    });
    const gone = resource([{ EndpointStatus: "Deleting" }, notFound]);
    expect(await waitFor(gone.sagemaker, "EndpointDeleted", {}, { clock: gone.clock })).toEqual({});
  });

  test("passes other errors on", async () => {
    const denied = new SageMakerError("AccessDeniedException", "no");
    const { clock, sagemaker } = resource([denied]);
    await expect(waitFor(sagemaker, "EndpointDeleted", {}, { clock })).rejects.toBe(denied);
  });

  test("gives up when time is up", async () => {
    const { clock, sagemaker } = resource([{ EndpointStatus: "Creating" }]);
    await expect(waitFor(sagemaker, "EndpointInService", {}, { clock, maxWaitMs: 10_000 })).rejects.toMatchObject({
      code: "WAITER_TIMEOUT",
      message: expect.stringContaining("still Creating") as string,
    });
  });

  test("ends with the signal", async () => {
    const { clock, sagemaker } = resource([{ EndpointStatus: "Creating" }]);
    const reason = new Error("enough");
    await expect(
      waitFor(sagemaker, "EndpointInService", {}, { clock, signal: AbortSignal.abort(reason) }),
    ).rejects.toBe(reason);
  });

  test("refuses a state it does not know", async () => {
    const { sagemaker } = resource([{}]);
    await expect(waitFor(sagemaker, "toString" as "EndpointDeleted", {})).rejects.toMatchObject({
      code: "INVALID_OPTION",
    });
  });
});
