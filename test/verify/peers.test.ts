import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { createVerifier, type ReceivedRequest } from "@countersign/signer/verify";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

interface Question {
  readonly method: string;
  readonly host: string;
  readonly path: string;
  readonly query: readonly (readonly [string, string])[];
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly service: string;
  readonly region: string;
  readonly credentials: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string;
  };
  readonly presign: boolean;
}

const script = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const run = (command: string, args: readonly string[], input: string): string =>
  execFileSync(command, args, { input, encoding: "utf8", stdio: ["pipe", "pipe", "ignore"], maxBuffer: 2 ** 26 });

function hasBotocore(): boolean {
  try {
    run("python3", ["-c", "import botocore.auth"], "");
    return true;
  } catch {
    console.warn("python3 has no botocore: requests signed by botocore are SKIPPED.");
    return false;
  }
}

const peers = [
  ["smithy", (input: string) => run(process.execPath, [script("sign-with-peers.mjs"), "smithy"], input)],
  ["aws4", (input: string) => run(process.execPath, [script("sign-with-peers.mjs"), "aws4"], input)],
  ...(hasBotocore()
    ? [["botocore", (input: string) => run("python3", [script("sign_with_botocore.py")], input)] as const]
    : []),
] as const;

const token = "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWL+Q==";
const secretAccessKey = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

const text = fc.string({
  unit: fc.constantFrom(...Array.from("abcXYZ019-_.~ +/=&%?:;,@$ü日")),
  minLength: 1,
  maxLength: 8,
});
const question: fc.Arbitrary<Question> = fc.record({
  method: fc.constantFrom("GET", "POST", "PUT", "DELETE"),
  host: fc.constantFrom("runtime.sagemaker.eu-west-1.amazonaws.com", "b.s3.eu-west-1.amazonaws.com"),
  path: fc
    .array(fc.stringMatching(/^[A-Za-z0-9_~-]{1,8}(%20|%C3%BC|%3A)?$/), { minLength: 1, maxLength: 4 })
    .map((segments) => `/${segments.join("/")}`),
  query: fc.uniqueArray(fc.tuple(text, text), { maxLength: 4, selector: ([name]) => name }),
  headers: fc.record({
    "content-type": fc.constantFrom("application/json", "text/csv; charset=utf-8"),
    "x-amz-meta-a": fc.constantFrom("plain", "two  spaces", "a,b"),
  }),
  body: fc.string({ unit: "grapheme", maxLength: 40 }),
  service: fc.constantFrom("sagemaker", "s3"),
  region: fc.constant("eu-west-1"),
  credentials: fc.constantFrom(
    { accessKeyId: "AKIDEXAMPLE", secretAccessKey },
    { accessKeyId: "ASIAEXAMPLE", secretAccessKey, sessionToken: token },
  ),
  presign: fc.boolean(),
});

/** A presigned request of S3 has no body to sign; aws4 and botocore would sign one in different ways. */
const questions = fc
  .sample(question, { numRuns: 200, seed: 20_260_521 })
  .map((one) => (one.presign ? { ...one, body: "", method: "GET", headers: {} } : one));

const verify = createVerifier({
  region: "eu-west-1",
  service: ["sagemaker", "s3"],
  resolve: async (id) => ({ secretAccessKey, ...(id.startsWith("ASIA") && { sessionToken: token }) }),
});

describe.each(peers)("requests signed by %s", (_, sign) => {
  const signed = JSON.parse(sign(JSON.stringify(questions))) as readonly ReceivedRequest[];

  it("are verified", async () => {
    const refused: unknown[] = [];
    for (const [index, request] of signed.entries()) {
      await verify(request).catch((error: unknown) => refused.push([questions[index], request.url, error]));
    }
    expect(refused).toEqual([]);
    expect(signed).toHaveLength(200);
  });

  it("are refused once a byte of what they cover is changed", async () => {
    for (const request of signed) {
      await expect(verify({ ...request, url: request.url.replace(/^\/./, "/!") })).rejects.toThrow(/does not match/);
    }
  });
});
