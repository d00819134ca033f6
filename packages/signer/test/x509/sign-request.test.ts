import { createHash, createPrivateKey, X509Certificate } from "node:crypto";
import { applySignature, signRequest, type X509Context } from "@countersign/signer/x509";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as elsewhere from "../../src/platform/web/x509.ts";
import { type Authority, createAuthority, EC, EC_384, type Issued, RSA } from "./authority.ts";

let authority: Authority;
let leaf: Record<"rsa" | "ec" | "ec384", Issued>;
const SERIAL = "0xF0E1D2C3B4A5968778695A4B3C2D1E0F";
beforeAll(() => {
  authority = createAuthority();
  const by = authority.intermediate;
  leaf = {
    rsa: authority.issue("rsa", RSA, { by, serial: SERIAL }),
    ec: authority.issue("ec", EC, { by, serial: "0x7f" }),
    ec384: authority.issue("ec384", EC_384, { by }),
  };
});
afterAll(() => authority[Symbol.dispose]());

const url =
  "https://rolesanywhere.eu-west-1.amazonaws.com/sessions?profileArn=arn%3Aaws%3Arolesanywhere%3Aeu-west-1%3A111122223333%3Aprofile%2Fp";
const request = {
  method: "POST",
  url,
  headers: { "content-type": "application/json" },
  body: '{"durationSeconds":900}',
};
// The certificates are valid from the second in which they were made.
const date = new Date(Date.now() + 60_000);
const contextOf = ({ certificate, key }: Issued, change: Partial<X509Context> = {}): X509Context => ({
  certificate,
  key,
  region: "eu-west-1",
  date,
  ...change,
});
const base64Of = (pem: string): string => pem.replaceAll(/-----[A-Z ]+-----|\s/g, "");
const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

/** What OpenSSL's command says of a signature over a text. */
function opensslAccepts(issued: Issued, text: string, signature: string): boolean {
  const publicKey = authority.write(
    "public.pem",
    authority.openssl("x509", "-in", issued.certificateFile, "-pubkey", "-noout"),
  );
  const given = authority.write("signature.bin", Buffer.from(signature, "hex"));
  try {
    const said = authority.openssl(
      "dgst",
      "-sha256",
      "-verify",
      publicKey,
      "-signature",
      given,
      authority.write("text", text),
    );
    return said.trim() === "Verified OK";
  } catch {
    return false;
  }
}

describe("a request signed with a certificate", () => {
  it.each([
    ["rsa", "AWS4-X509-RSA-SHA256", BigInt(SERIAL).toString()],
    ["ec", "AWS4-X509-ECDSA-SHA256", "127"],
    ["ec384", "AWS4-X509-ECDSA-SHA256", "1"],
  ] as const)(
    "with a key of %s is accepted by OpenSSL, byte for byte as AWS documents it",
    async (kind, algorithm, serial) => {
      const { certificate } = leaf[kind];
      const chain = authority.intermediate.certificate;
      const signature = await signRequest(request, contextOf(leaf[kind], { chain }));
      const headers = applySignature(request, signature).headers;

      // The steps of AWS's page, written out by hand.
      const time = date.toISOString().replaceAll(/[-:]|\.\d+/g, "");
      const scope = `${time.slice(0, 8)}/eu-west-1/rolesanywhere/aws4_request`;
      const names = "content-type;host;x-amz-date;x-amz-x509;x-amz-x509-chain";
      const canonical = [
        "POST",
        "/sessions",
        url.slice(url.indexOf("?") + 1),
        "content-type:application/json",
        "host:rolesanywhere.eu-west-1.amazonaws.com",
        `x-amz-date:${time}`,
        `x-amz-x509:${base64Of(certificate)}`,
        `x-amz-x509-chain:${base64Of(chain)}`,
        "",
        names,
        sha256(request.body),
      ].join("\n");
      const text = [algorithm, time, scope, sha256(canonical)].join("\n");
      expect(signature.canonicalRequest).toBe(canonical);
      expect(signature.stringToSign).toBe(text);
      expect(headers["authorization"]).toBe(
        `${algorithm} Credential=${serial}/${scope}, SignedHeaders=${names}, Signature=${signature.signature}`,
      );
      expect(opensslAccepts(leaf[kind], text, signature.signature)).toBe(true);
      expect(opensslAccepts(leaf[kind], text.replace("eu-west-1", "eu-west-2"), signature.signature)).toBe(false);
      expect(JSON.stringify(signature)).not.toContain(base64Of(certificate).slice(0, 60));
    },
  );

  it("takes a KeyObject, DER, and a PEM text that goes on with the chain", async () => {
    const { certificate, key } = leaf.ec;
    const der = new X509Certificate(certificate).raw;
    const full = certificate + authority.intermediate.certificate;
    for (const change of [
      { key: createPrivateKey(key) },
      { certificate: der },
      { certificate: full },
      { chain: [der] },
    ]) {
      const { headers, stringToSign, signature } = await signRequest(request, contextOf(leaf.ec, change));
      expect(headers["x-amz-x509"]).toBe(base64Of(certificate));
      expect(Object.hasOwn(headers, "x-amz-x509-chain")).toBe(
        change.certificate === full || change.chain !== undefined,
      );
      expect(opensslAccepts(leaf.ec, stringToSign, signature)).toBe(true);
    }
  });

  it("takes a function for a key that cannot be exported", async () => {
    const asked: string[] = [];
    const key = async (data: Uint8Array, algorithm: string): Promise<Uint8Array> => {
      asked.push(algorithm);
      const file = authority.write("data", data);
      authority.openssl("dgst", "-sha256", "-sign", leaf.rsa.keyFile, "-out", "made.bin", file);
      return Buffer.from(authority.openssl("base64", "-in", "made.bin"), "base64");
    };
    const { stringToSign, signature } = await signRequest(request, contextOf(leaf.rsa, { key }));
    expect(asked).toEqual(["AWS4-X509-RSA-SHA256"]);
    expect(opensslAccepts(leaf.rsa, stringToSign, signature)).toBe(true);
  });

  it("replaces certificates that the request already names", async () => {
    const headers = { "X-Amz-X509": "bm90IG1pbmU=", "x-amz-x509-chain": "b2xk" };
    const signature = await signRequest({ ...request, headers }, contextOf(leaf.ec));
    expect(signature.signedHeaders).toBe("host;x-amz-date;x-amz-x509");
    expect(signature.canonicalRequest).not.toContain("bm90IG1pbmU");
  });
});

describe("is refused:", () => {
  const day = 86_400_000;
  const junk = "-----BEGIN CERTIFICATE-----\nbm8=\n-----END CERTIFICATE-----\n";
  it.each<readonly [string, () => object, string, RegExp]>([
    [
      "the key of another certificate",
      () => ({ key: authority.issue("other", EC).key }),
      "INVALID_CERTIFICATE",
      /^key: /,
    ],
    ["a key of another type", () => ({ key: leaf.rsa.key }), "INVALID_CERTIFICATE", /^key: /],
    [
      "a function that signs with another key",
      () => ({ key: () => new Uint8Array(70) }),
      "INVALID_CERTIFICATE",
      /^key: /,
    ],
    ["a function that returns text", () => ({ key: () => "3045" }), "INVALID_OPTION", /^key: must return/],
    [
      "an expired certificate",
      () => ({ date: new Date(Date.now() + 31 * day) }),
      "CREDENTIALS_EXPIRED",
      /^certificate: expired at /,
    ],
    [
      "a certificate that is not valid yet",
      () => ({ date: new Date(Date.now() - day) }),
      "INVALID_CERTIFICATE",
      /becomes valid at/,
    ],
    ["an authority", () => authority.root, "INVALID_CERTIFICATE", /must be an end-entity certificate/],
    [
      "a damaged certificate",
      () => ({ certificate: junk }),
      "INVALID_CERTIFICATE",
      /^certificate: must be a certificate as PEM or DER/,
    ],
    ["a damaged chain", () => ({ chain: [leaf.ec.certificate, junk] }), "INVALID_CERTIFICATE", /^chain: /],
    ["text without a certificate", () => ({ certificate: leaf.ec.key }), "INVALID_CERTIFICATE", /must have 1 to 10/],
    [
      "a chain without an end",
      () => ({ chain: Array(11).fill(leaf.ec.certificate) as string[] }),
      "INVALID_CERTIFICATE",
      /^chain: .* 1 to 10/,
    ],
    [
      "a PEM file without an end",
      () => ({ certificate: leaf.ec.certificate.padEnd(200_000) }),
      "INVALID_CERTIFICATE",
      /at most 131072/,
    ],
    ["a public key", () => ({ key: leaf.ec.certificate }), "INVALID_OPTION", /^key: must be a private key/],
    [
      "a key with a password",
      () => ({ key: authority.openssl("pkcs8", "-topk8", "-in", leaf.ec.keyFile, "-passout", "pass:x") }),
      "INVALID_OPTION",
      /without a password/,
    ],
    ["a missing key", () => ({ key: undefined }), "INVALID_OPTION", /^key: /],
    ["a missing certificate", () => ({ certificate: undefined }), "INVALID_OPTION", /^certificate: /],
    ["a misspelt option", () => ({ regoin: "eu-west-1" }), "INVALID_OPTION", /region/],
    ["a Region with a path", () => ({ region: "eu/west" }), "INVALID_REGION", /^region: /],
    ["an invalid date", () => ({ date: new Date(Number.NaN) }), "INVALID_DATE", /^date: /],
  ])("%s", async (_, change, code, message) => {
    const thrown = await signRequest(request, contextOf(leaf.ec, pick(change()))).catch((error: unknown) => error);
    expect(thrown).toMatchObject({ name: "SignerError", code, message: expect.stringMatching(message) });
    expect((thrown as Error).message).not.toContain("PRIVATE");
  });

  it("a runtime without node:crypto", () => {
    const refusal = expect.objectContaining({ code: "UNSUPPORTED_RUNTIME" });
    expect(() => elsewhere.readCertificate(new Uint8Array(1))).toThrow(refusal);
    expect(() => elsewhere.readPrivateKey("key")).toThrow(refusal);
  });
});

/** Without the files of what the authority issued. */
function pick(change: object): object {
  const { certificateFile: _, keyFile: __, ...rest } = change as Issued;
  return rest;
}
