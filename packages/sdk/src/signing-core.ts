import {
  type AwsCredentials,
  type Clock,
  type Emit,
  type SigningContext,
  type SigningKey,
  type SigningSettings,
  applySignature,
  deriveSigningKey,
  presignRequest,
  signRequest,
} from "@countersign/signer";
import type { ReadRequest } from "./sdk-request.ts";

/** The parts of one signature. */
export interface SigningTask {
  readonly credentials: AwsCredentials;
  readonly region: string;
  readonly service: string;
  readonly date: Date;
  /** Whether `x-amz-content-sha256` is sent, as the SDK's signer does by default. */
  readonly payloadHeader: boolean;
}

/** Signs for all clients. They construct a signer for each attempt, and all of those share one core. */
export interface SigningCore {
  readonly clock: Clock;
  /** The headers to send. */
  sign(request: ReadRequest, task: SigningTask): Record<string, string>;
  /** The URL to send. */
  presign(request: ReadRequest, task: SigningTask & { readonly expiresIn: number }): string;
}

/** The most signing keys of one set of credentials: one for each day, region and service. */
const MAX_KEYS = 16;

const WITH_HASH: SigningSettings = { payloadHeader: "always" };
const WITHOUT_HASH: SigningSettings = { payloadHeader: "never" };

/** Makes the core. Signing keys are cached by the credentials object that they come from, and are freed with it. */
export function createSigningCore(clock: Clock, emit: Emit): SigningCore {
  const keys = new WeakMap<AwsCredentials, Map<string, SigningKey>>();

  return {
    clock,
    sign({ method, url, headers: given, body }, task) {
      const request = { method, url, headers: given, body };
      const context = contextOf(task);
      const { headers } = applySignature(request, signRequest(request, context));
      report(request, task, false);
      return headers;
    },
    presign({ method, url: given, headers, body }, task) {
      const request = { method, url: given, headers, body };
      const { url } = presignRequest(request, { ...contextOf(task), expiresIn: task.expiresIn });
      report(request, task, true);
      return url;
    },
  };

  function contextOf({ payloadHeader, ...task }: SigningTask): SigningContext {
    return { ...task, settings: payloadHeader ? WITH_HASH : WITHOUT_HASH, signingKey: keyFor(task) };
  }

  function keyFor(task: Omit<SigningTask, "payloadHeader">): SigningKey {
    let cached = keys.get(task.credentials);
    if (cached === undefined) keys.set(task.credentials, (cached = new Map()));
    const name = JSON.stringify([Math.floor(task.date.getTime() / 86_400_000), task.region, task.service]);
    let key = cached.get(name);
    if (key === undefined) {
      key = deriveSigningKey(task);
      if (cached.size >= MAX_KEYS) cached.clear();
      cached.set(name, key);
    }
    return key;
  }

  function report(
    { url }: Pick<ReadRequest, "url">,
    { region, service, credentials }: SigningTask,
    presigned: boolean,
  ): void {
    emit("sign", () => ({ service, region, host: new URL(url).host, accessKeyId: credentials.accessKeyId, presigned }));
  }
}
