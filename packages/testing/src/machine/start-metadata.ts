import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Clock } from "@countersign/signer";
import { checkOptions, contract, optional, shape, type Shapes, text } from "@countersign/signer/options";
import type { Aws } from "../aws.ts";
import { refuseOption } from "../error.ts";
import type { LocalCredentials } from "../iam/access-keys.ts";
import { createIds } from "../ids.ts";

/** The machine whose metadata is served. */
export interface MetadataOptions {
  /** The running local AWS that issues the credentials. */
  readonly aws: Aws<Clock>;
  /** The name or ARN of the machine's role. */
  readonly role: string;
  /** The token that the container endpoint wants in `Authorization`. Default: a random one. */
  readonly token?: string | undefined;
}

/** The metadata of an instance and of a container, on loopback. */
export interface Metadata {
  /** For `AWS_EC2_METADATA_SERVICE_ENDPOINT`. */
  readonly instanceUrl: string;
  /** For `AWS_CONTAINER_CREDENTIALS_FULL_URI`. */
  readonly containerUrl: string;
  /** For `AWS_CONTAINER_AUTHORIZATION_TOKEN`. */
  readonly token: string;
  /** The paths requested so far, oldest first. */
  readonly paths: readonly string[];
  close(): Promise<void>;
}

const shapes: Shapes<MetadataOptions> = {
  aws: contract("a running local AWS from startAws()", "role", "calls", "close"),
  role: text,
  token: optional(shape("text of one line", (value) => typeof value === "string" && /^[\x20-\x7E]+$/.test(value))),
};

/**
 * Serves the credentials of a role as machines get them: EC2's instance metadata service, version 2 only
 * (https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-metadata-v2-how-it-works.html), and the container
 * endpoint of ECS and EKS (https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html).
 * Plain HTTP on loopback, as on a machine.
 *
 * @throws {TestingError} `INVALID_OPTION` for wrong options.
 */
export async function startMetadata(options: MetadataOptions): Promise<Metadata> {
  const { aws, role, token = createIds(undefined).text(32) } = checkOptions(options, shapes, refuseOption);
  const tokens = new Map<string, number>();
  const paths: string[] = [];
  const name = role.split("/").at(-1) ?? role;
  const issue = (): Record<string, unknown> => written(aws.role(role).session());

  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    paths.push(pathname);
    if (pathname === "/container") return container(request, response);
    if (pathname === "/latest/api/token") return newToken(request, response);
    const expires = tokens.get(header(request, "x-aws-ec2-metadata-token") ?? "");
    if (request.method !== "GET") return send(response, 405, "");
    if (expires === undefined || expires <= aws.clock.now()) return send(response, 401, "");
    return send(response, ...metadata(pathname));
  });

  function container(request: IncomingMessage, response: ServerResponse): void {
    if (header(request, "authorization") !== token)
      return send(response, 401, JSON.stringify({ message: "Unauthorized" }));
    return send(response, 200, JSON.stringify({ ...issue(), RoleArn: aws.role(role).arn }));
  }

  function newToken(request: IncomingMessage, response: ServerResponse): void {
    const seconds = Number(header(request, "x-aws-ec2-metadata-token-ttl-seconds"));
    // Requests that came through a proxy get no token: AWS refuses them by this header.
    if (header(request, "x-forwarded-for") !== undefined) return send(response, 403, "");
    if (request.method !== "PUT" || !Number.isInteger(seconds) || seconds < 1 || seconds > 21_600)
      return send(response, 400, "");
    const made = createIds(undefined).text(56);
    tokens.set(made, aws.clock.now() + seconds * 1000);
    response.setHeader("x-aws-ec2-metadata-token-ttl-seconds", String(seconds));
    return send(response, 200, made);
  }

  function metadata(pathname: string): [status: number, body: string] {
    const credentials = "/latest/meta-data/iam/security-credentials";
    if (pathname === credentials || pathname === `${credentials}/`) return [200, name];
    if (pathname === `${credentials}/${name}`) {
      const meta = { Code: "Success", LastUpdated: new Date(aws.clock.now()).toISOString(), Type: "AWS-HMAC" };
      return [200, JSON.stringify({ ...meta, ...issue() })];
    }
    if (pathname === "/latest/meta-data/placement/region") return [200, aws.region];
    if (pathname === "/latest/dynamic/instance-identity/document")
      return [200, JSON.stringify({ region: aws.region, accountId: aws.user.accountId })];
    return [404, ""];
  }

  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    instanceUrl: base,
    containerUrl: `${base}/container`,
    token,
    paths,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function written({
  accessKeyId,
  secretAccessKey,
  sessionToken,
  expiration,
}: LocalCredentials): Record<string, unknown> {
  return {
    AccessKeyId: accessKeyId,
    SecretAccessKey: secretAccessKey,
    Token: sessionToken,
    Expiration: expiration?.toISOString().replace(/\.\d+Z$/, "Z"),
  };
}

function header(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

function send(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { "content-type": body.startsWith("{") ? "application/json" : "text/plain" }).end(body);
}
