import { describe, expect, it, vi } from "vitest";
import { createAsyncSigner, createPageSigner, serviceRules, wireUrl } from "../../src/async.ts";
import { createClock, createSigner } from "../../src/index.ts";
import { outcome, random, randomRequest } from "../random-request.ts";

const credentials = {
  accessKeyId: "AKIDEXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
  sessionToken: "AQoDYXdzEXAMPLE/token+value==",
};
const region = "eu-west-1";
const url = "https://runtime.sagemaker.eu-west-1.amazonaws.com/endpoints/e/invocations";

describe("createAsyncSigner", () => {
  it("signs as createSigner does, whatever the request", async () => {
    const pick = random(20_261_129);
    let now = Date.UTC(2026, 10, 29, 23, 50);
    const clock = createClock({ wall: () => now });
    for (const service of ["sagemaker", "s3", "execute-api"]) {
      const sync = createSigner({ region, service, credentials, clock });
      const later = createPageSigner({ region, service, credentials, clock });
      const plain =
        service === "s3" ? later : createAsyncSigner({ region, service, credentials: async () => credentials, clock });
      for (let count = 0; count < 1000; count++) {
        const request = randomRequest(pick);
        const expected = await outcome(() => sync.signSync(request));
        expect(await outcome(() => later.sign(request))).toEqual(expected);
        expect(await outcome(() => plain.sign(request))).toEqual(expected);
        now += pick(2000);
      }
    }
  });

  it.each([["unsigned"], [{ sha256: "a".repeat(64) }]] as const)("takes the payload mode %o", async (payload) => {
    const clock = createClock({ wall: () => 0 });
    const request = { url, payload, body: undefined };
    const [sync, later] = [createSigner, createPageSigner].map((make) => make({ region, credentials, clock }));
    expect(await later?.sign(request)).toEqual(await sync?.sign(request));
  });

  it("refuses what createSigner refuses", async () => {
    const clock = createClock();
    const make = (change: object) =>
      createAsyncSigner({ region, service: "sagemaker", credentials: async () => credentials, clock, ...change });
    expect(() => make({ region: "eu/west" })).toThrow(expect.objectContaining({ code: "INVALID_REGION" }));
    expect(() => make({ service: "s3" })).toThrow(expect.objectContaining({ code: "INVALID_SERVICE" }));
    expect(() => make({ service: "s3", rules: serviceRules("s3"), urlOf: wireUrl })).not.toThrow();
    const broken = { ...credentials, accessKeyId: "A\nB" };
    await expect(make({ credentials: async () => broken }).sign({ url })).rejects.toMatchObject({
      code: "INVALID_ACCESS_KEY",
    });
    await expect(make({}).sign({ url: "https://u:p@a.test/" })).rejects.toMatchObject({ code: "INVALID_URL" });
    await expect(make({}).sign({ url, headers: { a: "b\nc" } })).rejects.toMatchObject({ code: "INVALID_HEADER" });
  });

  it("says what a page needs that has no WebCrypto", async () => {
    vi.stubGlobal("crypto", {});
    const signer = createPageSigner({ region, credentials });
    await expect(signer.sign({ url })).rejects.toMatchObject({ code: "UNSUPPORTED_RUNTIME" });
    vi.unstubAllGlobals();
    expect((await signer.sign({ url })).accessKeyId).toBe("AKIDEXAMPLE");
  });

  it("reports what it signs, without secrets", async () => {
    const events: object[] = [];
    const signer = createPageSigner({ region, credentials, onEvent: (event) => events.push(event) });
    await signer.sign({ url });
    expect(events).toMatchObject([
      { name: "sign", accessKeyId: "AKIDEXAMPLE", host: new URL(url).host, presigned: false },
    ]);
    expect(JSON.stringify(events)).not.toContain(credentials.sessionToken);
  });
});
