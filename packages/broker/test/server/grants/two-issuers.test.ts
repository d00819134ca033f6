import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { exportJWK, generateKeyPair, type CryptoKey, type JWTPayload, SignJWT } from "jose";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { VendingConfig } from "../../../src/server.ts";
import { HOST, ROLE, startVending, type Vending } from "../fixture.ts";

const ISSUERS = { a: "https://a.example.com/", b: "https://b.example.com/" } as const;
type Name = keyof typeof ISSUERS;

let folder: string;
let vending: Vending;
const keys = {} as Record<Name, CryptoKey>;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "countersign-two-issuers-"));
  for (const name of ["a", "b"] as const) {
    const { privateKey, publicKey } = await generateKeyPair("ES256");
    keys[name] = privateKey;
    // The same key id at both.
    const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: "k", alg: "ES256" }] };
    writeFileSync(path.join(folder, `${name}.json`), JSON.stringify(jwks));
  }
  const grant = (name: Name): object => ({
    kind: "browser",
    roleArn: ROLE,
    issuer: ISSUERS[name],
    tenantClaim: "tenant",
    allow: [
      { actions: ["sagemaker:InvokeEndpoint"], resources: ["arn:aws:sagemaker:us-east-1:123456789012:endpoint/x"] },
    ],
  });
  const pod = (name: Name): object => ({
    kind: "serviceAccount",
    roleArn: ROLE,
    issuer: ISSUERS[name],
    serviceAccounts: ["ml/web"],
  });
  vending = await startVending({
    identityProvider: undefined,
    identityProviders: (["a", "b"] as const).map((name) => ({
      issuer: ISSUERS[name],
      audience: "broker",
      jwksFile: path.join(folder, `${name}.json`),
    })),
    grants: { a: grant("a"), b: grant("b"), "pod-a": pod("a"), "pod-b": pod("b") },
  } as Partial<VendingConfig>);
});
afterAll(async () => {
  await vending.close();
  rmSync(folder, { recursive: true });
});

function token(name: Name, claims: JWTPayload = {}): Promise<string> {
  const now = Math.floor(vending.aws.clock.now() / 1000);
  return new SignJWT({
    iss: ISSUERS[name],
    aud: "broker",
    sub: "alice",
    tenant: "acme",
    iat: now,
    exp: now + 300,
    ...claims,
  })
    .setProtectedHeader({ alg: "ES256", kid: "k" })
    .sign(keys[name]);
}

async function keyOf(name: Name): Promise<string> {
  const answer = await vending.vend(name, { token: await token(name) });
  expect(answer.status).toBe(200);
  return ((await answer.json()) as { accessKeyId: string }).accessKeyId;
}

it("kind: a cache key holds the principal: equal subjects and tenants of two issuers share no session", async () => {
  const [first, second] = [await keyOf("a"), await keyOf("b")];
  expect(second).not.toBe(first);
  expect(await keyOf("a")).toBe(first);
  const named = vending.aws.calls({ operation: "AssumeRole" }).map((call) => JSON.stringify(call).includes("alice"));
  expect(named).toEqual([true, true]);
  const subjects = vending.events.flatMap((event) => (event.name === "vend.ok" ? [event.subject] : []));
  expect(new Set(subjects).size).toBe(2);
});

it("a tenant of one issuer is revoked without the tenant of the same name of the other", async () => {
  const before = [await keyOf("a"), await keyOf("b")];
  await vending.broker.revoke({ tenant: "acme", issuer: ISSUERS.a });
  const after = [await keyOf("a"), await keyOf("b")];
  expect(after[0]).not.toBe(before[0]);
  expect(after[1]).toBe(before[1]);
});

it("a revocation without an issuer leaves no tenant of that name", async () => {
  const before = new Set([await keyOf("a"), await keyOf("b")]);
  await vending.broker.revoke({ tenant: "acme", roleArn: ROLE });
  const after = [await keyOf("a"), await keyOf("b")];
  expect(after.filter((key) => before.has(key))).toEqual([]);
});

it("an issuer is revoked whole, service accounts too, and the other is not", async () => {
  const pod = async (name: Name): Promise<unknown> => {
    const answer = await vending.app.request(`http://${HOST}/v1/credentials/pod-${name}`, {
      headers: { host: HOST, authorization: await token(name, { sub: "system:serviceaccount:ml:web" }) },
    });
    return ((await answer.json()) as { AccessKeyId?: string }).AccessKeyId;
  };
  const before = [await keyOf("a"), await keyOf("b"), await pod("a"), await pod("b")];
  await vending.broker.revoke({ issuer: ISSUERS.a });
  const after = [await keyOf("a"), await keyOf("b"), await pod("a"), await pod("b")];
  expect(after.map((key, index) => key === before[index])).toEqual([false, true, false, true]);
});
