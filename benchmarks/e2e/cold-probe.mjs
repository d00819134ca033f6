// Times one cold start: from before the first import until the first answer of a real TLS server was read, with all that a
// user of the client has to load. argv: client, URL, file of the server's certificate.
import { readFileSync } from "node:fs";
import { body, contentType, credentials, endpointName, path, region } from "./fixture.mjs";

const [which, url, caFile] = process.argv.slice(2);
const ca = readFileSync(caFile, "utf8");

const clients = {
  async countersign() {
    const [{ createSageMaker }, { createTransport }] = await Promise.all([
      import("@countersign/sagemaker"),
      import("@countersign/transport"),
    ]);
    const transport = createTransport({ ca });
    const sagemaker = createSageMaker({ region, credentials, transport, endpoint: { url } });
    return Buffer.from((await sagemaker.invoke(endpointName, body, { contentType })).body).toString();
  },
  async "AWS SDK v3"() {
    const [{ InvokeEndpointCommand, SageMakerRuntimeClient }, { NodeHttpHandler }, { Agent }] = await Promise.all([
      import("@aws-sdk/client-sagemaker-runtime"),
      import("@smithy/node-http-handler"),
      import("node:https"),
    ]);
    const requestHandler = new NodeHttpHandler({ httpsAgent: new Agent({ ca, keepAlive: true }) });
    const client = new SageMakerRuntimeClient({ region, credentials, endpoint: url, requestHandler });
    const input = { EndpointName: endpointName, Body: new TextEncoder().encode(body), ContentType: contentType };
    return Buffer.from((await client.send(new InvokeEndpointCommand(input))).Body).toString();
  },
  /** The floor: nothing but the platform's own client, and the smallest signer there is. */
  async "node:https and aws4"() {
    const [https, { default: aws4 }] = await Promise.all([import("node:https"), import("aws4")]);
    const { hostname, port, host } = new URL(url);
    const signed = aws4.sign(
      { host, path, method: "POST", service: "sagemaker", region, body, headers: { "content-type": contentType } },
      credentials,
    );
    return new Promise((resolve, reject) => {
      const request = https.request({ ...signed, host: hostname, hostname, port, ca }, (response) => {
        const chunks = [];
        response.on("data", (chunk) => chunks.push(chunk));
        response.on("end", () => resolve(Buffer.concat(chunks).toString()));
      });
      request.on("error", reject);
      request.end(body);
    });
  },
};

const started = process.hrtime.bigint();
const answer = await clients[which]();
const ns = Number(process.hrtime.bigint() - started);
process.stdout.write(JSON.stringify({ ns, answer }));
process.exit(0);
