import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { createBroker, valkeyStore, type ValkeyClient } from "@countersign/broker";
import { type CountersignEvent, createClock } from "@countersign/signer";
import { type Aws, startAws } from "@countersign/testing";
import { createTransport, type Transport } from "@countersign/transport";
import { createClient } from "@redis/client";
import { Redis } from "iovalkey";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { isInstalled, nameOf, type RedisServer, SERVERS, startRedis } from "./redis.ts";
import { slower } from "./slower.ts";

const guide = readFileSync(new URL("../../docs/broker-guide.md", import.meta.url), "utf8");
/** The access list of the guide, as it stands there. */
const [, line = ""] = /```acl\n\s*user (.+)\n\s*```/u.exec(guide) ?? [];
/** The client of the guide, as it stands there. */
const [, clientOptions = ""] = /new Redis\((\{.+\})\);/u.exec(guide) ?? [];

let aws: Aws<ReturnType<typeof createClock>>;
let transport: Transport;
beforeAll(async () => {
  aws = await startAws({ clock: createClock() });
  transport = createTransport({ ca: aws.ca });
});
afterAll(async () => {
  await transport.close();
  await aws.close();
});

test("a server is installed, and the guide has the line", () => {
  expect(isInstalled("redis-server")).toBe(true);
  expect(line).toMatch(/^broker on /u);
  expect(clientOptions).toContain("enableOfflineQueue: false");
});

for (const program of SERVERS) {
  describe.skipIf(!isInstalled(program))(`on ${nameOf(program)}, with the guide's access list`, () => {
    let redis: RedisServer;
    beforeAll(async () => {
      redis = await startRedis(program);
      const [name = "", ...rules] = line.split(" ");
      await redis.client.call("ACL", "SETUSER", name, ...rules);
    });
    afterAll(() => redis.stop());
    beforeEach(async () => {
      aws.reset();
      await redis.client.flushall();
    });

    const clients: Readonly<Record<string, () => { client: ValkeyClient; close: () => void }>> = {
      "the guide's client": () => {
        // eslint-disable-next-line typescript/no-implied-eval
        const parse = new Function("host", `return (${clientOptions});`) as (host: string) => object;
        const { tls: _tls, host: _host, ...options } = parse("localhost") as { tls?: unknown; host?: unknown };
        const client = new Redis({ path: redis.path, username: "broker", password: "secret", ...options });
        return { client, close: () => client.disconnect() };
      },
      "a lazy client without an offline queue": () => {
        const client = new Redis({
          path: redis.path,
          username: "broker",
          password: "secret",
          enableOfflineQueue: false,
          lazyConnect: true,
        });
        return { client, close: () => client.disconnect() };
      },
      "@redis/client": () => {
        const client = createClient({
          socket: { path: redis.path, tls: false },
          username: "broker",
          password: "secret",
          disableOfflineQueue: true,
        });
        client.on("error", () => undefined);
        client.connect().catch(() => undefined);
        return { client, close: () => client.destroy() };
      },
    };

    function member(connect: () => { client: ValkeyClient; close: () => void }, events: CountersignEvent[]) {
      const { client, close } = connect();
      const store = valkeyStore({ client, namespace: "acl", keyring: [{ id: "k", key }] });
      const broker = createBroker({
        region: aws.region,
        credentials: aws.user,
        endpoint: { url: aws.url.sts },
        transport,
        ...slower(10, store),
        onEvent: (event) => events.push(event),
      });
      return { broker, store, close };
    }
    const key = randomBytes(32);

    test.each(Object.entries(clients))(
      "four brokers with %s, used at once, make one call for each role",
      async (_, connect) => {
        const events: CountersignEvent[] = [];
        const members = Array.from({ length: 4 }, () => member(connect, events));
        const roleArns = Array.from({ length: 10 }, (_role, index) => aws.role(`Acl${index}`).arn);
        await Promise.all(members.flatMap(({ broker }) => roleArns.map((roleArn) => broker.role({ roleArn }).get())));
        expect(aws.calls({ operation: "AssumeRole" })).toHaveLength(10);
        expect(events.filter(({ name }) => name === "store.open" || name === "store.alarm")).toEqual([]);
        // Revocations, and what is used once, work too.
        const [first, second] = members as [ReturnType<typeof member>, ReturnType<typeof member>];
        const [roleArn = ""] = roleArns;
        await first.broker.revoke({ roleArn });
        await expect.poll(() => second.broker.role({ roleArn }).peek(), { timeout: 15_000 }).toBeUndefined();
        expect(await first.store.once?.("id", 1000)).toBe(true);
        expect(await second.store.once?.("id", 1000)).toBe(false);
        for (const { broker, close } of members) {
          await broker.close();
          close();
        }
      },
    );

    test.each([
      ["FLUSHALL"],
      ["FLUSHDB"],
      ["SWAPDB", "0", "1"],
      ["KEYS", "*"],
      ["SCAN", "0"],
      ["MONITOR"],
      ["CONFIG", "GET", "*"],
      ["TIME"],
      ["PUBLISH", "countersign:x", "y"],
      ["GET", "another:key"],
    ])("the user may not %s", async (...command) => {
      const client = new Redis({ path: redis.path, username: "broker", password: "secret", maxRetriesPerRequest: 1 });
      client.on("error", () => undefined);
      await expect(client.call(...(command as [string, ...string[]]))).rejects.toThrow(/NOPERM|permission/u);
      client.disconnect();
    });

    test("with a missing command inside one script the store stays on, and an alarm says what is missing", async () => {
      await redis.client.call("ACL", "SETUSER", "broker", "-hset");
      const events: CountersignEvent[] = [];
      const { broker, close } = member(clients["the guide's client"] as never, events);
      for (let index = 0; index < 5; index++) await broker.role({ roleArn: aws.role(`Alarm${index}`).arn }).get();
      expect(events.filter(({ name }) => name === "store.open" || name === "store.alarm")).toMatchObject([
        { name: "store.alarm", key: "store", code: "STORE_NOPERM" },
      ]);
      await broker.close();
      close();
      await redis.client.call("ACL", "SETUSER", ...(line.split(" ") as [string, ...string[]]));
    });

    test.each([
      ["a missing command", ["broker", "-eval"], "NOPERM"],
      ["keys of another prefix", ["broker", "+hset", "resetkeys", "~other:*"], "NOPERM"],
    ])("with %s the store is off, and says why", async (_, rules, reason) => {
      await redis.client.call("ACL", "SETUSER", ...(rules as [string, ...string[]]));
      const events: CountersignEvent[] = [];
      const { broker, close } = member(clients["the guide's client"] as never, events);
      for (let index = 0; index < 5; index++) await broker.role({ roleArn: aws.role(`Off${index}`).arn }).get();
      expect(events).toContainEqual(expect.objectContaining({ name: "store.open", reason }));
      expect(broker.snapshot().store?.off).toMatchObject({ reason });
      await broker.close();
      close();
      await redis.client.call("ACL", "SETUSER", ...(line.split(" ") as [string, ...string[]]));
    });
  });
}
