import { describe, expect, it } from "vitest";
import { createVerifier, type ReceivedRequest } from "../../src/verify.ts";
import { handClock } from "../clock/hand-clock.ts";
import { type SuiteCase, suiteCases } from "../vectors/official.ts";

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

function load(
  { context, ...expected }: SuiteCase,
  form: "header" | "query",
): readonly [ReceivedRequest, ReturnType<typeof createVerifier>] {
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
  return [readText(expected[form].signedRequest), verify];
}

const cases = suiteCases("v4").flatMap((one) =>
  (["header", "query"] as const).map((form) => [one.name, form, one] as const),
);

describe("the verifier and the official vectors", () => {
  it("are all there", () => {
    expect(cases).toHaveLength(76);
  });

  it.each(cases)("accepts %s (%s)", async (_, form, one) => {
    const [request, verify] = load(one, form);
    await expect(verify(request)).resolves.toMatchObject({ accessKeyId: "AKIDEXAMPLE", form });
  });

  it.each(cases)("refuses %s (%s) after any change that its signature covers", async (_, form, one) => {
    const [request, verify] = load(one, form);
    const headers = request.headers as [string, string][];
    const changed: readonly ReceivedRequest[] = [
      { ...request, method: `${request.method}X` },
      { ...request, url: request.url.replace(/^[^?]*/, "$&x") },
      { ...request, url: `${request.url}${request.url.includes("?") ? "&" : "?"}added=1` },
      { ...request, body: `${request.body as string}x` },
      {
        ...request,
        headers: headers.map(([key, value]): [string, string] => [key, /^host$/i.test(key) ? `x${value}` : value]),
      },
    ];
    for (const forged of changed) await expect(verify(forged)).rejects.toMatchObject({ code: "SignatureDoesNotMatch" });
  });
});
