import { type Clock, createClock, words } from "@countersign/signer";
import {
  checkOptions,
  clockShape,
  nearestName,
  optional,
  shape,
  type Shapes,
  signalShape,
} from "@countersign/signer/options";
import { SageMakerError } from "../core/error.ts";
import { refuseOption } from "../core/refuse-option.ts";
import type { SageMaker } from "../core/sagemaker.ts";
import { excerpt } from "../core/text.ts";
import { callOf } from "./call-of.ts";

/** A state of a resource that `waitFor` can wait for. */
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

/** Options of `waitFor`. */
export interface WaitOptions {
  /** Ends the wait when it aborts; `waitFor` rejects with the signal's reason. Default: no signal. */
  readonly signal?: AbortSignal | undefined;
  /** The longest wait, in milliseconds. Default: that of AWS's own waiters, 30 minutes to 6 hours. */
  readonly maxWaitMs?: number | undefined;
  /** Default: `createClock()`. */
  readonly clock?: Clock | undefined;
}

const waitShapes: Shapes<WaitOptions> = {
  signal: optional(signalShape),
  maxWaitMs: optional(
    shape(words && "a number of milliseconds from 0", (value) => typeof value === "number" && value >= 0),
  ),
  clock: optional(clockShape),
};

/** How one state is recognised. */
interface Waiter {
  readonly describe: string;
  readonly status: string;
  readonly reached: readonly string[];
  readonly failed: readonly string[];
  /** The awaited state is that the resource no longer exists. */
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

// Most operations answer ValidationException for a missing resource.
const notFound = new Set(["ValidationException", "ResourceNotFound", "ResourceNotFoundException"]);
const firstDelayMs = 2000;

/**
 * Waits until a resource has reached a state. Answers with its last description, or with `{}` when it was deleted.
 *
 * The first pause is 2 seconds; each pause is longer than the one before, up to that of AWS's own waiters.
 *
 * @throws SageMakerError `WAITER_FAILED` when the state cannot be reached any more, `WAITER_TIMEOUT`, `INVALID_OPTION`,
 * and as `call`.
 * @see https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeEndpoint.html
 * @example
 * await waitFor(sagemaker, "EndpointInService", { EndpointName: "churn" });
 */
export async function waitFor(
  sagemaker: Pick<SageMaker, "call">,
  state: WaitableState,
  input: Readonly<Record<string, unknown>>,
  options?: WaitOptions,
): Promise<Record<string, unknown>> {
  const call = callOf(sagemaker);
  const { describe, status, reached, failed, gone, delayMs, attempts } = waiterOf(state);
  const given = checkOptions<WaitOptions>(options, waitShapes, refuseOption);
  const { signal, clock = createClock(), maxWaitMs = delayMs * attempts } = given;
  const startedAt = clock.monotonic();
  for (let pauseMs = firstDelayMs; ; pauseMs = Math.min(pauseMs * 1.5, delayMs)) {
    const described = await look();
    if (described === undefined) return {};
    const now = textAt(described, status);
    if (reached.includes(now)) return described;
    if (failed.includes(now)) {
      const message = `${state}: the status is ${now}. ${textAt(described, "FailureReason")}`;
      throw new SageMakerError("WAITER_FAILED", excerpt(message.trim(), 1024));
    }
    if (clock.monotonic() - startedAt + pauseMs > maxWaitMs) {
      const last = excerpt(now || "missing", 100);
      throw new SageMakerError("WAITER_TIMEOUT", `${state}: the status is still ${last} after ${maxWaitMs} ms`);
    }
    await clock.sleep(pauseMs, signal);
  }

  /** The description. `undefined`: the resource was deleted, which is the awaited state. */
  async function look(): Promise<Record<string, unknown> | undefined> {
    try {
      return await call(describe, input, { signal });
    } catch (error) {
      if (!(error instanceof SageMakerError) || !notFound.has(error.code)) throw error;
      if (gone) return undefined;
      throw new SageMakerError("WAITER_FAILED", `${state}: ${error.message}`, { cause: error });
    }
  }
}

function waiterOf(state: WaitableState): Waiter {
  if (typeof state === "string" && Object.hasOwn(waiters, state)) return waiters[state];
  const near = typeof state === "string" ? nearestName(state, Object.keys(waiters)) : undefined;
  const advice = near === undefined ? `one of ${Object.keys(waiters).join(", ")}` : `did you mean ${near}?`;
  throw new SageMakerError("INVALID_OPTION", `state: must be a state that can be waited for; ${advice}`);
}

function textAt(described: Readonly<Record<string, unknown>>, name: string): string {
  const value = Object.hasOwn(described, name) ? described[name] : undefined;
  return typeof value === "string" ? value : "";
}
