// npm run example:browser: an identity provider, a broker, a local AWS and the page, on this machine alone.
import { generateKeyPairSync } from "node:crypto";
import { createServer } from "node:http";
import { createBroker } from "@countersign/broker";
import { createVendingApp } from "@countersign/broker/server";
import { startAws } from "@countersign/testing";
import { createTransport } from "@countersign/transport";
import { createClock } from "@countersign/signer";
import { getRequestListener } from "@hono/node-server";
import { createIdentityProvider } from "./identity-provider.mjs";
import { model } from "./model.mjs";
import { createPageServer } from "./page-server.mjs";

const ROLE = "arn:aws:iam::123456789012:role/chat";
const AUDIENCE = "https://broker.example.com";

/**
 * Starts all parts.
 *
 * @param ports of the page, the broker and the identity provider; 0: any free one.
 * @param clock of the broker and the local AWS.
 */
export async function startExample({ ports = [8080, 8081, 8082], clock = createClock(), onEvent } = {}) {
  const aws = await startAws({ clock, roles: [ROLE], endpoints: { llm: model, other: "echo" } });
  const [pageServer, brokerServer, idServer] = [createServer(), createServer(), createServer()];
  const [page, broker, issuer] = await Promise.all(
    [pageServer, brokerServer, idServer].map((server, index) => listen(server, ports[index])),
  );

  const privateJwk = {
    ...generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ format: "jwk" }),
    kid: "k1",
    alg: "ES256",
    use: "sig",
  };
  idServer.on("request", createIdentityProvider({ issuer, audience: AUDIENCE, page: `${page}/`, privateJwk }));

  const transport = createTransport({ ca: aws.ca, allowLoopbackHttp: true });
  const credentials = createBroker({
    region: aws.region,
    credentials: aws.user,
    endpoint: { url: aws.url.sts },
    transport,
    clock,
  });
  const app = createVendingApp(credentials, {
    hosts: [new URL(broker).host],
    origins: [page],
    identityProvider: { issuer, audience: AUDIENCE, jwksUrl: `${issuer}/jwks`, algorithms: ["ES256"] },
    grants: {
      chat: {
        kind: "browser",
        roleArn: ROLE,
        allow: [
          {
            actions: ["sagemaker:InvokeEndpointWithResponseStream"],
            resources: ["arn:aws:sagemaker:us-east-1:123456789012:endpoint/llm"],
          },
        ],
      },
    },
    transport,
    clock,
    onEvent,
  });
  const serveBroker = getRequestListener(app.fetch);
  brokerServer.on("request", (request, response) => void serveBroker(request, response));
  pageServer.on("request", createPageServer({ issuer, broker, runtime: aws.url.runtime, ca: aws.ca }));

  return {
    page,
    aws,
    broker: credentials,
    async close() {
      await app.drain();
      await credentials.close();
      await transport.close();
      await Promise.all([pageServer, brokerServer, idServer].map(end));
      await aws.close();
    },
  };
}

function listen(server, port) {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => resolve(`http://localhost:${server.address().port}`));
  });
}

function end(server) {
  return new Promise((resolve) => {
    server.close(resolve);
    server.closeAllConnections();
  });
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  const example = await startExample();
  process.stdout.write(`Open ${example.page} and sign in with any name. Ctrl-C ends it.\n`);
  for (const signal of ["SIGINT", "SIGTERM"])
    process.once(signal, () => void example.close().then(() => process.exit(0)));
}
