import { createHash, createHmac } from "node:crypto";
import { inspect } from "node:util";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import {
  applySignature,
  CountersignError,
  presignRequest,
  signRequest,
  type SignableRequest,
} from "../../src/index.ts";
import { createVerifier, type ReceivedRequest, VerifyError, type VerifierOptions } from "../../src/verify.ts";
import { handClock } from "../clock/hand-clock.ts";

const START = Date.UTC(2026, 4, 21, 12);
const credentials = {
  accessKeyId: "ASIAEXAMPLE",
  secretAccessKey: "a secret-to-keep-hidden",
  sessionToken: "a-token-to-keep-hidden+/==",
};
const context = { credentials, region: "eu-west-1", service: "sagemaker", date: new Date(START) };
const invoke: SignableRequest = {
  method: "POST",
  url: "https://runtime.sagemaker.eu-west-1.amazonaws.com/endpoints/my%20endpoint/invocations?b=2&a=1&a=0",
  headers: { "content-type": "application/json", "X-Amzn-SageMaker-Target-Variant": "blue" },
  body: '{"inputs":"ünï"}',
};

function setup(options: Partial<VerifierOptions<string>> = {}) {
  const clock = handClock(START);
  const verify = createVerifier<string>({
    resolve: async (id) => (id === credentials.accessKeyId ? { ...credentials, principal: "alice" } : undefined),
    clock,
    ...options,
  });
  return { clock, verify };
}

/** A signed request as a server receives it. */
function received(request: SignableRequest = invoke, given: Partial<typeof context> = {}): ReceivedRequest {
  const signed = applySignature(request, signRequest(request, { ...context, ...given }));
  const [, host = "", target = ""] = /^https:\/\/([^/]+)(.*)$/.exec(signed.url) ?? [];
  return {
    method: signed.method,
    url: target,
    headers: Object.entries({ host, ...signed.headers }),
    body: signed.body,
  };
}

const header = (request: ReceivedRequest, name: string, value: string | undefined): ReceivedRequest => ({
  ...request,
  headers: [
    ...(request.headers as [string, string][]).filter(([key]) => key !== name),
    ...(value === undefined ? [] : [[name, value] as [string, string]]),
  ],
});

const refusal = (code: string, message: RegExp = /./): object => ({
  name: "VerifyError",
  code,
  message: expect.stringMatching(message) as unknown,
});

describe("createVerifier", () => {
  it("tells who signed, what is covered and until when", async () => {
    const { verify } = setup();
    const verified = await verify(received());
    expect(verified).toMatchObject({
      accessKeyId: "ASIAEXAMPLE",
      principal: "alice",
      region: "eu-west-1",
      service: "sagemaker",
      host: "runtime.sagemaker.eu-west-1.amazonaws.com",
      form: "header",
      date: new Date(START),
      expiresAt: new Date(START + 300_000),
      payload: "hash",
    });
    expect(verified.signedHeaders).toContain("x-amzn-sagemaker-target-variant");
    expect(new TextDecoder().decode(verified.body)).toBe(invoke.body);
    expect(inspect(verified, { showHidden: true, depth: 9 })).not.toContain("to-keep-hidden");
  });

  it("is its own verify method", async () => {
    const { verify } = setup();
    await expect(verify.verify(received())).resolves.toMatchObject({ accessKeyId: "ASIAEXAMPLE" });
  });

  it("reads headers in every form servers have them", async () => {
    const { verify } = setup();
    const request = received();
    const pairs = request.headers as [string, string][];
    const forms = [pairs.flat(), new Map(pairs), Object.fromEntries(pairs), new Headers(pairs)];
    for (const headers of forms) await expect(verify({ ...request, headers })).resolves.toBeDefined();
    const h2 = pairs.map(([name, value]): [string, string] => [name === "host" ? ":authority" : name, value]);
    await expect(verify({ ...request, headers: h2 })).resolves.toBeDefined();
  });

  it("refuses headers whose iterator is not a function by its own error", async () => {
    const { verify } = setup();
    for (const iterator of [1, "next", {}]) {
      const headers = { [Symbol.iterator]: iterator } as never;
      await expect(verify({ ...received(), headers })).rejects.toMatchObject({ name: "VerifyError" });
    }
  });

  it("takes an absolute URL, whose host counts when there is no host header", async () => {
    const { verify } = setup();
    const signed = applySignature(invoke, signRequest(invoke, context));
    await expect(verify(signed)).resolves.toBeDefined();
    const moved = signed.url.replace("eu-west-1.amazonaws.com", "eu-west-1.evil.example");
    await expect(verify({ ...signed, url: moved })).rejects.toMatchObject(refusal("SignatureDoesNotMatch"));
  });

  it("refuses a target and a Host header that name different hosts: one is verified, the other routed", async () => {
    const { verify } = setup();
    const signed = applySignature(invoke, signRequest(invoke, context));
    const host = "runtime.sagemaker.eu-west-1.amazonaws.com";
    for (const same of [host, host.toUpperCase(), `${host}:443`]) {
      const outcome = verify({ ...signed, headers: { ...signed.headers, host: same } }).catch(
        (error: unknown) => error,
      );
      expect(await outcome).not.toMatchObject({ code: "InvalidRequest" });
    }
    await expect(verify({ ...signed, headers: { ...signed.headers, host } })).resolves.toMatchObject({ host });
    await expect(verify({ ...signed, headers: { ...signed.headers, host: "evil.example" } })).rejects.toMatchObject(
      refusal("InvalidRequest", /different hosts/),
    );
    const twice = [...Object.entries(signed.headers), ["host", host], ["host", "evil.example"]] as [string, string][];
    await expect(verify({ ...signed, headers: twice })).rejects.toMatchObject(refusal("InvalidRequest"));
    await expect(verify({ ...signed, url: new URL(signed.url).pathname, headers: twice })).rejects.toMatchObject(
      refusal("InvalidRequest"),
    );
  });

  it("verifies presigned requests until they expire", async () => {
    const { verify, clock } = setup();
    const { url } = presignRequest(
      { url: "https://sts.eu-west-1.amazonaws.com/?Action=GetCallerIdentity" },
      {
        ...context,
        service: "sts",
        expiresIn: 900,
      },
    );
    const request = { method: "GET", url, headers: [] };
    await expect(verify(request)).resolves.toMatchObject({ form: "query", expiresAt: new Date(START + 900_000) });
    clock.advance(900_000);
    await expect(verify(request)).resolves.toBeDefined();
    clock.advance(1);
    await expect(verify(request)).rejects.toMatchObject(
      refusal("SignatureDoesNotMatch", /^Signature expired: 20260521T12/),
    );
    const s3 = presignRequest(
      { url: "https://b.s3.eu-west-1.amazonaws.com/k" },
      { ...context, service: "s3", expiresIn: 60 },
    );
    await expect(verify({ ...request, url: s3.url })).rejects.toMatchObject(
      refusal("AccessDenied", /Request has expired/),
    );
  });

  it("refuses presigned requests from the future, and for more than a week", async () => {
    const { verify } = setup();
    const later = { ...context, date: new Date(START + 301_000), service: "sts", expiresIn: 900 };
    const { url } = presignRequest({ url: "https://sts.eu-west-1.amazonaws.com/" }, later);
    const request = { method: "GET", url, headers: [] };
    await expect(verify(request)).rejects.toMatchObject(refusal("RequestTimeTooSkewed", /not yet current/));
    const edge = { ...later, date: new Date(START + 300_000), expiresIn: 604_800 };
    const week = presignRequest({ url: "https://sts.eu-west-1.amazonaws.com/" }, edge);
    await expect(verify({ ...request, url: week.url })).resolves.toMatchObject({
      expiresAt: new Date(START + 300_000 + 604_800_000),
    });
    for (const expires of ["604801", "-1", "1e3", "", "NaN"]) {
      const changed = { ...request, url: url.replace("X-Amz-Expires=900", `X-Amz-Expires=${expires}`) };
      await expect(verify(changed)).rejects.toMatchObject(
        refusal("AuthorizationQueryParametersError", /X-Amz-Expires/),
      );
    }
  });

  it("allows clocks to differ by five minutes, both ways, or by what is set", async () => {
    for (const [skew, options] of [
      [300_000, {}],
      [1000, { maxSkewMs: 1000 }],
    ] as const) {
      const { verify } = setup(options);
      for (const sign of [1, -1]) {
        await expect(verify(received(invoke, { date: new Date(START + sign * skew) }))).resolves.toBeDefined();
        const beyond = received(invoke, { date: new Date(START + sign * (skew + 1000)) });
        await expect(verify(beyond)).rejects.toMatchObject({ code: "RequestTimeTooSkewed", httpStatus: 403 });
      }
    }
  });

  it("says by how much in AWS's words", async () => {
    const { verify } = setup();
    await expect(verify(received(invoke, { date: new Date(START - 600_000) }))).rejects.toThrow(
      "Signature expired: 20260521T115000Z is now earlier than 20260521T115500Z (20260521T120000Z - 5 min.)",
    );
    await expect(verify(received(invoke, { date: new Date(START + 600_000) }))).rejects.toThrow(
      "Signature not yet current: 20260521T121000Z is still later than 20260521T120500Z (20260521T120000Z + 5 min.)",
    );
  });

  it("answers with a date of its own for each request, and takes over none from a request that it refused", async () => {
    const { verify } = setup();
    const { date } = await verify(received());
    date.setTime(0);
    const later = received(invoke, { date: new Date(START + 1000) });
    await expect(verify(header(later, "x-amz-date", "20260521T120060Z"))).rejects.toMatchObject(
      refusal("IncompleteSignature"),
    );
    await expect(verify(received())).resolves.toMatchObject({ date: new Date(START) });
    await expect(verify(later)).resolves.toMatchObject({ date: new Date(START + 1000) });
  });

  it("checks the scope: region, service and day (awslabs/aws-sigv4-proxy#226)", async () => {
    const { verify } = setup({ region: "eu-west-1", service: ["sagemaker", "sts"] });
    await expect(verify(received())).resolves.toBeDefined();
    await expect(verify(received(invoke, { service: "sts" }))).resolves.toBeDefined();
    await expect(verify(received(invoke, { region: "us-east-1" }))).rejects.toMatchObject(
      refusal("SignatureDoesNotMatch", /valid region, not 'us-east-1'/),
    );
    await expect(verify(received(invoke, { service: "runtime" }))).rejects.toMatchObject(
      refusal("SignatureDoesNotMatch", /correct service: 'sagemaker' or 'sts'/),
    );
    const request = received();
    const authorization = (request.headers as [string, string][]).find(([name]) => name === "authorization")?.[1] ?? "";
    for (const day of ["20260520", "2026", "202605210"]) {
      const changed = header(request, "authorization", authorization.replace("/20260521/", `/${day}/`));
      await expect(verify(changed)).rejects.toMatchObject(refusal("SignatureDoesNotMatch", /Date in Credential scope/));
    }
    const ended = header(request, "authorization", authorization.replace("aws4_request", "aws5_request"));
    await expect(verify(ended)).rejects.toMatchObject(refusal("SignatureDoesNotMatch", /terminator/));
  });

  it("knows the key, its token and its expiry", async () => {
    const { verify } = setup();
    const stranger = { ...credentials, accessKeyId: "ASIASTRANGER" };
    await expect(verify(received(invoke, { credentials: stranger }))).rejects.toMatchObject({
      code: "InvalidClientTokenId",
      httpStatus: 403,
    });
    for (const sessionToken of ["another-token", ""]) {
      const other = received(invoke, { credentials: { ...credentials, sessionToken } });
      await expect(verify(other)).rejects.toMatchObject(refusal("InvalidClientTokenId"));
    }
    const { verify: longTerm } = setup({ resolve: async () => ({ secretAccessKey: credentials.secretAccessKey }) });
    await expect(longTerm(received())).rejects.toMatchObject(refusal("InvalidClientTokenId"));

    const { verify: expired } = setup({ resolve: async () => ({ ...credentials, expiration: new Date(START) }) });
    await expect(expired(received())).rejects.toMatchObject(refusal("ExpiredToken"));
    const { verify: wrong } = setup({ resolve: async () => ({ ...credentials, secretAccessKey: "another" }) });
    await expect(wrong(received())).rejects.toMatchObject(refusal("SignatureDoesNotMatch", /signature we calculated/));
  });

  it("refuses x-amz-* headers that are not signed, but takes others", async () => {
    const { verify } = setup();
    await expect(verify(header(received(), "x-amz-target", "SageMaker.DeleteModel"))).rejects.toMatchObject(
      refusal("AccessDenied", /not signed: x-amz-target/),
    );
    await expect(verify(header(received(), "X-Amz-Expected-Bucket-Owner", "1"))).rejects.toMatchObject(
      refusal("AccessDenied"),
    );
    await expect(verify(header(received(), "traceparent", "00-1-2-01"))).resolves.toBeDefined();
    await expect(verify(header(received(), "x-amzn-trace-id", "Root=1"))).resolves.toBeDefined();
  });

  it("refuses requests whose signature does not cover the host", async () => {
    const { verify } = setup();
    const request = received();
    const [, authorization = ""] =
      (request.headers as [string, string][]).find(([name]) => name === "authorization") ?? [];
    const changed = header(request, "authorization", authorization.replace(";host;", ";"));
    await expect(verify(changed)).rejects.toMatchObject(refusal("SignatureDoesNotMatch", /Host/));
  });

  it("keeps repeated headers, in the order they came", async () => {
    const { verify } = setup();
    const request = received({
      ...invoke,
      headers: [
        ["X-Amz-Meta-A", "1"],
        ["x-amz-meta-a", " 2  3 "],
      ],
    });
    const rest = (request.headers as [string, string][]).filter(([name]) => name !== "x-amz-meta-a");
    const first: [string, string] = ["X-AMZ-Meta-a", "1"];
    const second: [string, string] = ["x-amz-meta-a", "2    3"];
    await expect(verify({ ...request, headers: [...rest, first, second] })).resolves.toBeDefined();
    await expect(verify({ ...request, headers: [...rest, second, first] })).rejects.toMatchObject(
      refusal("SignatureDoesNotMatch"),
    );
  });

  describe("what carries no signature, or half of one", () => {
    it.each([
      [undefined, "MissingAuthenticationToken", /missing Authentication Token/],
      ["Bearer abc", "MissingAuthenticationToken", /missing Authentication Token/],
      ["AWS4-HMAC-SHA256", "IncompleteSignature", /list of name=value/],
      ["AWS4-HMAC-SHA256 ", "IncompleteSignature", /list of name=value/],
      ["AWS4-HMAC-SHA1 Credential=a", "IncompleteSignature", /Unsupported AWS 'algorithm'/],
      ["AWS4-ECDSA-P256-SHA256 Credential=a", "IncompleteSignature", /Unsupported AWS 'algorithm'/],
      ["AWS4-HMAC-SHA256 Signature=a, SignedHeaders=host", "IncompleteSignature", /'Credential' parameter/],
      ["AWS4-HMAC-SHA256 Credential=a/b/c/d/aws4_request, SignedHeaders=host", "IncompleteSignature", /'Signature'/],
      ["AWS4-HMAC-SHA256 Credential=a/b/c/d/aws4_request, Signature=a", "IncompleteSignature", /'SignedHeaders'/],
      ["AWS4-HMAC-SHA256 Credential=a, Credential=b", "IncompleteSignature", /list of name=value/],
      ["AWS4-HMAC-SHA256 Credential=a/b/c, SignedHeaders=host, Signature=a", "IncompleteSignature", /exactly 5/],
      ["AWS4-HMAC-SHA256 Credential=a/b/c d/e/f, SignedHeaders=host, Signature=a", "IncompleteSignature", /exactly 5/],
    ])("%s is %s", async (authorization, code, message) => {
      const { verify } = setup();
      await expect(verify(header(received(), "authorization", authorization))).rejects.toMatchObject(
        refusal(code, message),
      );
    });

    it.each(["", "2026-05-21T12:00:00Z", "20260532T120000Z", "20260521T250000Z", "now", "20260521"])(
      "a date of %j is IncompleteSignature",
      async (date) => {
        const { verify } = setup();
        await expect(verify(header(received(), "x-amz-date", date))).rejects.toMatchObject(
          refusal("IncompleteSignature"),
        );
      },
    );

    it("no date, two dates and two authorizations are IncompleteSignature", async () => {
      const { verify } = setup();
      const request = received();
      const headers = request.headers as [string, string][];
      await expect(verify(header(request, "x-amz-date", undefined))).rejects.toMatchObject(
        refusal("IncompleteSignature"),
      );
      for (const name of ["x-amz-date", "authorization", "x-amz-security-token"]) {
        const again = headers.filter(([key]) => key === name);
        const twice = { ...request, headers: [...headers, ...again] };
        await expect(verify(twice)).rejects.toMatchObject(refusal("IncompleteSignature", /must not be repeated/));
      }
    });

    it("signatures in the header and in the query at once are refused", async () => {
      const { verify } = setup();
      const request = received();
      await expect(verify({ ...request, url: `${request.url}&X-Amz-Signature=0` })).rejects.toMatchObject(
        refusal("InvalidArgument", /Only one auth mechanism/),
      );
    });

    it("every parameter of a presigned URL is needed once", async () => {
      const { verify } = setup();
      const { url } = presignRequest(
        { url: "https://b.s3.eu-west-1.amazonaws.com/k" },
        { ...context, service: "s3", expiresIn: 60 },
      );
      for (const name of ["Algorithm", "Credential", "Date", "Expires", "SignedHeaders", "Signature"]) {
        const without = url.replace(new RegExp(`X-Amz-${name}=[^&]*&?`), "");
        for (const changed of [without, `${url}&X-Amz-${name}=a`]) {
          await expect(verify({ method: "GET", url: changed, headers: [] })).rejects.toMatchObject(
            refusal("AuthorizationQueryParametersError", new RegExp(`X-Amz-${name}`)),
          );
        }
      }
    });

    it("an expiry is optional for other services than S3, and then a quarter of an hour", async () => {
      const { verify, clock } = setup({ resolve: async () => ({ secretAccessKey: credentials.secretAccessKey }) });
      // As aws4 presigns: https://github.com/mhart/aws4. Signed here with nothing but node:crypto.
      const scope = "20260521/eu-west-1/sts/aws4_request";
      const query =
        "Action=GetCallerIdentity&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKID%2F" +
        `${encodeURIComponent(scope)}&X-Amz-Date=20260521T120000Z&X-Amz-SignedHeaders=host`;
      const empty = createHash("sha256").digest("hex");
      const canonical = `GET\n/\n${query}\nhost:sts.eu-west-1.amazonaws.com\n\nhost\n${empty}`;
      const key = scope
        .split("/")
        .reduce<string | Uint8Array>(
          (last, part) => createHmac("sha256", last).update(part).digest(),
          `AWS4${credentials.secretAccessKey}`,
        );
      const hash = createHash("sha256").update(canonical).digest("hex");
      const signature = createHmac("sha256", key)
        .update(`AWS4-HMAC-SHA256\n20260521T120000Z\n${scope}\n${hash}`)
        .digest("hex");
      const url = `https://sts.eu-west-1.amazonaws.com/?${query}&X-Amz-Signature=${signature}`;
      const request = { method: "GET", url, headers: [] };
      await expect(verify(request)).resolves.toMatchObject({ expiresAt: new Date(START + 900_000) });
      clock.advance(900_001);
      await expect(verify(request)).rejects.toMatchObject(refusal("SignatureDoesNotMatch", /^Signature expired/));
    });

    it("the expiry is signed: taking it out of a URL does not make that live longer", async () => {
      const { verify } = setup();
      const sts = { ...context, service: "sts", expiresIn: 60 };
      const { url } = presignRequest({ url: "https://sts.eu-west-1.amazonaws.com/" }, sts);
      const without = url.replace(/&X-Amz-Expires=60/, "");
      await expect(verify({ method: "GET", url: without, headers: [] })).rejects.toMatchObject(
        refusal("SignatureDoesNotMatch", /signature we calculated/),
      );
    });

    it.each([
      "/d/r/s/aws4_request",
      "k//r/s/aws4_request",
      "k/d//s/aws4_request",
      "k/d/r//aws4_request",
      "k/d/r/s",
      "k/d/r/s/aws4_request/x",
    ])("a credential of %s is not one", async (credential) => {
      const { verify } = setup();
      const authorization = `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=host, Signature=a`;
      await expect(verify(header(received(), "authorization", authorization))).rejects.toMatchObject(
        refusal("IncompleteSignature", /exactly 5/),
      );
    });

    it("white space around the parts of an Authorization header means nothing", async () => {
      const { verify } = setup();
      const request = received();
      const [, authorization = ""] =
        (request.headers as [string, string][]).find(([name]) => name === "authorization") ?? [];
      for (const separator of [",", " , ", ",   "]) {
        const changed = header(request, "authorization", `${authorization.replaceAll(", ", separator)}  `);
        await expect(verify(changed)).resolves.toBeDefined();
      }
    });
  });

  describe("the body", () => {
    const store = { ...context, service: "s3" };
    const put: SignableRequest = {
      method: "PUT",
      url: "https://b.s3.eu-west-1.amazonaws.com/a//b/../c%20d",
      body: "data",
    };

    it("must be the one that was signed", async () => {
      const { verify } = setup();
      await expect(verify({ ...received(), body: "{}" })).rejects.toMatchObject(refusal("SignatureDoesNotMatch"));
      await expect(verify({ ...received(), body: null })).rejects.toMatchObject(refusal("SignatureDoesNotMatch"));
    });

    it("of S3 must have the hash that was announced, and one must be", async () => {
      const { verify } = setup();
      const request = received(put, store);
      await expect(verify(request)).resolves.toMatchObject({ payload: "hash" });
      await expect(verify({ ...request, body: "date" })).rejects.toMatchObject({
        code: "XAmzContentSHA256Mismatch",
        httpStatus: 400,
      });
      await expect(verify(header(request, "x-amz-content-sha256", undefined))).rejects.toMatchObject(
        refusal("InvalidRequest"),
      );
    });

    it("may stay unsigned for S3 and for no other service, whatever the client wishes", async () => {
      const { verify } = setup();
      const unsigned = { ...put, payload: "unsigned" } as const;
      await expect(verify(received(unsigned, store))).resolves.toMatchObject({ payload: "unsigned" });
      await expect(verify(received({ ...invoke, payload: "unsigned" }))).rejects.toMatchObject(
        refusal("SignatureDoesNotMatch"),
      );
      const { verify: strict } = setup({ unsignedPayload: "refuse" });
      await expect(strict(received(unsigned, store))).rejects.toMatchObject(refusal("XAmzContentSHA256Mismatch"));
      const { verify: lenient } = setup({ unsignedPayload: "allow" });
      await expect(lenient(received({ ...invoke, payload: "unsigned" }))).resolves.toMatchObject({
        payload: "unsigned",
      });
    });
  });

  describe("a wrong signature", () => {
    it("comes with what was expected, as AWS returns it, but not in logs", async () => {
      const { verify } = setup();
      const error: unknown = await verify({ ...received(), body: "{}" }).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(VerifyError);
      expect(error).toBeInstanceOf(CountersignError);
      const { canonicalRequest, stringToSign, httpStatus } = error as VerifyError;
      expect(httpStatus).toBe(403);
      expect(canonicalRequest).toMatch(/^POST\n\/endpoints\/my%2520endpoint\/invocations\na=0&a=1&b=2\ncontent-type:/);
      expect(stringToSign).toMatch(
        /^AWS4-HMAC-SHA256\n20260521T120000Z\n20260521\/eu-west-1\/sagemaker\/aws4_request\n/,
      );
      expect(`${inspect(error, { depth: 9 })}${JSON.stringify(error)}${String(error)}`).not.toContain("to-keep-hidden");
    });

    it.each(["0".repeat(64), "", "0", "A".repeat(64), "0".repeat(65)])("is refused: %j", async (signature) => {
      const { verify } = setup();
      const request = received();
      const [, authorization = ""] =
        (request.headers as [string, string][]).find(([name]) => name === "authorization") ?? [];
      const changed = header(request, "authorization", authorization.replace(/Signature=.*/, `Signature=${signature}`));
      await expect(verify(changed)).rejects.toBeInstanceOf(VerifyError);
    });
  });

  it("accepts a signature once when told to remember", async () => {
    const seen = new Map<string, number>();
    const { verify } = setup({
      replay: {
        seen(signature, expiresAt) {
          const known = seen.has(signature);
          seen.set(signature, expiresAt);
          return known;
        },
      },
    });
    const request = received();
    await expect(verify({ ...request, body: "forged" })).rejects.toMatchObject(refusal("SignatureDoesNotMatch"));
    const { signature } = await verify(request);
    expect(seen).toEqual(new Map([[signature, START + 300_000]]));
    await expect(verify(request)).rejects.toMatchObject(refusal("RequestReplayed"));
  });

  describe("fails closed", () => {
    it.each([Number.NaN, -1, -0.5, Infinity, "300000"])(
      "on maxSkewMs %s: compared with it every date would do",
      (maxSkewMs) => {
        expect(() => setup({ maxSkewMs: maxSkewMs as number })).toThrow(/maxSkewMs: must be a number/);
      },
    );

    it("but a skew of nothing may be wanted", async () => {
      await expect(setup({ maxSkewMs: 0 }).verify(received())).resolves.toBeDefined();
    });

    it("without a lookup", () => {
      expect(() => createVerifier({} as VerifierOptions)).toThrow(/resolve: must be a function/);
    });

    it("on keys without a secret: anyone could make a key from nothing", async () => {
      for (const [secretAccessKey, guess] of [
        [undefined, "undefined"],
        ["", "x"],
      ] as const) {
        const key = { ...credentials, secretAccessKey: secretAccessKey as string };
        const { verify } = setup({ resolve: async () => key });
        const forged = received(invoke, { credentials: { ...credentials, secretAccessKey: guess } });
        await expect(verify(forged)).rejects.toMatchObject({ name: "SignerError", code: "INVALID_ACCESS_KEY" });
      }
    });

    it("on keys whose expiry is no date", async () => {
      const { verify } = setup({ resolve: async () => ({ ...credentials, expiration: new Date("never") }) });
      await expect(verify(received())).rejects.toMatchObject(refusal("ExpiredToken"));
    });

    it("on no region and no service allowed", async () => {
      await expect(setup({ region: [] }).verify(received())).rejects.toMatchObject(refusal("SignatureDoesNotMatch"));
      await expect(setup({ service: "" }).verify(received())).rejects.toMatchObject(refusal("SignatureDoesNotMatch"));
    });
  });

  it("passes on what the lookup throws", async () => {
    const { verify } = setup({ resolve: () => Promise.reject(new Error("directory is down")) });
    await expect(verify(received())).rejects.toThrow("directory is down");
  });
});

describe("a body of another realm, as test runners have", () => {
  const text = invoke.body as string;
  const made = (code: string): Uint8Array => runInNewContext(code, { bytes: Buffer.from(text) });

  it.each([
    ["Uint8Array", "Uint8Array.from(bytes)"],
    ["ArrayBuffer", "Uint8Array.from(bytes).buffer"],
    ["part of a buffer", "Uint8Array.from([9, ...bytes, 9]).subarray(1, -1)"],
  ])("is verified: %s", async (_what, code) => {
    const { verify } = setup();
    expect(await verify({ ...received(), body: made(code) })).toMatchObject({ principal: "alice" });
    const other = made(code.replaceAll("bytes", "bytes.map((byte) => byte ^ 1)"));
    await expect(verify({ ...received(), body: other })).rejects.toMatchObject(refusal("SignatureDoesNotMatch"));
  });

  it("is refused where it only says that it is bytes", async () => {
    const { verify } = setup();
    const body = { [Symbol.toStringTag]: "Uint8Array", length: 0 } as Uint8Array;
    await expect(verify({ ...received(), body })).rejects.toMatchObject(refusal("InvalidRequest"));
  });
});
