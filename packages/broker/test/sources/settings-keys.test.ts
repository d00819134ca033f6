import { describe, expect, it } from "vitest";
import { sources } from "../../src/sources/sources.ts";
import { createHome, recordingTransport, stsAnswer } from "./fixture.ts";

const KEYS = "aws_access_key_id = AKIDEXAMPLE\naws_secret_access_key = s\n";
const ROLE = "role_arn = arn:aws:iam::111122223333:role/r\nregion = eu-west-1\n";

/** What AssumeRole was asked for by a profile with one more line. */
async function asked(line: string): Promise<URLSearchParams> {
  using home = createHome(`[profile a]\n${ROLE}source_profile = a\n${KEYS}${line}\n`);
  const { transport, asked: requests } = recordingTransport((one) => stsAnswer(one));
  await sources.profile({ profile: "a", transport, env: home.env })();
  return new URLSearchParams(requests[0]?.body);
}

describe("a key of the shared files", () => {
  it.each([
    ["external_id = ab/12", "ExternalId", "ab/12"],
    ["role_session_name = me@example", "RoleSessionName", "me@example"],
    ["duration_seconds = 900", "DurationSeconds", "900"],
  ])("%s is a parameter of AssumeRole", async (line, name, value) => {
    expect((await asked(line)).get(name)).toBe(value);
    expect((await asked("")).get("RoleSessionName")).toBe("countersign");
  });

  it("aws_session_token and aws_account_id belong to fixed keys", async () => {
    using home = createHome(`[profile a]\n${KEYS}aws_session_token = t\naws_account_id = 111122223333\n`);
    const { transport } = recordingTransport(() => ({ body: "" }));
    expect(await sources.profile({ profile: "a", transport, env: home.env })()).toEqual({
      accessKeyId: "AKIDEXAMPLE",
      secretAccessKey: "s",
      sessionToken: "t",
      accountId: "111122223333",
    });
  });

  it.each([
    ["duration_seconds = 60", /config:7: duration_seconds: must be a whole number from 900 to 43200$/u],
    ["role_session_name = a b", /config:7: role_session_name: must be 2 to 64 letters, digits and/u],
  ])("%s is refused with file and line", async (line, message) => {
    await expect(asked(line)).rejects.toMatchObject({
      code: "SOURCE_INVALID",
      message: expect.stringMatching(message),
    });
  });
});
