import type { AwsCredentials, CredentialRejection } from "@countersign/signer";
import type { HttpRequest, MiddlewareStack } from "@smithy/types";
import { refuseOption } from "./error.ts";
import { signedBy } from "./signed-by.ts";

/** The part of an SDK client that `invalidateOnAuthError` uses. */
export interface CorrectableClient {
  readonly config: { readonly credentials?: unknown };
  /** The types of a client's middleware differ from client to client and do not matter here. */
  readonly middlewareStack: { add(middleware: never, options: never): void };
}

/** A broker's role, or a provider from `memoize`. */
export interface Invalidatable {
  invalidate(rejection: CredentialRejection): void;
}

/**
 * Error codes that reject the access key itself. `AccessDenied` is left out, because new keys would be denied as well.
 *
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html
 */
const REJECTIONS = new Set(["ExpiredToken", "InvalidClientTokenId", "InvalidToken", "UnrecognizedClient"]);

/**
 * Makes a client with `countersigned` report rejected access keys to the role that they came from, and send the call once more if the role
 * then has another key. Without this, the SDK keeps signing with keys that a service rejected (aws-sdk-go-v2#2962).
 *
 * For a call whose body is a stream the key is reported, and the call is not repeated.
 *
 * @throws SdkError `INVALID_OPTION`.
 *
 * @example
 * const client = new SageMakerClient(countersigned({ region: "eu-west-1", credentials: role }));
 * invalidateOnAuthError(client, role);
 */
export function invalidateOnAuthError(client: CorrectableClient, role: Invalidatable): void {
  if (typeof client?.middlewareStack?.add !== "function")
    refuseOption("client: must be an AWS SDK v3 client", "client");
  if (typeof role?.invalidate !== "function") {
    refuseOption("role: must be a broker's role or a provider from memoize()", "role");
  }
  const keys = new WeakMap<object, string>();
  const stack = client.middlewareStack as unknown as MiddlewareStack<object, object>;

  // The innermost step: the request is signed here, and errors are those that the client will throw.
  stack.add(
    (next) => async (args) => {
      try {
        return await next(args);
      } catch (error) {
        const key = signedBy((args as { readonly request?: unknown }).request);
        if (key !== undefined && typeof error === "object" && error !== null) keys.set(error, key);
        throw error;
      }
    },
    { step: "deserialize", priority: "high", name: "countersignRejectedKey", override: true },
  );

  // The last step before retrying and signing: calling `next` again signs anew.
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
      // The service's error about the key is more useful than the failure to replace the key.
      return false;
    }
  }
}

function isStream(request: unknown): boolean {
  const { body } = (request ?? {}) as Partial<HttpRequest>;
  return typeof body === "object" && body !== null && !ArrayBuffer.isView(body) && !(body instanceof ArrayBuffer);
}
