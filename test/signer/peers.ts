import { createHash, createHmac } from "node:crypto";
import { createRequire } from "node:module";
import { SignatureV4 } from "@smithy/signature-v4";

interface Aws4 {
  sign(options: object, credentials: object): { readonly headers?: Readonly<Record<string, unknown>> };
}

const aws4 = createRequire(import.meta.url)("aws4") as Aws4;

/** A request in the terms that all signers share. Path and query are as they travel. */
export interface Case {
  readonly method: string;
  readonly path: string;
  readonly query: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly service: string;
  readonly credentials: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string;
  };
  readonly date: Date;
}

export const host = "signed.example.com";
export const region = "eu-west-1";

/** Node's hash in the shape that AWS SDK v3 asks for. */
export class NodeSha256 {
  readonly #hash;
  constructor(secret?: unknown) {
    this.#hash = secret === undefined ? createHash("sha256") : createHmac("sha256", secret as Uint8Array);
  }
  update(data: unknown): void {
    this.#hash.update(data as Uint8Array);
  }
  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.#hash.digest());
  }
  reset(): void {}
}

/** @smithy/signature-v4, set up as the SDK's clients set it up for the service. */
export async function signWithSmithy(given: Case): Promise<string> {
  const { service, credentials, date } = given;
  const isS3 = service === "s3";
  const sha256 = NodeSha256;
  const signer = new SignatureV4({ service, region, credentials, sha256, uriEscapePath: !isS3, applyChecksum: isS3 });
  const query: Record<string, string[]> = {};
  for (const pair of given.query) {
    const equals = pair.indexOf("=");
    const name = decodeURIComponent(equals < 0 ? pair : pair.slice(0, equals));
    (query[name] ??= []).push(equals < 0 ? "" : decodeURIComponent(pair.slice(equals + 1)));
  }
  const { method, path, body } = given;
  const headers = { host, ...given.headers };
  const request = { method, protocol: "https:", hostname: host, path, query, headers, body };
  const signed = await signer.sign(request, { signingDate: date });
  return signatureOf(signed.headers["authorization"]);
}

/** mhart/aws4. It adds content-length by itself, which no other signer signs. */
export function signWithAws4(given: Case): string {
  const { service, credentials, date, method, body } = given;
  const path = given.path + (given.query.length > 0 ? `?${given.query.join("&")}` : "");
  const headers = { ...given.headers, "X-Amz-Date": date.toISOString().replaceAll(/[-:]|\.\d{3}/g, "") };
  const options = {
    service,
    region,
    method,
    host,
    path,
    headers,
    body,
    extraHeadersToIgnore: { "content-length": true },
  };
  const signed = aws4.sign(options, { ...credentials });
  return signatureOf(signed.headers?.["Authorization"]);
}

function signatureOf(authorization: unknown): string {
  const signature = /Signature=([\da-f]{64})$/.exec(String(authorization))?.[1];
  if (signature === undefined) throw new Error("no signature");
  return signature;
}
