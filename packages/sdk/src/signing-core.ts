import {
  type AwsCredentials,
  type Clock,
  type Emit,
  type SigningContext,
  type SigningKey,
  type SigningSettings,
  applySignature,
  deriveSigningKey,
  generations,
  presignRequest,
  signRequest,
} from "@countersign/signer";
import { own } from "@countersign/signer/options";
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

/** Signing keys of one set of credentials in a generation: one for each day, region and service. */
const MAX_KEYS = 16;

/** Answers with the signing key of a day, region and service, which `name` names. */
type SigningKeys = (name: string, task: Omit<SigningTask, "payloadHeader">) => SigningKey;

const WITH_HASH: SigningSettings = { payloadHeader: "always" };
const WITHOUT_HASH: SigningSettings = { payloadHeader: "never" };

/** The signing keys of a credentials object, and the secret that they were derived from. */
interface KeysOfSecret {
  readonly secret: string;
  readonly keyOf: SigningKeys;
}

/**
 * Makes the core. Signing keys are cached by the credentials object that they come from, and are freed with it. The secret
 * is compared too, because the caller can change the object when keys are rotated.
 */
export function createSigningCore(clock: Clock, emit: Emit): SigningCore {
  const keys = new WeakMap<AwsCredentials, KeysOfSecret>();

  return {
    clock,
    sign({ method, url, headers: given, body }, task) {
      const request = { method, url, headers: given, body };
      const context = contextOf(task);
      const { headers } = applySignature(request, signRequest(request, context));
      report(request, context, false);
      return headers;
    },
    presign({ method, url: given, headers, body }, task) {
      const request = { method, url: given, headers, body };
      const context = contextOf(task);
      const { url } = presignRequest(request, { ...context, expiresIn: task.expiresIn });
      report(request, context, true);
      return url;
    },
  };

  function contextOf({ credentials, region, service, date, payloadHeader }: SigningTask): SigningContext {
    // Read once: a getter may answer otherwise the second time, and another secret's key would be cached under this one.
    const task = { credentials: plainCredentials(credentials), region, service, date };
    return { ...task, settings: payloadHeader ? WITH_HASH : WITHOUT_HASH, signingKey: keyFor(credentials, task) };
  }

  /** @param owner the object that the credentials were read from. */
  function keyFor(owner: AwsCredentials, task: Omit<SigningTask, "payloadHeader">): SigningKey {
    const secret = task.credentials.secretAccessKey;
    let cached = keys.get(owner);
    if (cached?.secret !== secret) {
      const keyOf = generations(MAX_KEYS, (_name: string, missing: Parameters<SigningKeys>[1]) =>
        deriveSigningKey(missing),
      );
      cached = { secret, keyOf };
      keys.set(owner, cached);
    }
    // Not as JSON, which the `toJSON` of a polluted `Object.prototype` would write.
    const name = `${Math.floor(task.date.getTime() / 86_400_000)}/${task.region}/${task.service}`;
    return cached.keyOf(name, task);
  }

  function report(
    { url }: Pick<ReadRequest, "url">,
    { region, service, credentials }: SigningContext,
    presigned: boolean,
  ): void {
    emit("sign", () => ({ service, region, host: new URL(url).host, accessKeyId: credentials.accessKeyId, presigned }));
  }
}

/**
 * A copy with own values, each read once. What only a polluted `Object.prototype` has becomes an own `undefined`. What is no
 * object stays as it is; the SDK refuses it.
 */
export function plainCredentials(credentials: AwsCredentials): AwsCredentials {
  if (Object(credentials) !== credentials) return credentials;
  return {
    accessKeyId: credentials.accessKeyId,
    secretAccessKey: credentials.secretAccessKey,
    sessionToken: own(credentials, "sessionToken"),
    expiration: own(credentials, "expiration"),
  };
}
