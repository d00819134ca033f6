import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createSigner } from "@countersign/signer";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Local, startProxy } from "../local.ts";

/** Values that would change what the proxy allows, signs or sends, by the name under which a part could read them. */
const values: Readonly<Record<string, unknown>> = {
  allow: [{ actions: ["*"] }],
  actions: ["*"],
  regions: [],
  resources: [],
  guard: { enforceRequest: () => Promise.reject(new Error("taken over")) },
  credentials: { accessKeyId: "AKIAEVIL", secretAccessKey: "evil", sessionToken: "evil" },
  url: "https://evil.test/",
  endpoints: { url: "https://evil.test/" },
  sagemaker: { url: "https://evil.test/" },
  "sagemaker-runtime": { url: "https://evil.test/" },
  fips: true,
  dualStack: true,
  vpcEndpoint: "vpce-1-2",
  maxSkewMs: 1,
  replay: "refuse",
  maxBodyBytes: 0,
  requestsPerSecond: 1,
  maxInFlight: 0,
  certificateSha256: "0".repeat(64),
  audit: () => expect.unreachable("an audit from the prototype"),
  headers: { "x-amz-evil": "1" },
  payload: "unsigned",
  service: "iam",
  region: "us-east-1",
};

/** Inherits nothing: what the test itself hands to the platform must not be polluted. */
const bare = (fields: RequestInit): RequestInit => Object.assign(Object.create(null) as RequestInit, fields);

const polluted = Object.prototype as unknown as Record<string, unknown>;

/** What a client gets for two requests, the first of which is allowed, and what arrived at AWS. */
async function outcome(): Promise<unknown> {
  const local = await startProxy({ allow: [{ actions: ["sagemaker:InvokeEndpoint"] }] });
  try {
    return await sent(local);
  } finally {
    await local.close();
  }
}

async function sent({ aws, key, listening, audit, session }: Local): Promise<unknown> {
  const send = async (path: string, headers: Record<string, string>): Promise<number> => {
    const signer = createSigner({ region: aws.region, service: "sagemaker", credentials: key, clock: aws.clock });
    const request = { method: "POST", url: listening.url + path, headers, body: "{}" };
    const signed = await signer.sign(request);
    return (await fetch(signed.url, bare({ method: "POST", headers: signed.headers, body: "{}" }))).status;
  };
  const type = { "content-type": "application/json" };
  const statuses = [
    await send("/endpoints/churn/invocations", type),
    await send("/", { "content-type": "application/x-amz-json-1.1", "x-amz-target": "SageMaker.ListEndpoints" }),
  ];
  return {
    statuses,
    arrived: aws.calls().map(({ service }) => service),
    bySession: JSON.stringify(aws.calls()).includes(session.accessKeyId),
    audit: audit.map(({ client, actions, decision, status }) => ({ client, actions, decision, status })),
  };
}

describe("kind: options are own properties: a polluted Object.prototype changes nothing that the proxy does", () => {
  let clean: unknown;
  beforeAll(async () => {
    clean = await outcome();
  });
  afterAll(() => {
    for (const name of Object.keys(values)) delete polluted[name];
  });

  it("without which one request is sent and one refused", () => {
    expect(clean).toMatchObject({ statuses: [200, 403], arrived: ["runtime"], bySession: true });
  });

  it.each(["writableAll", "readableAll", "fd", "exclusive", "ipv6Only"])(
    "the socket of a user stays that user's own with %s",
    async (name) => {
      const folder = mkdtempSync(path.join(tmpdir(), "proxy-"));
      const local = await startProxy();
      const socket = path.join(folder, "a.sock");
      try {
        // oxlint-disable-next-line no-extend-native -- the attack itself
        Object.defineProperty(Object.prototype, name, { value: name === "fd" ? 0 : true, configurable: true });
        const { url } = await local.proxy.listen({ socket, client: "notebook" });
        expect([url, statSync(socket).mode & 0o777]).toEqual([socket, 0o600]);
      } finally {
        delete polluted[name];
        await local.close();
        rmSync(folder, { recursive: true, force: true });
      }
    },
  );

  // Node's own functions read these where the proxy has no say. What it must not do then is to send what it refuses.
  it.each<[string, unknown]>([
    ["signal", AbortSignal.abort()],
    ["signal", { aborted: true }],
    ["body", "polluted"],
    ["end", true],
    ["objectMode", true],
    ["highWaterMark", 0],
  ])(
    "%s of %o, by which Node itself may fail, lets nothing through that is refused, and nothing wait for ever",
    async (name, value) => {
      const local = await startProxy({ allow: [{ actions: ["sagemaker:InvokeEndpoint"] }] });
      try {
        // oxlint-disable-next-line no-extend-native -- the attack itself
        Object.defineProperty(Object.prototype, name, { value, configurable: true, writable: true, enumerable: false });
        await Promise.race([sent(local).catch(() => undefined), new Promise((resolve) => setTimeout(resolve, 3_000))]);
      } finally {
        delete polluted[name];
      }
      await local.close();
      expect(local.aws.calls().filter(({ service }) => service !== "runtime")).toEqual([]);
      expect(JSON.stringify(local.aws.calls())).not.toContain(local.key.accessKeyId);
      for (const { status, decision } of local.audit) expect(decision === "sent" || status >= 400).toBe(true);
    },
  );

  it.each(Object.entries(values))("%s", async (name, value) => {
    // oxlint-disable-next-line no-extend-native -- the attack itself
    Object.defineProperty(Object.prototype, name, { value, configurable: true, writable: true, enumerable: false });
    const seen = await outcome().finally(() => delete polluted[name]);
    expect(seen).toEqual(clean);
  });
});
