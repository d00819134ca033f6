import { afterAll, beforeAll, expect, it } from "vitest";
import { createBroker } from "../../../src/index.ts";
import { createVendingApp, proveIdentity, type VendingApp } from "../../../src/server.ts";
import { memoryStore } from "../../store/memory-store.ts";
import { AUDIENCE, HOST, startVending, transportToLocalSts, type Vending } from "../fixture.ts";

let vending: Vending;
beforeAll(async () => {
  vending = await startVending({}, transportToLocalSts);
});
afterAll(() => vending.close());

const prove = (credentials = vending.aws.role("batch").session()): ReturnType<typeof proveIdentity> =>
  proveIdentity({ credentials, region: "us-east-1", audience: AUDIENCE, clock: vending.aws.clock });
const present = async (app: VendingApp, proof: unknown): Promise<number> =>
  (
    await app.request(`https://${HOST}/v1/identity/batch`, {
      method: "POST",
      headers: { host: HOST, "content-type": "application/json" },
      body: JSON.stringify(proof),
    })
  ).status;

it("32 workers with the same instance credentials prove themselves in one second", async () => {
  const credentials = vending.aws.role("batch").session();
  const proofs = await Promise.all(Array.from({ length: 32 }, () => prove(credentials)));
  expect(new Set(proofs.map(({ headers }) => headers["authorization"])).size).toBe(32);
  await Promise.all(proofs.map((proof) => present(vending.app, proof)));
  const refusals = vending.events.filter(({ name }) => name === "vend.denied");
  expect(refusals).toEqual([]);
});

it.each(["", "short", "with space in it!", "x".repeat(129)])("a nonce of %j is refused", async (nonce) => {
  const proof = await prove();
  expect(await present(vending.app, { ...proof, headers: { ...proof.headers, "x-countersign-nonce": nonce } })).toBe(
    401,
  );
});

it("a proof without a nonce, or with one that is not signed, is refused", async () => {
  const { region, headers } = await prove();
  const { "x-countersign-nonce": _nonce, ...without } = headers;
  expect(await present(vending.app, { region, headers: without })).toBe(401);
  const signedHeaders = headers["authorization"]?.replace(";x-countersign-nonce", "");
  expect(await present(vending.app, { region, headers: { ...headers, authorization: signedHeaders } })).toBe(401);
});

it("a proof is accepted once by all servers on a store, also after a restart", async () => {
  const store = { ...memoryStore(), ...onceInMemory() };
  const replica = (): { app: VendingApp; close(): Promise<void> } => {
    const broker = createBroker({
      region: vending.aws.region,
      credentials: { id: "service", provider: async () => vending.aws.user },
      endpoint: { url: vending.aws.url.sts },
      transport: vending.transport,
      clock: vending.aws.clock,
      store,
    });
    const app = createVendingApp(broker, { ...vending.config });
    return { app, close: async () => [await app.drain(), await broker.close()][0] };
  };
  const [one, two] = [replica(), replica()];
  const proof = await prove();
  expect(await present(one.app, proof)).toBe(200);
  expect(await present(one.app, proof)).toBe(401);
  expect(await present(two.app, proof)).toBe(401);
  await two.close();
  const restarted = replica();
  expect(await present(restarted.app, proof)).toBe(401);
  expect(await present(restarted.app, await prove())).toBe(200);

  // While the store is off a proof must be fresh.
  store.fails = true;
  const stale = await prove();
  await vending.aws.clock.advance(31_000);
  expect(await present(restarted.app, stale)).toBe(503);
  expect(await present(restarted.app, await prove())).toBe(200);
  await one.close();
  await restarted.close();
});

function onceInMemory() {
  const used = new Set<string>();
  return {
    fails: false,
    async once(this: { fails: boolean }, id: string): Promise<boolean> {
      if (this.fails) throw new Error("down");
      if (used.has(id)) return false;
      used.add(id);
      return true;
    },
  };
}
