import { serviceRules } from "@countersign/signer/async";
import {
  callable,
  checkOptions,
  clockShape,
  contract,
  flag,
  isRecord,
  milliseconds,
  oneOf,
  optional,
  type Shape,
  shape,
  signalShape,
  text,
  own,
} from "@countersign/signer/options";
import { refuse, refuseOption } from "../../errors/fetch-error.ts";

// Checks for what is called at each request, or by authors of other packages. Pages leave them out: there only this
// project calls these parts, and types check the rest.

const url = shape(
  "a URL",
  (value) =>
    Object(value) === value && typeof (value as URL).host === "string" && typeof (value as URL).protocol === "string",
);
const aborting = optional(signalShape);
const attempted = {
  host: text,
  secure: flag,
  repeat: oneOf("always", "answered", "unsent", "never"),
  send: callable,
  inspect: callable,
  discard: callable,
};

/** Checks the members of an object that may have others. */
function checkMembers(value: unknown, field: string, shapes: Readonly<Record<string, typeof text>>): void {
  if (!isRecord(value)) refuseOption(`${field}: must be an object`, field);
  for (const [name, member] of Object.entries(shapes)) member(own(value, name), `${field}.${name}`, refuseOption);
}

/** Whether a call has all members in their usual form. */
function isUsual(value: unknown): boolean {
  const { host, secure, repeat, send, inspect, discard } = Object(value) as Partial<
    Record<keyof typeof attempted, unknown>
  >;
  return (
    typeof host === "string" &&
    host !== "" &&
    typeof secure === "boolean" &&
    (repeat === "answered" || repeat === "always") &&
    typeof send === "function" &&
    typeof inspect === "function" &&
    typeof discard === "function"
  );
}

/** @returns the signal, if it is the call's own: one on `Object.prototype` is not. */
export function checkCall<Call extends { readonly signal?: unknown }>(value: Call): Pick<Call, "signal"> {
  // Each request comes here: to name every member in advance would cost more than to look at it.
  if (!isUsual(value)) checkMembers(value, "call", attempted);
  const signal = own(value, "signal");
  aborting(signal ?? undefined, "call.signal", refuseOption);
  return { signal };
}

export function checkQuestion(value: unknown): void {
  checkMembers(value, "question", { method: text, url, header: callable });
}

/** @returns an answer whose text is its own: one on `Object.prototype` is not. */
export function checkAnswer<Answer extends { readonly text?: unknown }>(value: Answer): Answer {
  const status = shape("a status", Number.isInteger);
  checkMembers(value, "answer", { status, header: callable, text: optional(callable) });
  return own(value, "text") === value.text ? value : { ...value, text: undefined };
}

export function checkAnswerText(value: unknown): void {
  if (typeof value !== "string") refuseOption("text: must be text", "text");
}

export function checkHost(value: unknown, scope: unknown): void {
  url(value, "url", refuseOption);
  checkMembers(scope, "scope", { region: text, service: text });
}

export function checkGated(value: unknown, port: unknown): void {
  url(value, "url", refuseOption);
  if (typeof port !== "string") refuseOption("port: must be text", "port");
}

export function checkNext(value: unknown): void {
  callable(value, "next", refuseOption);
}

export function checkSource(value: unknown): void {
  callable(value, "source", refuseOption);
}

export function checkNothing(values: readonly unknown[]): void {
  if (values.some((value) => value !== undefined))
    refuseOption("options: must be left out; this function takes no options", "options");
}

export function checkSleep(ms: unknown, signal: unknown): void {
  milliseconds(ms, "ms", refuseOption);
  aborting(signal ?? undefined, "signal", refuseOption);
}

/** Unknown names are ignored: AWS SDK v3 passes its own. */
export function checkWish(value: unknown): void {
  if (value === undefined) return;
  checkMembers(value, "request", { signal: aborting, minTtlMs: optional(milliseconds), forceRefresh: optional(flag) });
}

export function checkRejection(value: unknown): void {
  checkOptions(
    value as object,
    { accessKeyId: text, reason: oneOf("rejected", "revoked") },
    refuseOption,
    "rejection.",
  );
}

export function checkClock({ clock }: { readonly clock?: unknown }): void {
  optional(contract("an object with now()", "now"))(clock, "clock", refuseOption);
}

/** The shape of the `clock` option of vended credentials. */
export const wholeClock: Shape = optional(clockShape);

export function checkSettings(service: string | undefined, settings: unknown): void {
  serviceRules(service ?? "sagemaker", settings as Parameters<typeof serviceRules>[1]);
}

export function checkPageRequest(value: unknown): void {
  const { url: given, headers, method } = Object(value) as Partial<Request>;
  if (
    typeof given !== "string" ||
    !URL.canParse(given) ||
    typeof headers?.get !== "function" ||
    typeof method !== "string"
  )
    refuse("INVALID_REQUEST", "request: must be a Request");
}
