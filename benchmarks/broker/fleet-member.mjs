// One process of a fleet: fetches the roles it is told to when it is told to, and says how many calls of STS it made.
import { valkeyStore } from "@countersign/broker";
import { Redis } from "iovalkey";
import { broker, sdkProvider } from "./contestants.mjs";
import { localSts, roleArn } from "./local-sts.mjs";

const [kind, redisPath, count] = process.argv.slice(2);
const sts = localSts({ latencyMs: 50 });
const indices = Array.from({ length: Number(count) }, (_, index) => index);

function prepare() {
  if (kind === "sdk") {
    const providers = indices.map((index) => sdkProvider(sts, index));
    return () => Promise.all(providers.map((provider) => provider()));
  }
  const client = kind === "shared" ? new Redis({ path: redisPath }) : undefined;
  const store = client && valkeyStore({ client, namespace: "bench", keyring: [{ id: "k", key: new Uint8Array(32) }] });
  const roles = indices.map((index) => roleArn(index));
  const own = broker(sts, { store });
  return () => Promise.all(roles.map((arn) => own.role({ roleArn: arn }).get()));
}

const fetchAll = prepare();
await import("@aws-sdk/client-sts");
process.once("message", () => {
  void fetchAll().then(() => process.send({ calls: sts.calls }, () => process.exit(0)));
});
process.send({ ready: true });
