import { generateKeyPairSync, type KeyObject, verify } from "node:crypto";
import { deriveKeyPair, type KeyPair, signRequest as signV4a } from "@countersign/signer/v4a";
import { signRequest } from "@countersign/signer/x509";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Authority, createAuthority, EC, type Issued, RSA } from "./authority.ts";

let authority: Authority;
let leaf: Record<"rsa" | "ec", Issued>;
beforeAll(() => {
  authority = createAuthority();
  const by = authority.intermediate;
  leaf = { rsa: authority.issue("rsa", RSA, { by }), ec: authority.issue("ec", EC, { by }) };
});
afterAll(() => authority[Symbol.dispose]());

const request = {
  method: "POST",
  url: "https://rolesanywhere.eu-west-1.amazonaws.com/sessions",
  headers: {},
  body: "{}",
};
// The certificates are valid from the second in which they were made.
const date = new Date(Date.now() + 60_000);
const sign = (certificate: string | Uint8Array, key: string) =>
  signRequest(request, { certificate, key, region: "eu-west-1", date });
const refused = { name: "SignerError", code: "INVALID_CERTIFICATE" };
const spoiled = (pem: string): string => pem.replace("-----\n", "-----\nProc-Type: 4,ENCRYPTED\n");

describe("kind: a gate that cannot judge refuses: certificates", () => {
  it("whose first block cannot be read do not give way to the next one", async () => {
    await expect(sign(spoiled(leaf.rsa.certificate) + leaf.ec.certificate, leaf.ec.key)).rejects.toMatchObject(refused);
  });

  it.each<[string, (pem: string) => string]>([
    ["cannot be read", spoiled],
    ["does not end", (pem) => pem.replace(/-----END[^]*/u, "")],
    ["is in OpenSSL's trusted form", (pem) => pem.replaceAll("CERTIFICATE", "TRUSTED CERTIFICATE")],
  ])("whose chain has one that %s", async (_what, spoil) => {
    const { certificate, key } = leaf.rsa;
    await expect(sign(certificate + spoil(authority.intermediate.certificate), key)).rejects.toMatchObject(refused);
  });

  it("that are PEM in bytes are read whole", async () => {
    const { certificate, key } = leaf.rsa;
    const bytes = new TextEncoder().encode(certificate + authority.intermediate.certificate);
    const { headers } = await sign(bytes, key);
    expect(headers["x-amz-x509-chain"]).toBe(
      authority.intermediate.certificate.replaceAll(/-----[A-Z ]+-----|\s/gu, ""),
    );
  });

  it.each(["notBefore", "notAfter"])("whose %s is not a time", async (field) => {
    const der = Buffer.from(leaf.rsa.certificate.replaceAll(/-----[A-Z ]+-----|\s/gu, ""), "base64");
    // UTCTime of 13 characters (X.690, section 11.8).
    const time = Buffer.from([0x17, 0x0d]);
    let at = der.indexOf(time);
    if (field === "notAfter") at = der.indexOf(time, at + 15);
    der.write("269913991399Z", at + 2, "latin1");
    await expect(sign(der, leaf.rsa.key)).rejects.toMatchObject(refused);
  });

  it("may have text around them, line ends of Windows and a byte order mark", async () => {
    const { certificate, key } = leaf.rsa;
    const pem = `\uFEFFBag Attributes\r\n${certificate.replaceAll("\n", "\r\n")}junk`;
    await expect(sign(pem, `\uFEFF${key.replaceAll("\n", "\r\n")}`)).resolves.toMatchObject({
      signature: expect.stringMatching(/^[\da-f]{512}$/u),
    });
  });
});

describe("kind: options are own properties: keys", () => {
  // On a polluted Object.prototype: Node ends the process for `passphrase`, and signs in another form for the others.
  it.each<[string, unknown]>([
    ["passphrase", "x"],
    ["padding", 6],
    ["saltLength", 3],
    ["dsaEncoding", "ieee-p1363"],
    ["format", "der"],
    ["type", "pkcs1"],
  ])("read no %s that they inherit", async (name, value) => {
    const { publicKey, privateKey } = deriveKeyPair({ accessKeyId: "AKID", secretAccessKey: "s" });
    // eslint-disable-next-line no-extend-native
    Object.defineProperty(Object.prototype, name, { value, configurable: true, writable: true });
    const outcomes = await Promise.allSettled([
      sign(leaf.rsa.certificate, leaf.rsa.key),
      sign(leaf.ec.certificate, leaf.ec.key),
      (async () =>
        signV4a(request, {
          credentials: { accessKeyId: "AKID", secretAccessKey: "s" },
          signingKey: { publicKey, privateKey },
          region: "*",
          service: "s3",
          date,
        }))(),
    ]).finally(() => Reflect.deleteProperty(Object.prototype, name));
    expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "fulfilled"]);
    const v4a = outcomes[2].status === "fulfilled" ? outcomes[2].value : undefined;
    const isValid = verify(
      "sha256",
      Buffer.from(v4a?.stringToSign ?? ""),
      publicKey as KeyObject,
      Buffer.from(v4a?.signature ?? "", "hex"),
    );
    expect(isValid).toBe(true);
  });
});

it("kind: no raw error is reachable by input: a key of SigV4a that only looks like one", () => {
  const { publicKey } = generateKeyPairSync("ed25519");
  for (const privateKey of [{ export: () => undefined }, publicKey]) {
    expect(() =>
      signV4a(request, {
        credentials: { accessKeyId: "AKID", secretAccessKey: "s" },
        signingKey: { publicKey, privateKey } as KeyPair,
        region: "*",
        service: "s3",
        date,
      }),
    ).toThrow(expect.objectContaining({ name: "SignerError", code: "INVALID_OPTION" }));
  }
});
