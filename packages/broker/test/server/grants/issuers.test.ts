import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createManualClock } from "@countersign/testing";
import { exportJWK, generateKeyPair, type CryptoKey, type JWTPayload, SignJWT } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { IdentityProvider, VendingConfig } from "../../../src/server.ts";
import { createBearerVerifier } from "../../../src/server/proof/bearer-token.ts";
import { createKeySet } from "../../../src/server/proof/key-set.ts";
import { keysIn } from "../../../src/server/proof/key-source.ts";
import { HOST, ROLE, startVending, type Vending } from "../fixture.ts";

const CLUSTER = "https://kubernetes.default.svc.cluster.local";
const PARTNER = "https://partner.example.com/";

let folder: string;
let clusterKey: CryptoKey;
let partnerKey: CryptoKey;
let vending: Vending;

async function makeKey(name: string): Promise<CryptoKey> {
  const { privateKey, publicKey } = await generateKeyPair("ES256");
  const keys = [{ ...(await exportJWK(publicKey)), kid: name, alg: "ES256" }];
  writeFileSync(path.join(folder, `${name}.json`), JSON.stringify({ keys }));
  return privateKey;
}

const provider = (issuer: string, name: string): IdentityProvider => ({
  issuer,
  audience: "broker",
  jwksFile: path.join(folder, `${name}.json`),
});
const allow = (resource: string): object[] => [{ actions: ["sagemaker:InvokeEndpoint"], resources: [resource] }];
const endpoint = "arn:aws:sagemaker:us-east-1:123456789012:endpoint/";

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "countersign-issuers-"));
  clusterKey = await makeKey("cluster");
  partnerKey = await makeKey("partner");
  const browser = { kind: "browser", roleArn: ROLE, allow: allow(`${endpoint}{tenant}-*`) };
  vending = await startVending({
    identityProviders: [provider(CLUSTER, "cluster"), provider(PARTNER, "partner")],
    grants: {
      own: { ...browser, issuer: "https://id.example.com/" },
      partner: { ...browser, issuer: PARTNER, claims: { groups: { contains: "ml" } } },
      conditions: {
        ...browser,
        issuer: PARTNER,
        claims: { scope: { contains: "invoke" }, region: { oneOf: ["eu", "us"] }, email_verified: true, level: 3 },
      },
      pod: { kind: "serviceAccount", roleArn: ROLE, issuer: CLUSTER, serviceAccounts: ["inference/web"] },
    },
  } as Partial<VendingConfig>);
});
afterAll(async () => {
  await vending.close();
  rmSync(folder, { recursive: true });
});

function sign(key: CryptoKey, kid: string, claims: JWTPayload): Promise<string> {
  const now = Math.floor(vending.aws.clock.now() / 1000);
  return new SignJWT({ aud: "broker", sub: "alice", tenant: "acme", iat: now, exp: now + 300, ...claims })
    .setProtectedHeader({ alg: "ES256", kid })
    .sign(key);
}
const partner = (claims: JWTPayload = {}): Promise<string> =>
  sign(partnerKey, "partner", { iss: PARTNER, groups: ["ml"], ...claims });

async function pod(claims: JWTPayload, prefix = ""): Promise<{ status: number; body: Record<string, unknown> }> {
  const token = await sign(clusterKey, "cluster", {
    iss: CLUSTER,
    sub: "system:serviceaccount:inference:web",
    ...claims,
  });
  const answer = await vending.app.request(`http://${HOST}/v1/credentials/pod`, {
    headers: { host: HOST, authorization: `${prefix}${token}` },
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}

describe("of several issuers", () => {
  it("each grant takes its own issuer's tokens, and no other's", async () => {
    const own = await vending.token();
    expect((await vending.vend("own", { token: own })).status).toBe(200);
    expect((await vending.vend("partner", { token: await partner() })).status).toBe(200);
    // The same subject, signed well, for the grant of the other issuer.
    expect((await vending.vend("own", { token: await partner() })).status).toBe(401);
    expect((await vending.vend("partner", { token: own })).status).toBe(401);
    // Signed by one issuer in the name of another.
    const forged = await sign(partnerKey, "partner", {
      iss: "https://id.example.com/",
      aud: "https://broker.example.com",
    });
    // The issuer could have made this key since its keys were read a moment ago: not yet refused for good.
    expect((await vending.vend("own", { token: forged })).status).toBe(429);
    await vending.aws.clock.advance(11_000);
    expect((await vending.vend("own", { token: forged })).status).toBe(401);
  });

  it("a token for one without Bearer is not a browser's", async () => {
    const response = await vending.app.request(`https://${HOST}/v1/vend/own`, {
      method: "POST",
      headers: { host: HOST, authorization: await vending.token() },
    });
    expect(response.status).toBe(401);
  });

  it("the operator reads which check failed, and no text of the token", async () => {
    await vending.vend("own", { token: await vending.token({ exp: 1, sub: "secret-subject" }) });
    const event = vending.events.at(-1) as { reason?: string };
    expect(event.reason).toBe("the token was rejected: it has expired");
    await vending.vend("own", { token: await vending.token({ aud: "secret-audience" }) });
    expect((vending.events.at(-1) as { reason?: string }).reason).toContain("its claim aud is not accepted");
    expect(JSON.stringify(vending.events)).not.toContain("secret-");
  });
});

describe("conditions for claims", () => {
  const good = { scope: "read invoke", region: "eu", email_verified: true, level: 3 };
  it.each<[string, JWTPayload, number]>([
    ["all of them met", good, 200],
    ["a scope that contains the word as part of another", { ...good, scope: "reinvoke" }, 403],
    ["a value that is not listed", { ...good, region: "eu-2" }, 403],
    ["a list where one value is listed", { ...good, region: ["eu"] }, 403],
    ["a truth value in words", { ...good, email_verified: "true" }, 403],
    ["a number in words", { ...good, level: "3" }, 403],
    ["a claim that is missing", { scope: "invoke", region: "eu", level: 3 }, 403],
  ])("%s", async (_, claims, status) => {
    expect((await vending.vend("conditions", { token: await partner(claims) })).status).toBe(status);
  });

  it.each<[string, unknown, number]>([
    ["a list with the entry", ["a", "ml"], 200],
    ["the entry as text", "ml", 403],
    ["text that contains it", "a ml", 403],
    ["an object with it", { 0: "ml", length: 1 }, 403],
    ["a list in a list", [["ml"]], 403],
    ["an empty list", [], 403],
  ])("a group in %s", async (_, groups, status) => {
    expect((await vending.vend("partner", { token: await partner({ groups }) })).status).toBe(status);
  });

  it("a tenant whose name contains the separator of a wildcard does not reach another's endpoints", async () => {
    expect((await vending.vend("partner", { token: await partner({ tenant: "acme-eu" }) })).status).toBe(403);
    expect((await vending.vend("partner", { token: await partner({ tenant: "acme.eu" }) })).status).toBe(200);
  });
});

describe("a Kubernetes service account", () => {
  it("gets the session with its projected token, as AWS's SDKs send it; the session has its name", async () => {
    const { status, body } = await pod({});
    expect(status).toBe(200);
    expect(body).toMatchObject({ RoleArn: ROLE, Expiration: expect.stringMatching(/Z$/u) });
    const call = vending.aws.calls({ operation: "AssumeRole" }).at(-1);
    expect(JSON.stringify(call)).toContain("inference.web");
  });

  it.each<[string, JWTPayload, number]>([
    ["another account of the namespace", { sub: "system:serviceaccount:inference:batch" }, 403],
    ["an account of the same name in another namespace", { sub: "system:serviceaccount:default:web" }, 403],
    ["a user", { sub: "inference/web" }, 401],
    ["a node", { sub: "system:node:inference:web" }, 401],
    ["a namespace with a slash", { sub: "system:serviceaccount:inference/web:x" }, 401],
    ["three parts", { sub: "system:serviceaccount:inference:web:x" }, 401],
    ["the token for the cluster's own API", { aud: CLUSTER }, 401],
    ["a token of another cluster", { iss: "https://other.example.com" }, 401],
    ["an old token", { iat: 1, exp: 2 }, 401],
  ])("%s does not", async (_, claims, status) => {
    expect((await pod(claims)).status).toBe(status);
  });

  it("is not a page: its headers are refused", async () => {
    const response = await vending.app.request(`http://${HOST}/v1/credentials/pod`, {
      headers: { host: HOST, authorization: "x", origin: "https://app.example.com" },
    });
    expect(response.status).toBe(403);
  });

  it("a key that the cluster rotated is read from the file", async () => {
    const rotated = await makeKey("rotated");
    const file = path.join(folder, "rotating.json");
    const { readFileSync } = await import("node:fs");
    writeFileSync(file, readFileSync(path.join(folder, "cluster.json")));
    const clock = createManualClock(vending.aws.clock.now());
    const verify = createBearerVerifier({ ...provider(CLUSTER, "rotating") }, createKeySet(keysIn(file), clock), clock);
    const claims = { iss: CLUSTER, sub: "system:serviceaccount:inference:web" };
    await expect(verify(await sign(clusterKey, "cluster", claims))).resolves.toBeDefined();
    writeFileSync(file, readFileSync(path.join(folder, "rotated.json")));
    await clock.advance(2000);
    await expect(verify(await sign(rotated, "rotated", claims))).resolves.toBeDefined();
    await clock.advance(1000);
    await expect(verify(await sign(clusterKey, "cluster", claims))).rejects.toMatchObject({ code: "TOKEN_REJECTED" });
  });
});

describe("remote answers that move the corrected clock", () => {
  it("make no expired token valid again, and no valid one expired", async () => {
    const valid = await partner();
    const expired = await partner({
      iat: Math.floor(vending.aws.clock.wall() / 1000) - 7200,
      exp: Math.floor(vending.aws.clock.wall() / 1000) - 3600,
    });
    const moveTo = (offsetMs: number): void => {
      for (let answer = 0; answer < 3; answer++) {
        const wall = vending.aws.clock.wall();
        vending.aws.clock.observe({ date: new Date(wall + offsetMs), sentAt: wall, receivedAt: wall, confirmed: true });
      }
    };
    moveTo(-5_400_000);
    expect(vending.aws.clock.offsetMs).toBeLessThan(-5_000_000);
    expect((await vending.vend("partner", { token: expired })).status).toBe(401);
    expect((await vending.vend("partner", { token: valid })).status).toBe(200);
    moveTo(5_400_000);
    expect((await vending.vend("partner", { token: valid })).status).toBe(200);
    moveTo(0);
  });
});
