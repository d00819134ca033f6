import {
  callable,
  checkOptions,
  contract,
  milliseconds,
  oneOf,
  optional,
  type Shapes,
  signalShape,
  text,
} from "../../errors/check-options.ts";
import { isRecord } from "../../errors/is-record.ts";
import { own } from "../../errors/own.ts";
import { refuse, refuseOption } from "../../errors/refuse.ts";
import { rulesShape } from "../../sigv4/plain-rules.ts";
import type { CredentialRejection, CredentialRequest } from "../../credentials/credentials.ts";
import type { CachedSession, RefreshState } from "../../credentials/refresh-schedule.ts";
import type { RefreshWindow } from "../../credentials/refresh-window.ts";

// The parts of caches are public for authors of other packages. They are called at each signature, so these checks are
// comparisons and nothing else. Pages leave them out: there the parts are called by this project alone.

const random = optional(callable);
const validityClock = contract("a clock", "now", "wall", "monotonic");
const sleeper = contract("a clock", "sleep");
const nowClock = contract("a clock", "now");
const listener = optional(callable);
const waitSignal = optional(signalShape);

const areNumbers = (one: unknown, two: unknown): boolean => typeof one === "number" && typeof two === "number";

/** Checks a duration or an instant, in milliseconds. */
export function checkMs(value: unknown, name: string): void {
  milliseconds(value, name, refuseOption);
}

export function checkRandom(value: unknown): void {
  random(value, "random", refuseOption);
}

export function checkWindow(value: unknown): void {
  const { advisoryMs, mandatoryMs } = Object(value) as RefreshWindow;
  if (!areNumbers(advisoryMs, mandatoryMs)) refuseOption("window: must be { advisoryMs, mandatoryMs }", "window");
}

export function checkState(value: unknown): void {
  const { nextAttemptAt, nextForcedAt, nextWishAt, rejected, rejections } = Object(value) as RefreshState;
  const { 0: beforeLast, 1: last } = Object(rejections) as readonly unknown[];
  if (
    !areNumbers(nextAttemptAt, nextForcedAt) ||
    typeof nextWishAt !== "number" ||
    !(Array.isArray(rejections) && areNumbers(beforeLast, last)) ||
    (rejected !== undefined && typeof rejected !== "string")
  )
    refuseOption("state: must be INITIAL_REFRESH_STATE, or what an earlier call answered", "state");
}

export function checkCached(value: unknown): void {
  if (value === undefined) return;
  const { accessKeyId, remainingMs, lifetimeMs, advisoryMs, mandatoryMs } = Object(value) as CachedSession;
  if (typeof accessKeyId !== "string" || !areNumbers(remainingMs, lifetimeMs) || !areNumbers(advisoryMs, mandatoryMs))
    refuseOption("cached: must be { accessKeyId, remainingMs } with what scheduleOf answered, or undefined", "cached");
}

interface Wish {
  readonly forceRefresh?: boolean | undefined;
  readonly minTtlMs?: number | undefined;
}

/** @returns the wish without what `Object.prototype` may have. */
export function checkWish(value: Wish | undefined): Wish {
  const request = Object(value) as CredentialRequest;
  const [forceRefresh, minTtlMs] = [own(request, "forceRefresh"), own(request, "minTtlMs")];
  if (
    !isRecord(value) ||
    (forceRefresh !== undefined && typeof forceRefresh !== "boolean") ||
    (minTtlMs !== undefined && typeof minTtlMs !== "number")
  )
    refuseOption("request: must be { forceRefresh, minTtlMs }", "request");
  return { forceRefresh, minTtlMs };
}

const rejectionShapes: Shapes<CredentialRejection> = { accessKeyId: text, reason: oneOf("rejected", "revoked") };

export function checkRejection(value: unknown): void {
  checkOptions(value as CredentialRejection, rejectionShapes, refuseOption, "rejection.");
}

export function checkKeyId(value: unknown): void {
  if (typeof value !== "string") refuseOption("accessKeyId: must be text", "accessKeyId");
}

export function checkSession(value: unknown): void {
  if (!isRecord(value)) refuseOption("credentials: must be an object", "credentials");
}

export function checkExpiration(value: Partial<Date> | undefined): void {
  if (value !== undefined && typeof value?.getTime !== "function")
    refuseOption("credentials.expiration: must be a Date", "credentials.expiration");
}

export function checkValidityClock(value: unknown): void {
  validityClock(value, "clock", refuseOption);
}

export function checkSignal(signal: unknown): void {
  waitSignal(signal ?? undefined, "signal", refuseOption);
}

export function checkWait(clock: unknown, signal: unknown): void {
  sleeper(clock, "clock", refuseOption);
  waitSignal(signal, "signal", refuseOption);
}

export function checkEmitter(onEvent: unknown, clock: unknown): void {
  listener(onEvent, "onEvent", refuseOption);
  nowClock(clock, "clock", refuseOption);
}

export function checkRules(value: unknown): void {
  rulesShape(value, "rules", refuseOption);
}

/**
 * Refuses what only says that it is bytes, and a transferred buffer: it looks like an empty one, but making a view of it
 * fails.
 *
 * @param kind what the value says that it is.
 */
export function checkBytes(value: object, kind: string): void {
  if (kind !== "Uint8Array" && kind !== "ArrayBuffer") return;
  const isView = ArrayBuffer.isView(value);
  if (isView && value.byteLength > 0) return;
  try {
    if (!isView && kind === "Uint8Array") throw new TypeError();
    void new DataView((isView ? value.buffer : value) as ArrayBuffer);
  } catch {
    refuse(
      "INVALID_BODY",
      "body: must be bytes that were not transferred; sign them before postMessage or structuredClone takes them",
    );
  }
}
