import { createBroker } from "@countersign/broker";
import { createVendingApp, VendingError } from "@countersign/broker/server";
import { HOST, ORIGIN, startVending } from "../../../packages/broker/test/server/fixture.ts";
import type { Door } from "../door.ts";

const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" };
const broker = createBroker({ region: "eu-west-1", credentials });
const configuration = {
  hosts: [HOST],
  origins: [ORIGIN],
  identityProvider: {
    issuer: "https://id.example.com/",
    audience: "https://broker.example.com",
    jwksUrl: "https://id.example.com/jwks",
    maxAgeSeconds: 60,
  },
  audience: "https://broker.example.com",
  identityRegions: ["eu-west-1"],
  limits: { perSubject: 1, perAddress: 1 },
  grants: {
    invoke: {
      kind: "browser",
      roleArn: "arn:aws:iam::123456789012:role/web",
      allow: [
        {
          actions: ["sagemaker:InvokeEndpoint"],
          resources: ["arn:aws:sagemaker:us-east-1:123456789012:endpoint/{tenant}-x"],
        },
      ],
    },
    task: { kind: "container", roleArn: "arn:aws:iam::123456789012:role/web", tokenSha256: ["a".repeat(64)] },
    batch: {
      kind: "machine",
      roleArn: "arn:aws:iam::123456789012:role/web",
      principals: ["arn:aws:iam::123456789012:role/batch"],
    },
  },
};

/** Started with the first request of a run, and ended with the process. */
let vending: Promise<Awaited<ReturnType<typeof startVending>>> | undefined;

export const brokerDoors: readonly Door[] = [
  {
    name: "broker: the configuration of the vending server",
    seeds: [JSON.stringify(configuration)],
    words: ["null", '"claims":{"a":"b"},', "{sub}", "{tenant}", "*", '"roleArn":'],
    refuses: (error) => error instanceof VendingError && error.code === "INVALID_CONFIG",
    async read(input) {
      let config: unknown;
      try {
        config = JSON.parse(input);
      } catch {
        return;
      }
      await createVendingApp(broker, config as never).drain();
    },
  },
  {
    name: "broker: a request for credentials",
    seeds: [
      "invoke\neyJhbGciOiJFUzI1NiIsImtpZCI6ImsxIn0.eyJzdWIiOiJhbGljZSJ9.AAAA\n",
      "task\na-container-token-of-256-bits-or-so\n",
      'batch\nx\n{"proof":"x"}',
    ],
    words: ["eyJhbGciOiJub25lIn0.", ".", "Bearer ", "..", "%2f"],
    async read(input) {
      const { app } = await (vending ??= startVending());
      const [grant = "", token = "", body = ""] = input.split("\n", 3);
      let request: Request;
      try {
        request = new Request(`https://${HOST}/v1/vend/${grant}`, {
          method: "POST",
          headers: { host: HOST, origin: ORIGIN, authorization: `Bearer ${token}` },
          body,
        });
      } catch {
        return;
      }
      const { status } = await app.request(request);
      if (status >= 500 || status === 200) throw new Error(`answered with ${status}`);
    },
  },
];
