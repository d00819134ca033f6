// Times one cold start: from before the first import until the first request is signed and handed to what would send it.
import { body, contentType, credentials, endpointName, region } from "./fixture.mjs";

const started = process.hrtime.bigint();
const headers = await (process.argv[2] === "ours" ? ours() : sdk());
const ns = Number(process.hrtime.bigint() - started);
process.stdout.write(JSON.stringify({ ns, scope: /Credential=([^,]+)/.exec(headers.authorization)[1] }));
process.exit(0);

async function ours() {
  const { createSageMaker } = await import("@countersign/sagemaker");
  return new Promise((resolve) => {
    // What a transport is asked to do: the headers are made when it has a connection.
    const transport = {
      request: async (_url, options) => resolve(await options.headers()),
      private: false,
    };
    const sagemaker = createSageMaker({ region, credentials, transport });
    sagemaker.invoke(endpointName, body, { contentType }).catch(() => {});
  });
}

async function sdk() {
  const { InvokeEndpointCommand, SageMakerRuntimeClient } = await import("@aws-sdk/client-sagemaker-runtime");
  return new Promise((resolve) => {
    const requestHandler = {
      handle(request) {
        resolve(request.headers);
        return new Promise(() => {});
      },
    };
    const client = new SageMakerRuntimeClient({ region, credentials, requestHandler });
    const input = { EndpointName: endpointName, Body: new TextEncoder().encode(body), ContentType: contentType };
    client.send(new InvokeEndpointCommand(input)).catch(() => {});
  });
}
