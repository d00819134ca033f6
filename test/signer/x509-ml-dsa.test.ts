import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { signRequest } from "@countersign/signer/x509";
import { beforeAll, describe, expect, it } from "vitest";
import { runtimeBinary } from "../runtimes/binaries.ts";

interface Made {
  readonly type: string;
  readonly isValid: boolean;
  readonly wrong: string;
  readonly authorization: string;
  readonly certificate: string;
  readonly key: string;
  readonly signature: string;
}

let made: readonly Made[];
beforeAll(() => {
  const script = fileURLToPath(new URL("sign-with-ml-dsa.ts", import.meta.url));
  const args = ["--conditions=@countersign/source", "--no-warnings", script];
  made = JSON.parse(execFileSync(runtimeBinary("n24"), args, { encoding: "utf8" })) as Made[];
});

describe("ML-DSA certificates", () => {
  it("sign on Node 24, and OpenSSL's own verification accepts each", () => {
    expect(made.map(({ type, isValid, wrong }) => [type, isValid, wrong])).toEqual([
      ["ml-dsa-44", true, "INVALID_CERTIFICATE"],
      ["ml-dsa-65", true, "INVALID_CERTIFICATE"],
      ["ml-dsa-87", true, "INVALID_CERTIFICATE"],
    ]);
    for (const { authorization } of made) {
      expect(authorization).toMatch(
        /^AWS4-X509-MLDSA Credential=7\/20261123\/eu-west-1\/rolesanywhere\/aws4_request, /u,
      );
    }
  });

  const request = { method: "POST", url: "https://rolesanywhere.eu-west-1.amazonaws.com/sessions", body: "{}" };
  const context = { region: "eu-west-1", date: new Date("2026-11-23T12:00:00Z") };
  const isOld = Number(process.versions.node.split(".")[0]) < 24;

  it.runIf(isOld)("need Node 24 or a function that signs; the error says so", async () => {
    for (const { certificate, key, signature } of made) {
      await expect(signRequest(request, { ...context, certificate, key })).rejects.toMatchObject({
        code: "UNSUPPORTED_RUNTIME",
        message: "key: ML-DSA needs Node 24 or newer, or a function that signs",
      });
      const asked: string[] = [];
      const sign = (_: Uint8Array, algorithm: string): Uint8Array => {
        asked.push(algorithm);
        return Buffer.from(signature, "hex");
      };
      const { headers } = await signRequest(request, { ...context, certificate, key: sign });
      expect(headers["authorization"]).toMatch(/^AWS4-X509-MLDSA /u);
      expect(asked).toEqual(["AWS4-X509-MLDSA"]);
    }
  });
});
