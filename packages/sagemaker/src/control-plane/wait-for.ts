import { type Clock, createClock } from "@countersign/signer";
import { SageMakerError } from "../core/error.ts";
import type { CallOptions } from "../core/call-options.ts";
import type { SageMaker } from "../core/sagemaker.ts";

/** A state that a resource can be waited for to reach. */
export type WaitableState =
  | "EndpointInService"
  | "EndpointDeleted"
  | "ImageCreated"
  | "ImageUpdated"
  | "ImageDeleted"
  | "ImageVersionCreated"
  | "ImageVersionDeleted"
  | "NotebookInstanceInService"
  | "NotebookInstanceStopped"
  | "NotebookInstanceDeleted"
  | "ProcessingJobCompletedOrStopped"
  | "TrainingJobCompletedOrStopped"
  | "TransformJobCompletedOrStopped";

/** How long and how patiently to wait. */
export interface WaitOptions {
  readonly signal?: AbortSignal | undefined;
  /** Default: what AWS's own waiters allow, 30 minutes to 6 hours. */
  readonly maxWaitMs?: number | undefined;
  /** Default: `createClock()`. */
  readonly clock?: Clock | undefined;
}

/** How one state is recognised. */
interface Waiter {
  readonly describe: string;
  readonly status: string;
  readonly reached: readonly string[];
  readonly failed: readonly string[];
  /** Not to be found any more is what was waited for. */
  readonly gone: boolean;
  readonly delayMs: number;
  readonly attempts: number;
}

function waiter(
  resource: string,
  [reached, failed]: readonly [reached: readonly string[], failed: readonly string[]],
  seconds: number,
  attempts: number,
): Waiter {
  return {
    describe: `Describe${resource}`,
    status: `${resource}Status`,
    reached,
    failed,
    gone: reached.length === 0,
    delayMs: seconds * 1000,
    attempts,
  };
}

const job = [["Completed", "Stopped"], ["Failed"]] as const;

// https://github.com/boto/botocore/blob/develop/botocore/data/sagemaker/2017-07-24/waiters-2.json
const waiters: Readonly<Record<WaitableState, Waiter>> = {
  EndpointInService: waiter("Endpoint", [["InService"], ["Failed"]], 30, 120),
  EndpointDeleted: waiter("Endpoint", [[], ["Failed"]], 30, 60),
  ImageCreated: waiter("Image", [["CREATED"], ["CREATE_FAILED"]], 60, 60),
  ImageUpdated: waiter("Image", [["CREATED"], ["UPDATE_FAILED"]], 60, 60),
  ImageDeleted: waiter("Image", [[], ["DELETE_FAILED"]], 60, 60),
  ImageVersionCreated: waiter("ImageVersion", [["CREATED"], ["CREATE_FAILED"]], 60, 60),
  ImageVersionDeleted: waiter("ImageVersion", [[], ["DELETE_FAILED"]], 60, 60),
  NotebookInstanceInService: waiter("NotebookInstance", [["InService"], ["Failed"]], 30, 60),
  NotebookInstanceStopped: waiter("NotebookInstance", [["Stopped"], ["Failed"]], 30, 60),
  NotebookInstanceDeleted: waiter("NotebookInstance", [[], ["Failed"]], 30, 60),
  ProcessingJobCompletedOrStopped: waiter("ProcessingJob", job, 60, 60),
  TrainingJobCompletedOrStopped: waiter("TrainingJob", job, 120, 180),
  TransformJobCompletedOrStopped: waiter("TransformJob", job, 60, 60),
};

// Most operations say ValidationException of a resource that is not there.
const notFound = new Set(["ValidationException", "ResourceNotFound", "ResourceNotFoundException"]);
type AnyCall = (
  operation: string,
  input: Readonly<Record<string, unknown>>,
  options: CallOptions,
) => Promise<Record<string, unknown>>;

const firstDelayMs = 2000;

/**
 * Waits until a resource has reached a state and answers with its last description, or with `{}` when it is gone.
 *
 * Looks after 2 seconds, and then ever less often, down to the pace of AWS's own waiters.
 *
 * @throws SageMakerError `WAITER_FAILED` when the state cannot be reached any more, `WAITER_TIMEOUT`, and as `call`.
 * @see https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeEndpoint.html
 * @example
 * await waitFor(sagemaker, "EndpointInService", { EndpointName: "churn" });
 */
export async function waitFor(
  sagemaker: Pick<SageMaker, "call">,
  state: WaitableState,
  input: Readonly<Record<string, unknown>>,
  options: WaitOptions = {},
): Promise<Record<string, unknown>> {
  const { signal, clock = createClock() } = options;
  const known = Object.hasOwn(waiters, state) ? waiters[state] : undefined;
  if (known === undefined) throw new SageMakerError("INVALID_OPTION", `"${state}" is no state that can be waited for.`);
  const { describe, status, reached, failed, gone, delayMs, attempts } = known;
  const maxWaitMs = options.maxWaitMs ?? delayMs * attempts;
  const startedAt = clock.monotonic();
  for (let pauseMs = firstDelayMs; ; pauseMs = Math.min(pauseMs * 1.5, delayMs)) {
    const described = await look();
    if (described === undefined) return {};
    const now = described[status];
    if (typeof now === "string" && reached.includes(now)) return described;
    if (typeof now === "string" && failed.includes(now)) {
      const reason = described["FailureReason"];
      throw new SageMakerError(
        "WAITER_FAILED",
        `${state}: the status is ${now}. ${typeof reason === "string" ? reason : ""}`.trim(),
      );
    }
    if (clock.monotonic() - startedAt + pauseMs > maxWaitMs) {
      throw new SageMakerError("WAITER_TIMEOUT", `${state}: the status is still ${String(now)} after ${maxWaitMs} ms.`);
    }
    await clock.sleep(pauseMs, signal);
  }

  /** The description; undefined when there is none any more and that is what is waited for. */
  async function look(): Promise<Record<string, unknown> | undefined> {
    try {
      const call: AnyCall = sagemaker.call;
      return await call(describe, input, { signal });
    } catch (error) {
      if (!(error instanceof SageMakerError) || !notFound.has(error.code)) throw error;
      if (gone) return undefined;
      throw new SageMakerError("WAITER_FAILED", `${state}: ${error.message}`, { cause: error });
    }
  }
}
