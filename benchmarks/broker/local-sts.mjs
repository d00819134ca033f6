import { Readable } from "node:stream";

/**
 * The request handler of an STS that answers from memory after `latencyMs`: what is measured is the caches, and both
 * sides talk to the same STS through AWS's own client.
 */
export function localSts({ latencyMs = 0, lifetimeS = 3600 } = {}) {
  const sts = {
    calls: 0,
    /** A broker's `transport`. */
    transport: { request: unused, requestHandler: () => sts.requestHandler, async close() {} },
    requestHandler: {
      metadata: { handlerProtocol: "http/1.1" },
      handle,
      destroy() {},
      updateHttpClientConfig() {},
      httpHandlerConfigs: () => ({}),
    },
  };

  async function handle(request) {
    sts.calls += 1;
    const number = sts.calls;
    if (latencyMs > 0) await new Promise((resolve) => setTimeout(resolve, latencyMs));
    const role = new URLSearchParams(String(request.body)).get("RoleArn") ?? "arn:aws:iam::111122223333:role/None";
    const now = new Date();
    const headers = { date: now.toUTCString(), "content-type": "text/xml" };
    return { response: { statusCode: 200, reason: "OK", headers, body: Readable.from([answer(role, number, now)]) } };
  }

  function answer(role, number, now) {
    const expiration = new Date(Math.floor(now.getTime() / 1000) * 1000 + lifetimeS * 1000).toISOString();
    const id = `ASIA${String(number).padStart(16, "0")}`;
    return `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials><AccessKeyId>${id}</AccessKeyId><SecretAccessKey>${"s".repeat(40)}</SecretAccessKey><SessionToken>${"t".repeat(600)}${number}</SessionToken><Expiration>${expiration}</Expiration></Credentials><AssumedRoleUser><AssumedRoleId>AROA:countersign</AssumedRoleId><Arn>${role.replace(":iam:", ":sts:").replace(":role/", ":assumed-role/")}/countersign</Arn></AssumedRoleUser></AssumeRoleResult></AssumeRoleResponse>`;
  }
  return sts;
}

function unused() {
  throw new Error("a broker sends through the SDK's client");
}

export const region = "eu-west-1";
export const user = { accessKeyId: "AKIAEXAMPLEEXAMPLE00", secretAccessKey: "s".repeat(40) };
export const roleArn = (index) => `arn:aws:iam::111122223333:role/Role${index}`;
