import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import type { StoredSession, StoreSlot } from "@countersign/broker";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isInstalled, nameOf, SERVERS } from "../redis.ts";
import { CLIENTS, type OpenStore } from "./clients.ts";
import { type Address, createServerGroup, type Node, type ServerGroup } from "./programs.ts";

const guide = readFileSync(new URL("../../../docs/broker-guide.md", import.meta.url), "utf8");
/** The access list of the guide, and what it adds for a cluster, as they stand there. */
const [, acl = ""] = /```acl\n\s*user (.+)\n\s*```/u.exec(guide) ?? [];
const [, clusterAcl = ""] = /For a cluster add `([^`]+)`/u.exec(guide) ?? [];
const [, sentinelAcl = ""] = /suffices:\n\n\s*```acl\n\s*user (.+)\n/u.exec(guide) ?? [];

let serial = 0;
/** A session's place. Its subjects are of this test alone, so that its revocations void no session of another test. */
function newSlot(): StoreSlot {
  serial += 1;
  const key = randomBytes(32).toString("hex");
  const subjects = [`all-${serial}`, `role-${serial}`];
  return { key, canon: `{"serial":${serial}}`, subjects, operation: "AssumeRole", input: {} };
}
function sessionFor(ms: number, epochs: readonly number[] = [0, 0]): StoredSession {
  const expiration = new Date(Math.floor(Date.now() / 1000) * 1000 + ms);
  const credentials = { accessKeyId: `ASIA${ms}`, secretAccessKey: "secret-key", sessionToken: "token", expiration };
  return { credentials, issuedAt: Date.now(), epochs };
}

/** What a store must do on every server and with every client. Two processes use it. */
async function checkStore(one: OpenStore["store"], two: OpenStore["store"]): Promise<void> {
  const slot = newSlot();
  // At once: a client that was just made is still connecting.
  const [cold, second] = await Promise.all([one.read(slot), two.read(slot)]);
  expect(cold).toEqual({ revocations: [] });
  expect(second).toEqual(cold);

  const token = await one.lock?.(slot, 2000);
  expect(token).toEqual(expect.any(String));
  expect(await two.lock?.(slot, 2000)).toBeUndefined();
  expect(await two.extend?.(slot, "of another", 2000)).toBe(false);
  expect(await one.extend?.(slot, token ?? "", 2000)).toBe(true);
  expect(await one.write(slot, sessionFor(3_600_000))).toBe(true);
  await one.unlock?.(slot, token ?? "");
  const next = await two.lock?.(slot, 100);
  expect(next).toEqual(expect.any(String));
  expect(await one.extend?.(slot, token ?? "", 2000)).toBe(false);

  expect((await two.read(slot)).session).toMatchObject({ epochs: [0, 0] });
  expect((await two.read(slot)).session?.credentials).toMatchObject({
    accessKeyId: "ASIA3600000",
    sessionToken: "token",
  });
  // The session that lasts longer stays.
  expect(await two.write(slot, sessionFor(1_800_000))).toBe(false);

  const [, subject = ""] = slot.subjects;
  const now = Date.now();
  const revocation = await two.revoke?.({ subject, epoch: now, issuedBefore: 0 }, "new");
  expect(revocation).toEqual({ subject, epoch: now, issuedBefore: 0 });
  expect((await one.read(slot)).revocations).toEqual([revocation]);
  expect((await one.revocations?.())?.revocations).toContainEqual(revocation);
  expect(await one.write(slot, sessionFor(7_200_000))).toBe(false);
  expect(await one.write(slot, sessionFor(3_600_000, [0, now]))).toBe(true);

  expect(await Promise.all([one.once?.(slot.key, 1000), two.once?.(slot.key, 1000)])).toContain(true);
  expect(await one.once?.(slot.key, 1000)).toBe(false);
  await two.drop(slot);
  expect((await one.read(slot)).session).toBeUndefined();
}

for (const program of SERVERS) {
  describe.skipIf(!isInstalled(program))(`on ${nameOf(program)}`, () => {
    let group: ServerGroup;
    let standalone: Awaited<ReturnType<ServerGroup["standalone"]>>;
    let cluster: { address: Address; nodes: readonly Node[] };
    let sentinel: { address: Address; primary: Node; replica: Node };
    beforeAll(async () => {
      group = createServerGroup(program, { acl, clusterAcl, sentinelAcl });
      [standalone, cluster, sentinel] = await Promise.all([group.standalone(), group.cluster(), group.sentinel()]);
    });
    afterAll(() => group.stop());

    const opened: OpenStore[] = [];
    function open(client: string, address: Address, namespace: string): OpenStore["store"] {
      const made = (CLIENTS[client] as (typeof CLIENTS)[string])(address, namespace);
      opened.push(made);
      return made.store;
    }
    const closeAll = (): void => {
      for (const store of opened.splice(0)) store.close();
    };

    describe.each(Object.keys(CLIENTS))("with %s", (client) => {
      test.each([
        ["one server", () => standalone.plain],
        ["one server, as the guide's user", () => standalone.withUser],
        ["one server over TLS, as the guide's user", () => standalone.withTls],
        ["a primary found by a sentinel, over TLS", () => sentinel.address],
      ] as const)("%s", async (_, address) => {
        const [one, two] = [open(client, address(), "conformance"), open(client, address(), "conformance")];
        await expect(checkStore(one, two).finally(closeAll)).resolves.toBeUndefined();
      });

      test("each node of a cluster over TLS, and a slot that moves to another node", async () => {
        const [first, second] = cluster.nodes as [Node, Node];
        try {
          const used = new Set<number>();
          for (let index = 0; used.size < 3; index++) {
            const namespace = `service-${index}`;
            const slot = Number(await first.client.call("CLUSTER", ["KEYSLOT", `countersign:{${namespace}}`]));
            const node = slot <= 5460 ? 0 : slot <= 10_922 ? 1 : 2;
            if (used.has(node)) continue;
            used.add(node);
            await checkStore(open(client, cluster.address, namespace), open(client, cluster.address, namespace));
          }
          // An empty slot of the first node moves to the second. Clients that know the first follow its answer MOVED.
          const namespace = `moved-${client.replaceAll(/\W/gu, "-")}`;
          const store = open(client, cluster.address, namespace);
          expect(await store.read(newSlot())).toEqual({ revocations: [] });
          const slot = Number(await first.client.call("CLUSTER", ["KEYSLOT", `countersign:{${namespace}}`]));
          const owner = slot <= 5460 ? first : second;
          const target = owner === first ? second : first;
          const id = String(await target.client.call("CLUSTER", ["MYID"]));
          for (const { client: node } of [target, ...cluster.nodes.filter((one) => one !== target)]) {
            await node.call("CLUSTER", ["SETSLOT", slot, "NODE", id]);
          }
          await checkStore(store, open(client, cluster.address, namespace));
        } finally {
          closeAll();
        }
      });
    });

    // The last one: it ends the primary.
    test("all clients follow the sentinel to the replica when the primary dies", async () => {
      try {
        const names = Object.keys(CLIENTS);
        const stores = names.map((client) => open(client, sentinel.address, "failover"));
        const slot = newSlot();
        for (const store of stores) expect(await store.read(slot)).toEqual({ revocations: [] });
        await sentinel.primary.kill();
        for (const [index, store] of stores.entries()) {
          const written = async (): Promise<boolean> => {
            const late = new Promise<boolean>((resolve) => setTimeout(resolve, 150, false));
            return Promise.race([late, store.write(slot, sessionFor((index + 1) * 3_600_000)).catch(() => false)]);
          };
          await expect.poll(written, { timeout: 15_000, interval: 100, message: names[index] ?? "" }).toBe(true);
        }
      } finally {
        closeAll();
      }
    });
  });
}
