import { request as httpsRequest } from "node:https";
import { type AwsCredentials, applySignature, signRequest, type SignedRequest } from "@countersign/signer";
import type { Aws } from "../src/index.ts";

export interface Sent {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly text: string;
}

export interface SendOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** `null`: unsigned. */
  readonly credentials?: AwsCredentials | null;
  readonly service?: string;
  readonly region?: string;
  readonly date?: Date;
  /** What happens to the request on its way. */
  readonly tamper?: (request: SignedRequest) => SignedRequest;
  readonly tls?: Readonly<Record<string, unknown>>;
}

/** Signs a request as a client would and sends it over TLS. */
export function send(aws: Aws, url: string, options: SendOptions = {}): Promise<Sent> {
  const { method = "POST", headers = {}, body = "", credentials = aws.user } = options;
  const plain = { method, url, headers, body };
  const signed: SignedRequest =
    credentials === null
      ? { ...plain }
      : applySignature(
          plain,
          signRequest(plain, {
            credentials,
            region: options.region ?? aws.region,
            service: options.service ?? "sagemaker",
            date: options.date ?? new Date(aws.clock.now()),
          }),
        );
  return deliver(aws, options.tamper?.(signed) ?? signed, options.tls);
}

function deliver(aws: Aws, signed: SignedRequest, tls: SendOptions["tls"]): Promise<Sent> {
  const { headers, body } = signed;
  return new Promise((resolve, reject) => {
    const request = httpsRequest(
      signed.url,
      { method: signed.method, headers, ca: aws.ca, agent: false, ...tls },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () => {
          const whole = Buffer.concat(chunks);
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers as Record<string, string>,
            body: whole,
            text: whole.toString("utf8"),
          });
        });
      },
    );
    request.on("error", reject);
    request.end(body);
  });
}

/** Calls STS; members of lists are written out by the caller. */
export function sts(aws: Aws, parameters: Readonly<Record<string, string>>, options: SendOptions = {}): Promise<Sent> {
  return send(aws, `${aws.url.sts}/`, {
    service: "sts",
    body: new URLSearchParams({ Version: "2011-06-15", ...parameters }).toString(),
    ...options,
    headers: { "content-type": "application/x-www-form-urlencoded", ...options.headers },
  });
}

/** Calls SageMaker's control plane. */
export async function control(
  aws: Aws,
  operation: string,
  input: unknown,
  options: SendOptions = {},
): Promise<Sent & { readonly json: Record<string, unknown> }> {
  const sent = await send(aws, `${aws.url.sagemaker}/`, {
    body: JSON.stringify(input),
    ...options,
    headers: {
      "content-type": "application/x-amz-json-1.1",
      "x-amz-target": `SageMaker.${operation}`,
      ...options.headers,
    },
  });
  return { ...sent, json: JSON.parse(sent.text) as Record<string, unknown> };
}

/** Calls ECR. */
export async function registry(
  aws: Aws,
  operation: string,
  input: unknown,
  options: SendOptions = {},
): Promise<Sent & { readonly json: Record<string, unknown> }> {
  const sent = await send(aws, `${aws.url.ecr}/`, {
    service: "ecr",
    body: JSON.stringify(input),
    ...options,
    headers: {
      "content-type": "application/x-amz-json-1.1",
      "x-amz-target": `AmazonEC2ContainerRegistry_V20150921.${operation}`,
    },
  });
  return { ...sent, json: JSON.parse(sent.text) as Record<string, unknown> };
}

/** Invokes an endpoint. */
export function invoke(aws: Aws, endpointName: string, body: string, options: SendOptions = {}): Promise<Sent> {
  return send(aws, `${aws.url.runtime}/endpoints/${endpointName}/invocations`, {
    body,
    ...options,
    headers: { "content-type": "text/plain", ...options.headers },
  });
}

/** The text of one element of an XML answer. */
export function element(xml: string, name: string): string | undefined {
  return new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1];
}

/** Temporary credentials out of an STS answer. */
export function credentialsIn(xml: string): AwsCredentials {
  return {
    accessKeyId: element(xml, "AccessKeyId") ?? "",
    secretAccessKey: element(xml, "SecretAccessKey") ?? "",
    sessionToken: element(xml, "SessionToken") ?? "",
    expiration: new Date(element(xml, "Expiration") ?? ""),
  };
}
