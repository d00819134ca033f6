import { Readable } from "node:stream";
import { createClock } from "@countersign/signer";
import type { HttpHandler } from "@countersign/transport";
import { describe, expect, it, test } from "vitest";
import { createStsClient } from "../../src/sts/sts-client.ts";
import { timeRefusal } from "../../src/sts/time-refusal.ts";

describe("a refusal for the request's time", () => {
  it.each<[string, unknown, string | undefined]>([
    [
      "an expired signature, with the time of STS",
      {
        name: "SignatureDoesNotMatch",
        message: "Signature expired: 20261123T120000Z is now earlier than 20261123T125500Z (20261123T130000Z - 5 min.)",
      },
      "2026-11-23T13:00:00.000Z",
    ],
    [
      "one from the future",
      {
        name: "SignatureDoesNotMatch",
        message:
          "Signature not yet current: 20261123T140000Z is still later than 20261123T130500Z (20261123T130000Z + 5 min.)",
      },
      "2026-11-23T13:00:00.000Z",
    ],
    ["a text without a time", { name: "InvalidSignatureException", message: "Signature not yet current" }, undefined],
    ["a code alone", { name: "RequestExpired", message: "x" }, undefined],
  ])("is %s", (_, error, stated) => {
    expect(timeRefusal(error)).toEqual({ date: stated === undefined ? undefined : new Date(stated) });
  });

  it.each([
    { name: "AccessDenied", message: "not authorized" },
    { name: "SignatureDoesNotMatch", message: "The request signature we calculated does not match" },
    { name: "ExpiredTokenException", message: "The security token included in the request is expired" },
    undefined,
    "text",
  ])("is not %o", (error) => {
    expect(timeRefusal(error)).toBeUndefined();
  });
});

const HOUR = 3_600_000;
const xml = (code: string, message: string): string =>
  `<ErrorResponse><Error><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`;

/** STS that tells a `Date` of its own choice, and refuses with what `refusalOf` says of the request's error in time. */
function scene(offMs: number, refusalOf: (errorMs: number) => string | undefined) {
  const clock = createClock();
  const handle = async ({ headers }: { readonly headers: Readonly<Record<string, string>> }) => {
    const basic = headers["x-amz-date"] ?? "";
    const signedAt = Date.parse(basic.replace(/^(....)(..)(.....)(..)/u, "$1-$2-$3:$4:"));
    const refusal = refusalOf(signedAt - Date.now());
    return {
      response: {
        statusCode: refusal === undefined ? 200 : 403,
        headers: { date: new Date(Date.now() + offMs).toUTCString(), "content-type": "text/xml" },
        body: Readable.from([refusal ?? "<GetSessionTokenResponse><GetSessionTokenResult/></GetSessionTokenResponse>"]),
      },
    };
  };
  const sts = createStsClient({
    requestHandler: { handle, destroy() {}, metadata: { handlerProtocol: "http/1.1" } } as unknown as HttpHandler,
    endpoint: () => ({ url: "https://sts.example.com" }),
    clock,
  });
  const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret" };
  const signal = new AbortController().signal;
  const ask = () => sts("GetSessionToken", {}, { region: "us-east-1", credentials, signal });
  return { clock, ask };
}

test("a refusal for another reason does not correct the clock, however wrong its Date", async () => {
  const { clock, ask } = scene(20 * HOUR, () => xml("AccessDenied", "no"));
  await expect(ask()).rejects.toThrow("no");
  expect(clock.offsetMs).toBe(0);
});

test("STS whose Date stays wrong refuses one request at most: the refused correction is dropped", async () => {
  const { clock, ask } = scene(HOUR, (errorMs) =>
    Math.abs(errorMs) > 300_000 ? xml("SignatureDoesNotMatch", "Signature not yet current") : undefined,
  );
  const outcomes: string[] = [];
  for (let number = 0; number < 8; number++) {
    outcomes.push(
      await ask().then(
        () => "ok",
        () => "refused",
      ),
    );
  }
  expect(outcomes).toEqual(["ok", "ok", "refused", "ok", "ok", "ok", "ok", "ok"]);
  expect(clock.offsetMs).toBe(0);
});
