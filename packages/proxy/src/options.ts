import { type Clock, memoize } from "@countersign/signer";
import type { EndpointKind, EndpointOptions } from "@countersign/signer/endpoints";
import {
  callable,
  checkOptions,
  clockShape,
  contract,
  listOf,
  nested,
  oneOf,
  optional,
  type Shape,
  shape,
  text,
  wholeNumber,
  flag,
  isRecord,
} from "@countersign/signer/options";
import type { Transport } from "@countersign/transport";
import type { ProxyClient } from "./client/client.ts";
import type { PlaceholderKey } from "./client/issue-key.ts";
import { refuseOption } from "./error.ts";
import { ACTION_PATTERN, type Allowance } from "./judge/allowance.ts";
import type { AuditRecord } from "./observe/audit.ts";
import type { Registry } from "prom-client";

/** What `createProxy` takes. */
export interface ProxyOptions {
  /** Who may send, and what. Every other request is refused. */
  readonly clients: readonly ProxyClient[];
  /**
   * What sends: never closed here. Streams of events in both directions need its `connectHttp2`. The clients share its
   * `connections`, so that none can hold all of them.
   */
  readonly transport: Pick<Transport, "request"> & Partial<Pick<Transport, "connectHttp2" | "connections">>;
  /** Which of AWS's hosts to use, for all services or by service. Default: the public endpoints of each Region. */
  readonly endpoints?: EndpointOptions | Readonly<Partial<Record<EndpointKind, EndpointOptions>>> | undefined;
  /** Dates signatures; its machine's time judges those of the clients. Default: `createClock()`. */
  readonly clock?: Clock | undefined;
  /** How far a client's clock may be off, in milliseconds. Default: 300,000, as with AWS. */
  readonly maxSkewMs?: number | undefined;
  /** Memory for bodies that are read whole, all requests together. Default: 268,435,456 bytes (256 MiB). */
  readonly maxBufferedBytes?: number | undefined;
  /** Receives a record for each request. What it throws is dropped, and so is a rejection of a promise that it returns. */
  readonly audit?: ((record: AuditRecord) => void) | undefined;
  /** Where metrics are registered. Default: no metrics. */
  readonly registry?: Registry | undefined;
}

const list = (inner: Shape): Shape => optional(listOf(inner));

/** The shape of an allowance. */
const ALLOWANCE: Shape = nested<Allowance>({
  actions: shape("a list of actions as IAM names them, such as sagemaker:InvokeEndpoint", isActionList),
  regions: list(text),
  resources: list(text),
});

const key = nested<PlaceholderKey>({
  accessKeyId: shape(
    "the id of a placeholder key, 16 to 128 letters, digits and underscores",
    (value) => typeof value === "string" && /^\w{16,128}$/u.test(value),
  ),
  secretAccessKey: shape(
    "a secret of at least 32 characters; make one with issueKey()",
    (value) => typeof value === "string" && value.length >= 32,
  ),
});

/** The shapes of a client's members, for options and for the configuration file. */
const CLIENT_LIMITS: Readonly<
  Record<"name" | "certificateSha256" | "replay" | "maxBodyBytes" | "requestsPerSecond" | "maxInFlight", Shape>
> = {
  name: shape(
    "1 to 64 letters, digits, dots, hyphens and underscores",
    (value) => typeof value === "string" && /^[\w.-]{1,64}$/u.test(value),
  ),
  certificateSha256: optional(
    shape("64 lower-case hexadecimal digits", (value) => typeof value === "string" && /^[\da-f]{64}$/u.test(value)),
  ),
  replay: optional(oneOf("unique", "refuse")),
  maxBodyBytes: optional(wholeNumber(0, 1_073_741_824, "bytes")),
  requestsPerSecond: optional(wholeNumber(1, 1_000_000, "requests")),
  maxInFlight: optional(wholeNumber(1, 1_000_000, "requests")),
};

/** The names of `EndpointKind`. */
const SERVICES: ReadonlySet<string> = new Set<EndpointKind>([
  "sagemaker",
  "sagemaker-runtime",
  "sagemaker-runtime-http2",
  "sagemaker-a2i-runtime",
  "sagemaker-featurestore-runtime",
  "sagemaker-metrics",
  "sagemaker-edge",
  "sagemaker-geospatial",
  "sagemaker-job-runtime",
  "sts",
  "ecr",
  "ec2",
  "s3",
]);

const client = nested<ProxyClient>({
  ...CLIENT_LIMITS,
  key: optional(key),
  credentials: shape(
    "credentials, a provider, or a role of a broker",
    (value) => typeof value === "function" || (typeof value === "object" && value !== null),
  ),
  allow: listOf(ALLOWANCE),
  guard: optional(contract("a guard from createGuard()", "enforceRequest")),
});

const ofOneService = nested<EndpointOptions>({
  url: optional(
    shape("an absolute URL", (value) => value instanceof URL || (typeof value === "string" && URL.canParse(value))),
  ),
  fips: optional(flag),
  dualStack: optional(flag),
  vpcEndpoint: optional(text),
});

/** Options for all services, or by service. */
const endpoints: Shape = (value, field, refuse) => {
  const names = isRecord(value) ? Object.keys(value) : [];
  const byService = names.some((name) => SERVICES.has(name));
  if (!byService) return ofOneService(value, field, refuse);
  return nested<object>(Object.fromEntries([...SERVICES].map((name) => [name, optional(ofOneService)])))(
    value,
    field,
    refuse,
  );
};

/** Checks what `createProxy` is given. @throws ProxyError `INVALID_OPTION`. */
export function checkProxyOptions(given: ProxyOptions): ProxyOptions {
  const options = checkOptions<ProxyOptions>(
    given,
    {
      clients: listOf(client),
      transport: contract("a transport from createTransport()", "request"),
      endpoints: optional(endpoints),
      clock: optional(clockShape),
      maxSkewMs: optional(wholeNumber(0, 900_000, "milliseconds")),
      maxBufferedBytes: optional(wholeNumber(1, Number.MAX_SAFE_INTEGER, "bytes")),
      audit: optional(callable),
      registry: optional(contract("a registry of prom-client", "registerMetric")),
    },
    refuseOption,
  );
  const { clients } = options;
  // Fixed keys are checked now, not at the first request.
  for (const { credentials } of clients) memoize(credentials);
  if (clients.length === 0) refuseOption("clients: must have at least one client");
  refuseTwice(
    "name",
    clients.map(({ name }) => name),
  );
  refuseTwice(
    "key.accessKeyId",
    clients.flatMap((one) => one.key?.accessKeyId ?? []),
  );
  refuseTwice(
    "certificateSha256",
    clients.flatMap((one) => one.certificateSha256 ?? []),
  );
  return options;
}

function refuseTwice(field: string, values: readonly string[]): void {
  const twice = values.findIndex((value, index) => values.indexOf(value) !== index);
  if (twice >= 0) refuseOption(`clients: ${field} must differ between clients`);
}

const ACTION = new RegExp(ACTION_PATTERN, "u");

function isActionList(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((action) => typeof action === "string" && ACTION.test(action))
  );
}
