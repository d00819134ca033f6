import { describe, expect, it } from "vitest";
import { reasonOf } from "../../src/sources/service-reason.ts";

const answered = (body: unknown) => reasonOf({ status: 400, body: JSON.stringify(body) });

describe("the reason that a service gives", () => {
  it.each([
    [{ message: "No access" }, "No access"],
    [{ message: "TOKEN_EXPIRED" }, "TOKEN_EXPIRED"],
    [
      { __type: "com.amazonaws#AccessDeniedException", message: "Untrusted certificate. Insufficient certificate" },
      "AccessDenied: Untrusted certificate. Insufficient certificate",
    ],
    [{ error: "invalid_grant", error_description: "Invalid refresh token" }, "invalid_grant: Invalid refresh token"],
    [{ code: "ValidationException", Message: "duration must be 900" }, "Validation: duration must be …"],
  ])("is AWS's code and AWS's words: %j", (body, shown) => {
    expect(answered(body)).toBe(shown);
  });

  const token = "aoaDexampleRefreshTokenOf32Signs0";
  const hex = Buffer.from(token).toString("hex");
  const letters = hex.replaceAll(/\d/gu, (digit) => "ghijklmnop"[Number(digit)] ?? "");
  it.each([
    ["whole", token],
    ["sign by sign", token.split("").join(" ")],
    ["in threes", token.replaceAll(/.{3}/gu, "$& ")],
    ["in hex", hex],
    ["in hex, in fours", hex.replaceAll(/.{4}/gu, "$& ")],
    ["as words of letters", letters.replaceAll(/.{5}/gu, "$& ")],
    ["as lines", token.replaceAll(/.{4}/gu, "$&\n")],
    ["with other signs between", token.split("").join("​")],
  ])("shows nothing of a token that a hostile endpoint sends back %s", (_, echo) => {
    for (const member of ["message", "Message", "error_description", "__type", "code", "error"]) {
      const shown = answered({ [member]: echo });
      // "a" is a word of AWS, too: nothing else of a token may be left.
      expect(`${member}: ${shown.replaceAll(/[…\s]|\ba\b/giu, "")}`).toMatch(/^\w+: (?:withoutknownreason)?$/u);
    }
  });

  it.each(["", "no json", "null", "[]", '{"message":5}', '{"__proto__":{"message":"No access"}}', "{}"])(
    "is unknown for the body %j",
    (body) => {
      expect(reasonOf({ status: 400, body })).toBe("without a known reason");
    },
  );
});
