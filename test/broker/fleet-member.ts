import { createBroker, type Role, valkeyStore, type ValkeyClient } from "@countersign/broker";
import { type AwsCredentials, type CountersignEvent } from "@countersign/signer";
import { createTransport } from "@countersign/transport";
import { createClient } from "@redis/client";
import { Redis } from "iovalkey";
import { slower } from "./slower.ts";

/** What a member of the fleet is started with. */
export interface MemberConfig {
  readonly client: "iovalkey" | "@redis/client";
  readonly redisPath: string;
  readonly key: string;
  readonly region: string;
  readonly sts: string;
  readonly ca: string;
  readonly credentials: AwsCredentials;
  /** A factor for all time limits. */
  readonly slower: number;
}

/** What a member is told to do. */
export type MemberJob =
  | { readonly do: "get"; readonly roleArns: readonly string[] }
  | { readonly do: "peek"; readonly roleArn: string }
  | { readonly do: "revoke"; readonly roleArn: string }
  | { readonly do: "events" }
  | { readonly do: "close" };

const config = JSON.parse(process.argv[2] as string) as MemberConfig;

async function connect(): Promise<ValkeyClient> {
  if (config.client === "iovalkey") return new Redis({ path: config.redisPath });
  const client = createClient({ socket: { path: config.redisPath, tls: false } });
  client.on("error", () => undefined);
  await client.connect();
  return client;
}

const store = valkeyStore({
  client: await connect(),
  namespace: "fleet",
  keyring: [{ id: "k", key: Buffer.from(config.key, "base64") }],
});
const slow = slower(config.slower, store);
const events: CountersignEvent[] = [];
const transport = createTransport({ ca: config.ca, timeouts: { connectMs: 3000 * config.slower } });
const broker = createBroker({
  region: config.region,
  credentials: config.credentials,
  endpoint: { url: config.sts },
  transport,
  clock: slow.clock,
  limits: { stsPerSecond: 1000, burst: 1000 },
  store: slow.store,
  onEvent: (event) => events.push(event),
});
const roles = new Map<string, Role>();
const roleOf = (roleArn: string): Role => {
  const role = roles.get(roleArn) ?? broker.role({ roleArn });
  roles.set(roleArn, role);
  return role;
};

async function run(job: MemberJob): Promise<unknown> {
  switch (job.do) {
    case "get":
      return Promise.all(job.roleArns.map(async (roleArn) => (await roleOf(roleArn).get()).accessKeyId));
    case "peek":
      return roleOf(job.roleArn).peek()?.accessKeyId ?? null;
    case "revoke":
      return broker.revoke({ roleArn: job.roleArn });
    case "events":
      return events;
    default:
      await broker.close();
      await transport.close();
      return process.disconnect();
  }
}

// What a member loads late would make it miss the start.
await import("@aws-sdk/client-sts");
process.on("message", ({ id, job }: { id: number; job: MemberJob }) => {
  run(job).then(
    (result) => process.connected && process.send?.({ id, result }),
    (error: { code?: string; message: string }) => process.send?.({ id, error: `${error.code}: ${error.message}` }),
  );
});
process.send?.({ id: 0 });
