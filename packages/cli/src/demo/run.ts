import { type Role, createBroker } from "@countersign/broker";
import { GuardError, createGuard } from "@countersign/guard";
import { type SageMaker, createSageMaker } from "@countersign/sagemaker";
import { type AwsCredentials, type CredentialProvider, memoize } from "@countersign/signer";
import { type Transport, TransportError, createTransport } from "@countersign/transport";
import type { DemoResult, DemoStep } from "./result.ts";
import type { DemoTarget } from "./target.ts";
import { createWatch, type Watch } from "./watch.ts";

const REPEATS = 500;
const IN_FLIGHT = 32;
const PAYLOAD = { instances: [{ features: [0.25, 1.5, -3.75] }] };
const REFUSALS: ReadonlySet<string> = new Set(["TLS_CIPHER_REFUSED", "TLS_NOT_FORWARD_SECRET"]);

/** A training job on the public internet, which every posture refuses. */
const OPEN_TRAINING_JOB = {
  TrainingJobName: "countersign-demo",
  RoleArn: "arn:aws:iam::111122223333:role/training",
  AlgorithmSpecification: {
    TrainingImage: "111122223333.dkr.ecr.us-east-1.amazonaws.com/train:latest",
    TrainingInputMode: "File",
  },
  OutputDataConfig: { S3OutputPath: "s3://amzn-s3-demo-bucket/output" },
  ResourceConfig: { InstanceType: "ml.m5.xlarge", InstanceCount: 2, VolumeSizeInGB: 50 },
  StoppingCondition: { MaxRuntimeInSeconds: 3600 },
  EnableNetworkIsolation: false,
} as const;

type Step = (name: string, act: () => Promise<string>) => Promise<boolean>;

/**
 * Runs the main job: assumes a role, invokes an endpoint, reads a stream, invokes again from the cache, and has a request
 * refused by the guard and by the TLS policy. A failed step is reported, and the steps that need it are left out.
 *
 * @param progress receives the name of each step before it starts.
 */
export async function runDemo(target: DemoTarget, progress: (text: string) => void): Promise<DemoResult> {
  const watch = createWatch();
  const transport = createTransport({ onEvent: watch.onEvent, ...(target.ca === undefined ? {} : { ca: target.ca }) });
  const source = memoize(await target.source(transport));
  const broker = createBroker({
    region: target.region,
    credentials: source,
    transport,
    endpoint: target.sts,
    onEvent: watch.onEvent,
  });
  const role =
    target.roleArn === undefined
      ? undefined
      : broker.role({ roleArn: target.roleArn, sessionName: "countersign-demo" });
  const sagemaker = createSageMaker({
    region: target.region,
    credentials: role ?? source,
    transport,
    endpoint: target.sagemaker,
    guard: createGuard({ posture: "baseline" }),
  });
  const steps: DemoStep[] = [];
  const step: Step = async (name, act) => {
    progress(name);
    const started = performance.now();
    const outcome = await act().then(
      (detail) => ({ ok: true, detail }),
      (error: unknown) => ({ ok: false, detail: describe(error) }),
    );
    steps.push({ step: name, ms: performance.now() - started, ...outcome });
    return outcome.ok;
  };

  try {
    watch.expect("STS");
    const ready = role === undefined ? () => read(source) : () => assume(role, watch);
    if (await step(role === undefined ? "find credentials" : "assume the role", ready)) {
      watch.expect("SageMaker runtime");
      await step("invoke the endpoint", () => invoke(sagemaker, target));
      await step("stream an answer", () => stream(sagemaker, target));
      await step(`invoke ${REPEATS} times more`, () => repeat(sagemaker, target, watch));
    }
    await step("stop an open training job", () => stopOpenTrainingJob(sagemaker));
    const { weakOrigin } = target;
    if (weakOrigin !== undefined) await step("refuse a static-RSA server", () => refuse(transport, weakOrigin));
  } finally {
    await sagemaker.close();
    await broker.close();
    await transport.close();
  }
  const expiresAt = (role ?? source).peek()?.expiration;
  return {
    target: target.name,
    region: target.region,
    steps,
    hops: watch.hops,
    stsCalls: watch.stsCalls(),
    ...(expiresAt === undefined ? {} : { keyExpiresAt: expiresAt.toISOString() }),
    ok: steps.every(({ ok }) => ok),
  };
}

async function assume(role: Role, watch: Watch): Promise<string> {
  return `${describeKey(await role.get())}, STS calls: ${watch.stsCalls()}`;
}

async function read(source: CredentialProvider): Promise<string> {
  return describeKey(await source());
}

function describeKey({ accessKeyId, expiration }: AwsCredentials): string {
  const name = `${accessKeyId.slice(0, 4)}…${accessKeyId.slice(-4)}`;
  if (expiration === undefined) return `${name}, a long-term key`;
  return `${name}, valid for ${Math.round((expiration.getTime() - Date.now()) / 60_000)} min`;
}

async function invoke(sagemaker: SageMaker, target: DemoTarget): Promise<string> {
  const { body, invokedProductionVariant: variant } = await sagemaker.invoke(target.endpointName, PAYLOAD);
  return `${body.byteLength} bytes${variant === undefined ? "" : ` from ${variant}`}`;
}

async function stream(sagemaker: SageMaker, target: DemoTarget): Promise<string> {
  const started = performance.now();
  let first = 0;
  let parts = 0;
  let bytes = 0;
  for await (const part of sagemaker.invokeStream(target.endpointName, PAYLOAD)) {
    if (parts === 0) first = performance.now() - started;
    parts += 1;
    bytes += part.byteLength;
  }
  return `${bytes} bytes in ${parts} parts, the first after ${first.toFixed(1)} ms`;
}

async function repeat(sagemaker: SageMaker, target: DemoTarget, watch: Watch): Promise<string> {
  const callsBefore = watch.stsCalls();
  const started = performance.now();
  let left = REPEATS;
  const worker = async (): Promise<void> => {
    while (left-- > 0) await sagemaker.invoke(target.endpointName, PAYLOAD);
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker));
  const each = (performance.now() - started) / REPEATS;
  const calls = watch.stsCalls() - callsBefore;
  return `${each.toFixed(2)} ms each, credentials from the cache: ${calls === 0 ? "no" : calls} further STS calls`;
}

async function stopOpenTrainingJob(sagemaker: SageMaker): Promise<string> {
  try {
    await sagemaker.call("CreateTrainingJob", OPEN_TRAINING_JOB);
  } catch (error) {
    if (error instanceof GuardError)
      return `${error.findings.length === 1 ? "1 finding" : `${error.findings.length} findings`} (${listRules(error)}), nothing was signed`;
    throw error;
  }
  throw new Error("the guard let it pass");
}

async function refuse(transport: Transport, origin: string): Promise<string> {
  try {
    await transport.probe(origin);
  } catch (error) {
    if (error instanceof TransportError && REFUSALS.has(error.code)) return `${error.code}, no request byte left`;
    throw error;
  }
  throw new Error("the connection was accepted");
}

function listRules(error: GuardError): string {
  const rules = [...new Set(error.findings.map(({ rule }) => rule))];
  return rules.length > 3 ? `${rules.slice(0, 3).join(", ")}, …` : rules.join(", ");
}

/** The message of the error and of its cause. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message} (${error.cause.message})` : error.message;
}
