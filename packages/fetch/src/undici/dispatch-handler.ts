import { withoutBytes } from "../errors/without-bytes.ts";

/** The part of undici's `DispatchController` that is used here. */
export interface DispatchController {
  abort(reason: Error): void;
}

/** A handler of either generation: undici 6 calls `onConnect` and `onError`, undici 7 and newer the `onRequest…` names. */
export type DispatchHandler = Readonly<Record<string, unknown>>;

type Method = (...parameters: readonly unknown[]) => unknown;

/** What `watchStart` reports. */
export interface StartWatcher {
  /** Decides at the moment of writing to the socket whether the request must not start. */
  readonly putOff: () => boolean;
  /** Called instead of the handler when the request was put off. */
  readonly again: () => void;
}

const EARLIER = [
  "onConnect",
  "onUpgrade",
  "onResponseStarted",
  "onHeaders",
  "onData",
  "onComplete",
  "onError",
  "onBodySent",
  "onRequestSent",
];
const LATER = [
  "onRequestStart",
  "onRequestUpgrade",
  "onResponseStarted",
  "onResponseStart",
  "onResponseData",
  "onResponseEnd",
  "onResponseError",
  "onBodySent",
  "onRequestSent",
];

/** Whether a handler is of undici 7 or newer. */
export function isLater(handler: DispatchHandler): boolean {
  return typeof handler["onRequestStart"] === "function" || typeof handler["onResponseError"] === "function";
}

/** Reports an error to a handler of either generation. */
export function reportError(handler: DispatchHandler, error: unknown): void {
  const later = isLater(handler);
  const report = methodOf(handler, later ? "onResponseError" : "onError");
  if (report === undefined) throw error;
  if (later) report(undefined, error);
  else report(error);
}

/** Passes every call on to the handler, except that a request may be put off right before it starts. */
export function watchStart(handler: DispatchHandler, { putOff, again }: StartWatcher): DispatchHandler {
  const later = isLater(handler);
  const watched: Record<string, Method> = {};
  for (const name of later ? LATER : EARLIER) {
    const method = methodOf(handler, name);
    if (method !== undefined) watched[name] = method;
  }
  const stale = new Error("the signature grew old in the queue");
  let isPutOff = false;
  const [start, fail] = later ? (["onRequestStart", "onResponseError"] as const) : (["onConnect", "onError"] as const);
  watched[start] = (first, context) => {
    isPutOff = putOff();
    if (!isPutOff) methodOf(handler, start)?.(first, context);
    else if (later) (first as DispatchController).abort(stale);
    else (first as (reason: Error) => void)(stale);
  };
  watched[fail] = (...parameters) => {
    const error = parameters.at(-1);
    if (isPutOff && error === stale) return again();
    withoutBytes(error);
    return methodOf(handler, fail)?.(...parameters);
  };
  return watched;
}

function methodOf(handler: DispatchHandler, name: string): Method | undefined {
  const method = handler[name];
  return typeof method === "function" ? (...parameters) => Reflect.apply(method, handler, parameters) : undefined;
}
