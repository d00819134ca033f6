import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { createVerifier, type ReceivedRequest } from "../../src/verify.ts";
import { handClock } from "../hand-clock.ts";

const root = new URL("../../../../../shared/vectors/", import.meta.url);
const suite = new URL("aws-c-auth/v4/", root);
const present = existsSync(suite);
if (!present) console.warn(`The official signing vectors are not at ${suite.pathname}: SKIPPED.`);

interface Context {
  readonly credentials: {
    readonly access_key_id: string;
    readonly secret_access_key: string;
    readonly token?: string;
  };
  readonly timestamp: string;
  readonly region: string;
  readonly service: string;
  readonly normalize: boolean;
}

/** Reads the suite's notation: LF line ends, a raw target that may hold spaces, folded header lines. */
function readText(text: string): ReceivedRequest {
  const blank = text.indexOf("\n\n");
  const [head, body] = blank < 0 ? [text, ""] : [text.slice(0, blank), text.slice(blank + 2)];
  const [requestLine = "", ...lines] = head.replaceAll(/\n +/g, " ").split("\n");
  const [, method = "", url = ""] = /^(\S+) (.*) HTTP\/1\.1$/.exec(requestLine) ?? [];
  const headers = lines.filter(Boolean).map((line): [string, string] => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon), line.slice(colon + 1)];
  });
  return { method, url, headers, body };
}

function load(name: string, form: string): { request: ReceivedRequest; verify: ReturnType<typeof createVerifier> } {
  const read = (file: string): string => readFileSync(new URL(`${name}/${file}`, suite), "utf8");
  const context = JSON.parse(read("context.json")) as Context;
  const verify = createVerifier({
    region: context.region,
    service: context.service,
    clock: handClock(Date.parse(context.timestamp)),
    ...(!context.normalize && { pathNormalization: "none" }),
    resolve: async (id) =>
      id === context.credentials.access_key_id
        ? { secretAccessKey: context.credentials.secret_access_key, sessionToken: context.credentials.token }
        : undefined,
  });
  return { request: readText(read(`${form}-signed-request.txt`)), verify };
}

const cases = present
  ? readdirSync(suite).flatMap((name) => [[name, "header"] as const, [name, "query"] as const])
  : [];

describe.skipIf(!present)("the verifier and the official vectors", () => {
  it("are all there", () => {
    expect(cases).toHaveLength(76);
  });

  it.each(cases)("accepts %s (%s)", async (name, form) => {
    const { request, verify } = load(name, form);
    await expect(verify(request)).resolves.toMatchObject({ accessKeyId: "AKIDEXAMPLE", form });
  });

  it.each(cases)("refuses %s (%s) after any change that its signature covers", async (name, form) => {
    const { request, verify } = load(name, form);
    const headers = request.headers as [string, string][];
    const changed: readonly ReceivedRequest[] = [
      { ...request, method: `${request.method}X` },
      { ...request, url: request.url.replace(/^[^?]*/, "$&x") },
      { ...request, url: `${request.url}${request.url.includes("?") ? "&" : "?"}added=1` },
      { ...request, body: `${request.body as string}x` },
      { ...request, headers: headers.map(([key, value]) => [key, /^host$/i.test(key) ? `x${value}` : value]) },
    ];
    for (const one of changed) await expect(verify(one)).rejects.toMatchObject({ code: "SignatureDoesNotMatch" });
  });
});
