// A fastify service: POST /score is answered by a SageMaker endpoint, called with the broker's role.
// ROLE_ARN=… ENDPOINT_NAME=… node service.mjs
import { createBroker } from "@countersign/broker";
import { createSageMaker, SageMakerError } from "@countersign/sagemaker";
import fastify from "fastify";

const {
  AWS_REGION: region,
  AWS_ENDPOINT_URL: url,
  ROLE_ARN: roleArn,
  ENDPOINT_NAME: name,
  PORT = "3000",
} = process.env;
// Only a local AWS sets AWS_ENDPOINT_URL. Without it the Region's own endpoints are called.
const endpoint = url === undefined ? undefined : { url };

const broker = createBroker({ region, endpoint });
const role = broker.role({ roleArn });
const sagemaker = createSageMaker({ region, endpoint, credentials: role });
// A service that may not assume its role does not start.
await role.get();

const app = fastify({ logger: true });

app.post("/score", async (request) => {
  const answer = await sagemaker.invoke(name, request.body, { timeoutMs: 10_000 });
  return answer.json();
});

app.setErrorHandler((error, request, reply) => {
  if (error.validation !== undefined || (error.statusCode >= 400 && error.statusCode < 500)) return reply.send(error);
  request.log.error(error);
  // The caller learns the code alone. The message, for the log, may name roles and endpoints.
  return reply.code(502).send({ error: error instanceof SageMakerError ? error.code : "UNAVAILABLE" });
});

// Requests under way are answered when the service stops. Their connections would then stay open for a minute, and the
// process with them: the answer tells the client to close.
let stopping = false;
app.addHook("preClose", async () => {
  stopping = true;
});
app.addHook("onSend", async (_request, reply) => {
  if (stopping) reply.header("connection", "close");
});
// fastify runs this hook after the last answer.
app.addHook("onClose", async () => {
  await sagemaker.close();
  await broker.close();
});
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => void app.close());

await app.listen({ host: "127.0.0.1", port: Number(PORT) });
