import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { createManualClock } from "@countersign/testing";
import { type CryptoKey, exportJWK, generateKeyPair, SignJWT } from "jose";
import { expect, it } from "vitest";
import { createBearerVerifier } from "../../../src/server/proof/bearer-token.ts";
import { createKeySet } from "../../../src/server/proof/key-set.ts";

const START = Date.UTC(2026, 0, 2);
const issuer = "https://id.example.com";
const { publicKey, privateKey } = await generateKeyPair("ES256");
const own = await exportJWK(publicKey);
const others = await Promise.all(
  Array.from({ length: 4 }, async () => exportJWK((await generateKeyPair("ES256")).publicKey)),
);

const tokenOf = (key: CryptoKey, kid: string | undefined): Promise<string> =>
  new SignJWT({ iss: issuer, aud: "a", sub: "alice", iat: START / 1000, exp: START / 1000 + 300 })
    .setProtectedHeader({ alg: "ES256", ...(kid !== undefined && { kid }) })
    .sign(key);

/** Verifies with these keys of the set. */
function verifierOf(keys: readonly object[]) {
  const clock = createManualClock(START);
  const source = { name: "id", refreshAfterMs: 1e9, coolDownMs: 1e9, read: async () => JSON.stringify({ keys }) };
  return createBearerVerifier({ issuer, audience: "a" }, createKeySet(source, clock), clock);
}

it.each([
  ["twice", [own, { ...own, alg: "ES256" }]],
  ["with another key", [others[0], own]],
  ["with one that cannot be imported", [{ ...others[0], x: "AA" }, own]],
])("the upstream's fault is not the caller's: a key whose id the provider has %s verifies", async (_, keys) => {
  const verify = verifierOf(keys.map((key) => ({ ...key, kid: "k" })));
  await expect(verify(await tokenOf(privateKey, "k"))).resolves.toMatchObject({ sub: "alice" });
});

/** A key of RSA, and a token that it signed; jose refuses to sign with one that is too short. */
function rsa(modulusLength: number): { readonly key: object; readonly token: string } {
  const pair: { publicKey: KeyObject; privateKey: KeyObject } = generateKeyPairSync("rsa", { modulusLength });
  const times = { iat: START / 1000, exp: START / 1000 + 300 };
  const parts = [
    { alg: "RS256", kid: "k" },
    { iss: issuer, aud: "a", sub: "alice", ...times },
  ].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"));
  const signature = sign("sha256", Buffer.from(parts.join(".")), pair.privateKey).toString("base64url");
  return { key: { ...pair.publicKey.export({ format: "jwk" }), kid: "k" }, token: [...parts, signature].join(".") };
}

it("the upstream's fault is not the caller's: a key of the provider's that is too short", async () => {
  const short = rsa(1024);
  const good = rsa(2048);
  await expect(verifierOf([short.key])(short.token)).rejects.toMatchObject({ code: "UNAVAILABLE" });
  await expect(verifierOf([short.key, good.key])(good.token)).resolves.toMatchObject({ sub: "alice" });
  for (const keys of [[good.key], [good.key, short.key], [short.key, good.key]]) {
    const forged = rsa(2048).token;
    await expect(verifierOf(keys)(forged)).rejects.toMatchObject({ code: "TOKEN_REJECTED" });
  }
});

it("the upstream's fault is not the caller's: a key id whose keys all cannot be imported", async () => {
  const verify = verifierOf(others.slice(0, 2).map((key) => ({ ...key, x: "AA", kid: "k" })));
  await expect(verify(await tokenOf(privateKey, "k"))).rejects.toMatchObject({ code: "UNAVAILABLE" });
});

it("of keys with one id a few are tried, and none for a token that names no key", async () => {
  const verify = verifierOf([...others, own].map((key) => ({ ...key, kid: "k" })));
  await expect(verify(await tokenOf(privateKey, "k"))).rejects.toMatchObject({ code: "TOKEN_REJECTED" });
  const few = verifierOf([own, others[0] as object].map((key) => ({ ...key, kid: "k" })));
  await expect(few(await tokenOf(privateKey, undefined))).rejects.toMatchObject({ code: "TOKEN_REJECTED" });
});
