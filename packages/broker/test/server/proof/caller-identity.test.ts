import { createSigner } from "@countersign/signer";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { proveIdentity } from "../../../src/server.ts";
import { AUDIENCE, HOST, type Vending, refusal as refusalOf, startVending, transportToLocalSts } from "../fixture.ts";

let vending: Vending;
beforeAll(async () => {
  vending = await startVending({ limits: { rejectedPerAddress: 1_000 } }, transportToLocalSts);
});
afterAll(() => vending.close());

const refusal = (response: Promise<Response> | Response): Promise<string> => refusalOf(vending, response);

describe("a machine's proof of identity", () => {
  const prove = (audience = AUDIENCE): ReturnType<typeof proveIdentity> =>
    proveIdentity({
      credentials: vending.aws.role("batch").session(),
      region: "us-east-1",
      audience,
      clock: vending.aws.clock,
    });
  const present = (proof: unknown, grant = "batch"): Promise<Response> | Response =>
    vending.app.request(`https://${HOST}/v1/identity/${grant}`, {
      method: "POST",
      headers: { host: HOST, "content-type": "application/json" },
      body: JSON.stringify(proof),
    });
  it("is good once", async () => {
    const proof = await prove();
    expect((await present(proof)).status).toBe(200);
    expect(await refusal(present(proof))).toBe("IDENTITY_REJECTED");
  });

  it("names the session so that two accounts with one name are two", async () => {
    expect((await present(await prove())).status).toBe(200);
    const { input } = vending.aws.calls({ operation: "AssumeRole" }).at(-1) as { readonly input?: object };
    expect(JSON.stringify(input)).toContain("role.batch@123456789012");
  });

  it("is good for its audience only", async () => {
    expect(await refusal(present(await prove("https://other.example.com")))).toBe("IDENTITY_REJECTED");
    const proof = await prove("https://other.example.com");
    const renamed = { ...proof, headers: { ...proof.headers, "x-countersign-audience": AUDIENCE } };
    expect(await refusal(present(renamed))).toBe("IDENTITY_REJECTED");
  });

  it("is refused when its audience is not signed", async () => {
    const signer = createSigner({
      region: "us-east-1",
      service: "sts",
      credentials: vending.aws.role("batch").session(),
      clock: vending.aws.clock,
    });
    const { headers } = await signer.sign({
      method: "POST",
      url: "https://sts.us-east-1.amazonaws.com/",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: "Action=GetCallerIdentity&Version=2011-06-15",
    });
    const { host: _, ...rest } = headers;
    expect(
      await refusal(present({ region: "us-east-1", headers: { ...rest, "x-countersign-audience": AUDIENCE } })),
    ).toBe("IDENTITY_REJECTED");
  });

  it("goes stale after five minutes", async () => {
    const proof = await prove();
    await vending.aws.clock.advance(5 * 60_000 + 1_000);
    expect(await refusal(present(proof))).toBe("IDENTITY_REJECTED");
  });

  it("cannot say where or what to ask (CVE-2020-16250)", async () => {
    const proof = await prove();
    expect(await refusal(present({ ...proof, region: "evil.example.com/" }))).toBe("IDENTITY_REJECTED");
    expect(await refusal(present({ ...proof, headers: { ...proof.headers, host: "evil.example.com" } }))).toBe(
      "IDENTITY_REJECTED",
    );
    expect(await refusal(present({ ...proof, headers: { ...proof.headers, "X-Amz-Date": "20260101T000000Z" } }))).toBe(
      "IDENTITY_REJECTED",
    );
    for (const junk of [
      null,
      [],
      "x",
      {},
      { region: "us-east-1" },
      { region: "us-east-1", headers: { authorization: 1 } },
    ]) {
      expect(await refusal(present(junk))).toBe("IDENTITY_REJECTED");
    }
  });

  it("of a principal that the grant does not name gets nothing", async () => {
    const proof = await proveIdentity({
      credentials: vending.aws.user,
      region: "us-east-1",
      audience: AUDIENCE,
      clock: vending.aws.clock,
    });
    expect(await refusal(present(proof))).toBe("CLAIM_REJECTED");
  });
});
