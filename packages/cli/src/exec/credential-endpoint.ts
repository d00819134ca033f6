import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { MemoizedProvider } from "@countersign/signer";

/** The container-credentials endpoint of one child process. */
export interface CredentialEndpoint {
  /** What the child needs: the address, and the token that only it has. */
  readonly env: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

/** botocore renews from 15 minutes before expiry: sessions must be valid for longer than that. */
const TTL_MS = 16 * 60_000;
const PATH = "/v1/credentials";

/**
 * Serves credentials on loopback in the protocol that AWS's SDKs speak with a container's endpoint. A request needs the
 * token, comes from a program and not from a web page, and names this very address as its host.
 *
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
 */
export async function serveCredentials(credentials: MemoizedProvider): Promise<CredentialEndpoint> {
  const token = randomBytes(32).toString("base64url");
  const expected = digest(token);
  let host = "";

  /** Why a request is refused. */
  function refusal({ method, url, headers }: IncomingMessage): number | undefined {
    // A page that made a name point here sends that name as the host (DNS rebinding).
    const isBrowser = "origin" in headers || "sec-fetch-site" in headers;
    if (headers.host !== host || isBrowser) return 403;
    if (method !== "GET" || url !== PATH) return 404;
    return timingSafeEqual(digest(headers.authorization ?? ""), expected) ? undefined : 401;
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const status = refusal(request);
    if (status !== undefined) return send(response, status, { code: "Refused", message: "the request was refused" });
    try {
      const { accessKeyId, secretAccessKey, sessionToken, expiration, accountId } = await credentials({
        minTtlMs: TTL_MS,
      });
      return send(response, 200, {
        AccessKeyId: accessKeyId,
        SecretAccessKey: secretAccessKey,
        Token: sessionToken,
        Expiration: expiration?.toISOString().replace(/\.\d+Z$/, "Z"),
        ...(accountId !== undefined && { AccountId: accountId }),
      });
    } catch (error) {
      const { code } = error as { readonly code?: unknown };
      const message = error instanceof Error ? error.message : "no credentials";
      return send(response, 503, { code: typeof code === "string" ? code : "Unavailable", message });
    }
  }

  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    env: {
      AWS_CONTAINER_CREDENTIALS_FULL_URI: `http://${host}${PATH}`,
      AWS_CONTAINER_AUTHORIZATION_TOKEN: token,
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function send(response: ServerResponse, status: number, body: object): void {
  response
    .writeHead(status, { "content-type": "application/json", "cache-control": "no-store", connection: "close" })
    .end(JSON.stringify(body));
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
