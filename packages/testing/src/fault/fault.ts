import { checkOptions, oneOf, optional, shape, type Shape, text, wholeNumber } from "@countersign/signer/options";
import { refuseOption } from "../error.ts";
import { operationOf } from "../operation-names.ts";
import { type ServiceName, serviceNames } from "../service.ts";
import { anyText, finite, isObject, within } from "../shapes.ts";
import { type TlsMode, tlsModes } from "../tls/tls-mode.ts";

/** The kinds of fault. */
export type FaultKind =
  /** The answer waits `ms` milliseconds on the clock of the local AWS. */
  | { readonly kind: "delay"; readonly ms: number }
  /** An error with this HTTP status; nothing is processed. */
  | {
      readonly kind: "status";
      readonly status: number;
      readonly code?: string;
      readonly message?: string;
      readonly retryAfter?: number;
    }
  /** The protocol's throttling error; nothing is processed. `retryAfter` in seconds. */
  | { readonly kind: "throttle"; readonly retryAfter?: number }
  /** The answer announces its whole length and ends half-way, with the connection. */
  | { readonly kind: "truncate" }
  /** The answer's body is not in the format that its content type says. */
  | { readonly kind: "malformed" }
  /** The connection ends after the head of the request; nothing is processed. */
  | { readonly kind: "drop-before-body" }
  /** The request is processed; the connection ends instead of an answer. */
  | { readonly kind: "drop-after-body" }
  /** The server's clock is `ms` milliseconds off: the answer's `Date` shows it, and signatures are checked by it. */
  | { readonly kind: "skewed-date"; readonly ms: number }
  /** A redirect to `location`. Default status 307. */
  | { readonly kind: "redirect"; readonly location: string; readonly status?: number }
  /** The caller's token counts as expired. */
  | { readonly kind: "expired-token" }
  /** The scope's region counts as another one. */
  | { readonly kind: "wrong-region" }
  /** STS answers with credentials that expired an hour ago. */
  | { readonly kind: "expired-credentials" }
  /** STS answers with an expiration that is not a date. */
  | { readonly kind: "invalid-date" }
  /** STS answers with a session of another account. */
  | { readonly kind: "wrong-account" }
  /** New connections are closed before the handshake (`reset`) or negotiated in another mode. Matched by service alone. */
  | { readonly kind: "tls"; readonly mode: "reset" | TlsMode };

/** The requests that a fault hits. Default: all. */
export type Fault = FaultKind & {
  readonly service?: ServiceName;
  /** Such as `AssumeRole` or `InvokeEndpoint`. */
  readonly operation?: string;
  /** How many requests (connections, for `tls`) it hits. Default 1; `Infinity` until removed. */
  readonly times?: number;
};

/** A planted fault. */
export interface PlantedFault {
  /** The number of requests that it hit so far. */
  readonly hits: number;
  /** Ends it. */
  remove(): void;
}

/** The faults of one local AWS. */
export interface Faults {
  plant(fault: Fault): PlantedFault;
  /** Every fault that hits this request, each counted. */
  take(service: ServiceName, operation: string | undefined): readonly Fault[];
  /** The faults that need only the head of a request: the request is dropped before its body is read. */
  takeEarly(service: ServiceName, operation: string | undefined): readonly Fault[];
  /** The TLS fault that hits this connection, counted. */
  takeTls(service: ServiceName | undefined): (Fault & { readonly kind: "tls" }) | undefined;
  clear(): void;
}

const retryAfter = optional(wholeNumber(0, 86_400, "seconds"));

/** The options of each kind. */
const kinds: Readonly<Record<FaultKind["kind"], Readonly<Record<string, Shape>>>> = {
  delay: { ms: finite },
  status: {
    status: within("an HTTP status", 200, 599),
    code: optional(text),
    message: optional(anyText),
    retryAfter,
  },
  throttle: { retryAfter },
  truncate: {},
  malformed: {},
  "drop-before-body": {},
  "drop-after-body": {},
  "skewed-date": { ms: finite },
  redirect: { location: text, status: optional(within("an HTTP status", 300, 399)) },
  "expired-token": {},
  "wrong-region": {},
  "expired-credentials": {},
  "invalid-date": {},
  "wrong-account": {},
  tls: { mode: oneOf("reset", ...tlsModes) },
};

function checkFault(given: Fault): Fault {
  // One copy of the caller's object: `kind` decides which names are checked.
  const fault: unknown = isObject(given) ? Object.assign(Object.create(null) as object, given) : given;
  const kind = isObject(fault) && typeof fault["kind"] === "string" ? fault["kind"] : "";
  const shapes = {
    kind: oneOf(...Object.keys(kinds)),
    service: optional(oneOf(...serviceNames)),
    operation: optional(operationOf(isObject(fault) ? fault["service"] : undefined)),
    times: optional(shape("1 or more", (value) => typeof value === "number" && value >= 1)),
    ...(Object.hasOwn(kinds, kind) ? kinds[kind as FaultKind["kind"]] : {}),
  };
  return checkOptions(fault as object, shapes, refuseOption, "fault.") as Fault;
}

export function createFaults(): Faults {
  const planted = new Set<{ readonly fault: Fault; hits: number }>();
  const hit = (entry: { readonly fault: Fault; hits: number }): Fault => {
    entry.hits += 1;
    if (entry.hits >= (entry.fault.times ?? 1)) planted.delete(entry);
    return entry.fault;
  };
  return {
    plant(given) {
      const fault = checkFault(given);
      const entry = { fault, hits: 0 };
      planted.add(entry);
      return {
        get hits() {
          return entry.hits;
        },
        remove: () => void planted.delete(entry),
      };
    },
    take: (service, operation) => [...planted].filter((entry) => isFor(entry.fault, service, operation)).map(hit),
    takeEarly: (service, operation) =>
      [...planted]
        .filter(({ fault }) => fault.kind === "drop-before-body" && isFor(fault, service, operation))
        .map(hit),
    takeTls(service) {
      const entry = [...planted].find(
        ({ fault }) => fault.kind === "tls" && (fault.service === undefined || fault.service === service),
      );
      return entry === undefined ? undefined : (hit(entry) as Fault & { readonly kind: "tls" });
    },
    clear: () => planted.clear(),
  };
}

function isFor(fault: Fault, service: ServiceName, operation: string | undefined): boolean {
  return fault.kind !== "tls" && (fault.service ?? service) === service && (fault.operation ?? operation) === operation;
}
