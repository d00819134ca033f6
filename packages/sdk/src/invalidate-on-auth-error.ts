import type { AwsCredentials, CredentialRejection } from "@countersign/signer";
import type { HttpRequest, MiddlewareStack } from "@smithy/types";

/** What a client must have for its rejected keys to be replaced. */
export interface CorrectableClient {
  readonly config: { readonly credentials?: unknown };
  /** Any client's: what its middleware is given and gives differs from client to client, and does not matter here. */
  readonly middlewareStack: { add(middleware: never, options: never): void };
}

/** A broker's Role, and every provider that `memoize` made. */
export interface Invalidatable {
  invalidate(rejection: CredentialRejection): void;
}

/**
 * Refusals of the access key itself. Access denied is none of them: new keys would be denied as well.
 *
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html
 */
const REJECTIONS = new Set(["ExpiredToken", "InvalidClientTokenId", "InvalidToken", "UnrecognizedClient"]);

/**
 * Makes a client report rejected access keys to the role they came from, and send the call once more if the role then
 * has others. The SDK by itself goes on signing with keys that a service turned down (aws-sdk-go-v2#2962).
 *
 * Calls whose body is a stream are reported and not repeated.
 *
 * @example
 * const client = new SageMakerClient(countersigned({ region: "eu-west-1", credentials: role }));
 * invalidateOnAuthError(client, role);
 */
export function invalidateOnAuthError(client: CorrectableClient, role: Invalidatable): void {
  const keys = new WeakMap<object, string>();
  const stack = client.middlewareStack as unknown as MiddlewareStack<object, object>;

  // Innermost, where requests are signed and errors are what the client will throw.
  stack.add(
    (next) => async (args) => {
      try {
        return await next(args);
      } catch (error) {
        const key = accessKeyOf((args as { readonly request?: unknown }).request);
        if (key !== undefined && typeof error === "object" && error !== null) keys.set(error, key);
        throw error;
      }
    },
    { step: "deserialize", priority: "high", name: "countersignRejectedKey", override: true },
  );

  // The last step before retrying and signing, whose middleware is of the next one whatever its order there: running
  // what is inside again signs anew.
  stack.add(
    (next) => async (args) => {
      try {
        return await next(args);
      } catch (error) {
        const accessKeyId = rejectedKey(error);
        if (accessKeyId === undefined) throw error;
        role.invalidate({ accessKeyId, reason: "rejected" });
        if (isStream((args as { readonly request?: unknown }).request) || !(await changed(accessKeyId))) throw error;
        return next(args);
      }
    },
    { step: "build", priority: "low", name: "countersignInvalidateOnAuthError", override: true },
  );

  function rejectedKey(error: unknown): string | undefined {
    if (typeof error !== "object" || error === null) return undefined;
    const name = String((error as { readonly name?: unknown }).name).replace(/Exception$/u, "");
    return REJECTIONS.has(name) ? keys.get(error) : undefined;
  }

  async function changed(accessKeyId: string): Promise<boolean> {
    const { credentials } = client.config;
    if (typeof credentials !== "function") return false;
    try {
      return ((await credentials()) as AwsCredentials).accessKeyId !== accessKeyId;
    } catch {
      // What the service said about the key tells more than the failure to replace it.
      return false;
    }
  }
}

function accessKeyOf(request: unknown): string | undefined {
  const { headers } = (request ?? {}) as { readonly headers?: Readonly<Record<string, string>> };
  return /Credential=([^/]+)\//u.exec(headers?.["authorization"] ?? "")?.[1];
}

function isStream(request: unknown): boolean {
  const { body } = (request ?? {}) as Partial<HttpRequest>;
  return typeof body === "object" && body !== null && !ArrayBuffer.isView(body) && !(body instanceof ArrayBuffer);
}
