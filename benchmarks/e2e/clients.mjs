import https from "node:https";
import { createBroker } from "@countersign/broker";
import { createSageMaker } from "@countersign/sagemaker";
import { createTransport } from "@countersign/transport";
import { InvokeEndpointCommand, SageMakerRuntimeClient } from "@aws-sdk/client-sagemaker-runtime";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { AwsClient } from "aws4fetch";
import { Agent, Pool, request } from "undici";
import { localSts, roleArn } from "../broker/local-sts.mjs";
import { body, connections, contentType, credentials, endpointName, path, region } from "./fixture.mjs";

const encoder = new TextEncoder();
const text = (bytes) => Buffer.from(bytes).toString();

/** Each client: from a server to { invoke, close }; `invoke` answers with the model's answer as text. */
export const clients = {
  countersign({ url, ca }) {
    const transport = createTransport({ ca, connections });
    const sagemaker = createSageMaker({ region, credentials, transport, endpoint: { url } });
    return {
      invoke: async () => text((await sagemaker.invoke(endpointName, body, { contentType })).body),
      close: () => transport.close(),
    };
  },
  "countersign, 500 endpoints in turn"({ url, ca }) {
    const transport = createTransport({ ca, connections });
    const sagemaker = createSageMaker({ region, credentials, transport, endpoint: { url } });
    let calls = 0;
    return {
      async invoke() {
        calls += 1;
        return text((await sagemaker.invoke(`${endpointName}-${calls % 500}`, body, { contentType })).body);
      },
      close: () => transport.close(),
    };
  },
  "countersign, a broker's role"({ url, ca }) {
    const transport = createTransport({ ca, connections });
    const sts = localSts();
    const broker = createBroker({ region, credentials, transport: sts.transport });
    const role = broker.role({ roleArn: roleArn(1) });
    const sagemaker = createSageMaker({ region, credentials: role, transport, endpoint: { url } });
    return {
      invoke: async () => text((await sagemaker.invoke(endpointName, body, { contentType })).body),
      async close() {
        await broker.close();
        await transport.close();
      },
    };
  },
  "AWS SDK v3"({ url, ca }) {
    const httpsAgent = new https.Agent({ ca, keepAlive: true, maxSockets: connections });
    const client = new SageMakerRuntimeClient({
      region,
      credentials,
      endpoint: url,
      requestHandler: new NodeHttpHandler({ httpsAgent }),
    });
    const input = { EndpointName: endpointName, Body: encoder.encode(body), ContentType: contentType };
    return {
      invoke: async () => text((await client.send(new InvokeEndpointCommand(input))).Body),
      close: () => client.destroy(),
    };
  },
  aws4fetch({ url, ca }) {
    const dispatcher = new Agent({ connect: { ca }, connections, pipelining: 1 });
    const aws = new AwsClient({ ...credentials, region, service: "sagemaker", retries: 0 });
    return {
      async invoke() {
        const init = { method: "POST", body, headers: { "content-type": contentType } };
        const signed = await aws.sign(`${url}${path}`, init);
        return (await globalThis.fetch(signed, { dispatcher })).text();
      },
      close: () => dispatcher.close(),
    };
  },
  "undici.request, unsigned"({ url, ca }) {
    const dispatcher = new Agent({ connect: { ca }, connections, pipelining: 1 });
    const options = { method: "POST", headers: signedHeaders, body, dispatcher };
    return {
      async invoke() {
        const answer = await request(`${url}${path}`, options);
        return text(await answer.body.bytes());
      },
      close: () => dispatcher.close(),
    };
  },
  "undici Pool.request, unsigned"({ url, ca }) {
    const pool = new Pool(url, { connect: { ca }, connections, pipelining: 1 });
    const headers = Object.entries(signedHeaders).flat();
    return {
      async invoke() {
        const answer = await pool.request({ method: "POST", path, headers, body });
        return text(await answer.body.bytes());
      },
      close: () => pool.close(),
    };
  },
};

/** The same bytes, signature included, that need no signing any more. */
const signedHeaders = {
  "content-type": contentType,
  "x-amz-date": "20260521T120000Z",
  "x-amz-security-token": credentials.sessionToken,
  authorization:
    `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/20260521/${region}/sagemaker/aws4_request, ` +
    `SignedHeaders=content-type;host;x-amz-date;x-amz-security-token, Signature=${"a".repeat(64)}`,
};
