import { type Aws, type LocalCredentials, startAws } from "@countersign/testing";
import { type CountersignEvent } from "@countersign/signer";
import { createTransport, type Transport } from "@countersign/transport";
import {
  type AuditRecord,
  createProxy,
  issueKey,
  type Listening,
  type PlaceholderKey,
  type Proxy,
  type ProxyClient,
  type ProxyOptions,
} from "../src/index.ts";

export const ROLE = "arn:aws:iam::123456789012:role/inference";

/** A proxy in front of a local AWS, with one client that may do everything that the test allows. */
export interface Local {
  readonly aws: Aws;
  readonly proxy: Proxy;
  readonly listening: Listening;
  readonly key: PlaceholderKey;
  /** What the proxy signs with: nothing of it may be seen by a client. */
  readonly session: LocalCredentials;
  readonly audit: AuditRecord[];
  readonly transport: Transport;
  readonly events: CountersignEvent[];
  close(): Promise<void>;
}

export async function startProxy(
  client: Partial<ProxyClient> = {},
  options: Partial<ProxyOptions> = {},
): Promise<Local> {
  const aws = await startAws({ roles: [ROLE] });
  const events: CountersignEvent[] = [];
  const transport = createTransport({ ca: aws.ca, onEvent: (event) => events.push(event) });
  const key = issueKey();
  const audit: AuditRecord[] = [];
  const session = aws.role(ROLE).session();
  const proxy = await createProxy({
    transport,
    clock: aws.clock,
    audit: (record) => audit.push(record),
    endpoints: {
      sts: { url: aws.url.sts },
      sagemaker: { url: aws.url.sagemaker },
      "sagemaker-runtime": { url: aws.url.runtime },
      "sagemaker-runtime-http2": { url: aws.url.runtimeHttp2 },
      ecr: { url: aws.url.ecr },
      s3: { url: aws.url.s3 },
    },
    clients: [
      {
        name: "notebook",
        key,
        credentials: session,
        allow: [{ actions: ["sagemaker:*", "sts:GetCallerIdentity"] }],
        ...client,
      },
    ],
    ...options,
  });
  const listening = await proxy.listen({});
  return {
    aws,
    proxy,
    listening,
    key,
    session,
    audit,
    transport,
    events,
    async close() {
      await proxy.close();
      await transport.close();
      await aws.close();
    },
  };
}
