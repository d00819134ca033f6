import type { TlsOptions } from "node:tls";
import type { Clock } from "@countersign/signer";
import { checkOptions, flag, optional, type Shapes, text } from "@countersign/signer/options";
import { createAuthenticate } from "./server/authenticate.ts";
import type { Aws, AwsOptions, AwsUrls, ResetOptions } from "./aws.ts";
import { checkAwsOptions } from "./check-aws-options.ts";
import { createCallLog } from "./server/call-log.ts";
import { createCertificateAuthority } from "./tls/certificates.ts";
import { detectService } from "./server/detect-service.ts";
import { refuseOption, TestingError } from "./error.ts";
import { exchange, type ExchangeOptions } from "./server/exchange.ts";
import { createFaults } from "./fault/fault.ts";
import { ec2 } from "./ec2/service.ts";
import { createImageRegistry } from "./ecr/image.ts";
import { ecr } from "./ecr/service.ts";
import { createDirectory } from "./iam/directory.ts";
import { listen, type Listener } from "./server/listener.ts";
import { createManualClock } from "./manual-clock.ts";
import { runtimeHttp2 } from "./runtime/bidirectional.ts";
import { createEndpoints } from "./runtime/endpoint.ts";
import { runtime, unknownEndpoint } from "./runtime/service.ts";
import { edgeManager } from "./rest/edge-manager.ts";
import { featureStore } from "./rest/feature-store.ts";
import { humanLoops } from "./rest/human-loops.ts";
import { metrics } from "./rest/metrics.ts";
import { sso } from "./rest/sso.ts";
import { createRegistry } from "./roles-anywhere/registry.ts";
import { rolesAnywhere } from "./roles-anywhere/service.ts";
import { createObjects } from "./s3/objects.ts";
import { s3 } from "./s3/service.ts";
import { createResourceStore } from "./sagemaker/resource-store.ts";
import type { ControlState } from "./sagemaker/control-plane.ts";
import { kindNamed, readSeeds, type ResourceSpec, seedResource, setStatus } from "./sagemaker/seed.ts";
import { planeLoader, sagemaker } from "./sagemaker/service.ts";
import { serverNames } from "./tls/server-names.ts";
import type { Service, ServiceName } from "./service.ts";
import { sts } from "./sts/service.ts";
import { type TlsMode, tlsServerOptions } from "./tls/tls-mode.ts";
import type { ReceivedHead } from "./wire/received-request.ts";

/**
 * Starts an AWS on this machine: STS, SageMaker, its runtime, ECR and a little of EC2, over TLS with its own
 * certificates. It verifies every signature and enforces every policy, and refuses with AWS's codes and messages.
 *
 * @throws {TestingError} `INVALID_OPTION` or `INVALID_POLICY` for an option or a policy that is wrong.
 *
 * @example
 * const aws = await startAws({ roles: ["arn:aws:iam::123456789012:role/worker"] });
 * const credentials = aws.role("worker").session();
 * await aws.close();
 */
export async function startAws(options?: AwsOptions & { readonly clock?: undefined }): Promise<Aws>;
export async function startAws<Time extends Clock>(options: AwsOptions & { readonly clock: Time }): Promise<Aws<Time>>;
export async function startAws(given?: AwsOptions): Promise<Aws<Clock>> {
  const options = checkAwsOptions(given);
  const { regions = ["us-east-1"], clock = createManualClock() } = options;
  const [region = ""] = regions;
  const directory = createDirectory(options, clock);
  const { world } = directory;
  const authority = createCertificateAuthority();
  const faults = createFaults();
  const calls = createCallLog();
  const closing = new AbortController();
  const endpoints = createEndpoints(options.endpoints, unknownEndpoint);
  const resources = createResourceStore(() => clock.now());
  const tags: ControlState["tags"] = new Map();
  const notes: ControlState["notes"] = new Map();
  const controlPlane = planeLoader({
    resources,
    endpoints,
    tags,
    notes,
    progress: options.progress ?? "manual",
    limits: options.limits ?? {},
  });
  const seed = async (spec: ResourceSpec): Promise<string> =>
    seedResource(await controlPlane.load(), spec, {
      region,
      accountId: world.accountId,
      now: clock.now(),
      hex: (length) => world.ids.hex(length),
    });
  for (const kind of Object.keys(options.limits ?? {})) kindNamed(await controlPlane.load(), kind, `limits.${kind}`);
  for (const spec of await readSeeds(options.resources)) await seed(spec);
  const seeded = structuredClone(resources.all());
  const seededTags = structuredClone(tags);
  const objects = createObjects(() => clock.now());
  const workloads = createRegistry(options.rolesAnywhere, region, world.accountId);
  const images = createImageRegistry(world.accountId, () => clock.now());
  for (const image of options.images ?? []) images.add(image);
  const services: readonly Service[] = [
    sts,
    sagemaker(() => controlPlane.load()),
    runtime(endpoints, objects, options.progress ?? "manual"),
    runtimeHttp2(endpoints),
    featureStore(resources),
    metrics(resources),
    edgeManager(resources),
    humanLoops(),
    ecr(images),
    sso(world),
    rolesAnywhere(workloads),
    s3(objects),
    ec2(options.subnets ?? []),
  ];
  const authenticate = createAuthenticate(world, options.replay ?? "accept");
  const names = serverNames(regions);
  const listeners: Listener[] = [];
  const tlsOf = memoizeByMode((mode) => tlsServerOptions(mode, authority, names));

  const open = async (
    service: ServiceName | undefined,
    inRegion: string,
    serviceOf: (head: ReceivedHead) => Service,
  ): Promise<string> => {
    const port = inRegion === region ? options.ports?.[service ?? "all"] : undefined;
    const shared: ExchangeOptions = {
      world,
      faults,
      calls,
      authenticate,
      cors: options.cors,
      serviceOf,
      region: inRegion,
      signal: closing.signal,
    };
    const listener = await listen({
      tls: tlsOf(tlsMode(options.tls, service)),
      http: service === "runtime-http2" ? "h2" : options.http2 === true || service === undefined ? "both" : "h1",
      port: port ?? 0,
      exchange: (message, response) => void exchange(shared, message, response).catch(() => message.destroy()),
      connection() {
        const fault = faults.takeTls(service);
        if (fault === undefined) return undefined;
        return fault.mode === "reset" ? "reset" : tlsOf(fault.mode);
      },
    });
    listeners.push(listener);
    return `https://localhost:${listener.port}`;
  };

  const close = async (): Promise<void> => {
    closing.abort(new TestingError("CLOSED", "The local AWS is closed."));
    await Promise.all(listeners.map((listener) => listener.close()));
  };

  const urlsOf = async (inRegion: string): Promise<AwsUrls> => {
    const of = (name: ServiceName): Promise<string> => {
      const service = serviceNamed(services, name);
      return open(name, inRegion, () => service);
    };
    const members = Object.entries(urlMembers) as (readonly [keyof typeof urlMembers, ServiceName])[];
    const opened = await Promise.all([
      ...members.map(async ([member, name]) => [member, await of(name)] as const),
      open(undefined, inRegion, (head) => detectService(head, services)).then((all) => ["all", all] as const),
    ]);
    const byMember = Object.fromEntries(opened) as unknown as Omit<AwsUrls, SharedUrl>;
    const { all } = byMember;
    return { ...byMember, featureStore: all, metrics: all, edge: all, a2i: all, sso: all, rolesAnywhere: all, s3: all };
  };

  const urls: Record<string, AwsUrls> = {};
  try {
    for (const each of regions) urls[each] = await urlsOf(each);
  } catch (error) {
    await close();
    throw error;
  }

  return {
    url: urls[region] as AwsUrls,
    regions: urls,
    region,
    ca: authority.cert,
    user: directory.user,
    env: {
      AWS_ENDPOINT_URL: urls[region]?.all ?? "",
      AWS_ENDPOINT_URL_S3: (urls[region]?.all ?? "").replace("//localhost:", "//127.0.0.1:"),
      AWS_REGION: region,
      AWS_DEFAULT_REGION: region,
      AWS_ACCESS_KEY_ID: directory.user.accessKeyId,
      AWS_SECRET_ACCESS_KEY: directory.user.secretAccessKey,
    },
    users: directory.users,
    issuer: directory.issuer,
    tokenKeys: () => world.tokens.keys,
    rolesAnywhere: workloads.handle,
    clock,
    role: (arn) => directory.role(arn),
    image: (spec) => images.add(spec).digest,
    endpoint: (name, behaviour) => endpoints.set(name, behaviour),
    resource: seed,
    object: (location, body) => objects.seed(location, body),
    setStatus(arn, status, more = {}) {
      text(arn, "arn", refuseOption);
      text(status, "status", refuseOption);
      setStatus(resources, controlPlane.loaded(), arn, status, more, clock.now());
    },
    calls: (filter) => calls.list(filter),
    fault: (fault) => faults.plant(fault),
    revoke: (revocation) => directory.revoke(revocation),
    reset(given) {
      const { resources: all = false } = checkOptions(given, resetShapes, refuseOption);
      calls.clear();
      faults.clear();
      if (!all) return;
      for (const service of services) service.reset?.();
      endpoints.reset();
      resources.clear();
      for (const resource of structuredClone(seeded)) resources.put(resource);
      tags.clear();
      for (const [arn, own] of structuredClone(seededTags)) tags.set(arn, own);
      notes.clear();
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

function serviceNamed(services: readonly Service[], name: ServiceName): Service {
  const found = services.find((service) => service.name === name);
  if (found === undefined) throw new Error(`There is no service ${name}.`);
  return found;
}

const resetShapes: Shapes<ResetOptions> = { resources: optional(flag) };

/** Services without a server: every server costs two milliseconds of start, and most tests do not use these. */
type SharedUrl = "featureStore" | "metrics" | "edge" | "a2i" | "sso" | "rolesAnywhere" | "s3";

/** The services by the member of `AwsUrls` that holds their URL. */
const urlMembers: Readonly<Record<Exclude<keyof AwsUrls, "all" | SharedUrl>, ServiceName>> = {
  sts: "sts",
  sagemaker: "sagemaker",
  runtime: "runtime",
  runtimeHttp2: "runtime-http2",
  ecr: "ecr",
  ec2: "ec2",
};

/** RSA keys take a tenth of a second: each mode gets its own once, when it is first asked for. */
function memoizeByMode(make: (mode: TlsMode) => TlsOptions): (mode: TlsMode) => TlsOptions {
  const made = new Map<TlsMode, TlsOptions>();
  return (mode) => {
    const options = made.get(mode) ?? make(mode);
    made.set(mode, options);
    return options;
  };
}

function tlsMode(tls: AwsOptions["tls"], service: ServiceName | undefined): TlsMode {
  return (typeof tls === "string" ? tls : service === undefined ? undefined : tls?.[service]) ?? "pfs";
}
