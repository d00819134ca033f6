import { createHash, createHmac } from "node:crypto";
import { expect, it } from "vitest";
import { applySignature, presignRequest, signRequest } from "../../src/index.ts";
import { createVerifier, type ReceivedRequest, type Verifier } from "../../src/verify.ts";
import { handClock } from "../clock/hand-clock.ts";

const AT = Date.UTC(2026, 0, 1);
const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret" };
const host = "runtime.sagemaker.eu-west-1.amazonaws.com";
const context = { credentials, region: "eu-west-1", service: "sagemaker", date: new Date(AT) };
const verifierAt = (now: number): Verifier =>
  createVerifier({ resolve: async () => credentials, clock: handClock(now) });

const request = {
  method: "POST",
  url: `https://${host}/endpoints/mine/invocations`,
  body: "{}",
  headers: { "content-type": "a b" },
};
const signed = applySignature(request, signRequest(request, context));
const authorization = signed.headers["authorization"] ?? "";
const headers: Readonly<Record<string, string>> = { host, ...signed.headers };
const received = { method: "POST", url: "/endpoints/mine/invocations", headers, body: "{}" };
const authorizedBy = (text: string): Partial<ReceivedRequest> => ({ headers: { ...headers, authorization: text } });
const names = "content-type;host;x-amz-date";

it("accepts the request that the forgeries are made of", async () => {
  expect(authorization).toContain(`SignedHeaders=${names},`);
  const spaced = { ...headers, "content-type": "\t a \t b ", authorization: authorization.replaceAll(", ", " ,\t") };
  for (const same of [received, { ...received, headers: spaced }, { ...received, url: signed.url }]) {
    await expect(verifierAt(AT)(same)).resolves.toMatchObject({
      accessKeyId: "AKIDEXAMPLE",
      signedHeaders: names.split(";"),
    });
  }
});

it.each<[string, string, Partial<ReceivedRequest>]>([
  ["a target that begins with an asterisk", "InvalidRequest", { url: `*${received.url}` }],
  ["an asterisk for a target", "InvalidRequest", { method: "OPTIONS", url: "*" }],
  ["a target without a leading slash", "InvalidRequest", { url: `admin${received.url}` }],
  ["a target with a fragment", "InvalidRequest", { url: `${received.url}#x` }],
  ["a URL with a fragment", "InvalidRequest", { url: `${signed.url}#x` }],
  ["a URL of another scheme", "InvalidRequest", { url: signed.url.replace("https", "file") }],
  ["a method in lower case", "SignatureDoesNotMatch", { method: "post" }],
  ["a method that folds to ASCII", "SignatureDoesNotMatch", { method: "po\u017Ft" }],
  ...["\u00A0", "\uFEFF", "\v", "\f", "\n"].flatMap((space): [string, string, Partial<ReceivedRequest>][] => [
    [
      `${JSON.stringify(space)} for a space in a signed value`,
      "SignatureDoesNotMatch",
      { headers: { ...headers, "content-type": `a${space}b` } },
    ],
    [
      `${JSON.stringify(space)} around a signed value`,
      "SignatureDoesNotMatch",
      { headers: { ...headers, "content-type": `a b${space}` } },
    ],
  ]),
  [
    "signed headers in another order",
    "SignatureDoesNotMatch",
    authorizedBy(authorization.replace(names, "x-amz-date;host;content-type")),
  ],
  [
    "signed headers in upper case",
    "SignatureDoesNotMatch",
    authorizedBy(authorization.replace("content-type;", "Content-Type;")),
  ],
  ["a signed header named twice", "SignatureDoesNotMatch", authorizedBy(authorization.replace("host;", "host;host;"))],
  [
    "a signed header without a name",
    "SignatureDoesNotMatch",
    authorizedBy(authorization.replace("=content", "=;content")),
  ],
  [
    "an unknown field in Authorization",
    "IncompleteSignature",
    authorizedBy(authorization.replace(" Credential", " Foo=bar, Credential")),
  ],
  ["two authorizations in one", "IncompleteSignature", authorizedBy(`${authorization}, ${authorization}`)],
])("refuses %s", async (_, code, change) => {
  await expect(verifierAt(AT)({ ...received, ...change })).rejects.toMatchObject({ name: "VerifyError", code });
});

it.each(["X-Amz%2DExpires", "%58-Amz-Expires", "X%2dAmz-Expires", "X-Amz-Expire%73"])(
  "does not let a presigned URL outlive its X-Amz-Expires where it is spelt %s",
  async (spelling) => {
    const { url } = presignRequest({ url: `https://${host}/` }, { ...context, expiresIn: 60 });
    const target = url.slice(url.indexOf("/?")).replace("X-Amz-Expires", spelling);
    expect(target).toContain(spelling);
    const presigned = { method: "GET", url: target, headers: { host } };
    await expect(verifierAt(AT + 60_000)(presigned)).resolves.toMatchObject({ expiresAt: new Date(AT + 60_000) });
    await expect(verifierAt(AT + 60_001)(presigned)).rejects.toMatchObject({
      code: "SignatureDoesNotMatch",
      message: expect.stringMatching(/^Signature expired/) as unknown,
    });
  },
);

it.each(["X-Amz-Expires", "X-Amz-Signature", "X-Amz-Date", "X-Amz-Credential"])(
  "refuses a second %s in another spelling",
  async (name) => {
    const { url } = presignRequest({ url: `https://${host}/` }, { ...context, expiresIn: 60 });
    const target = `${url.slice(url.indexOf("/?"))}&${name.replaceAll("-", "%2D")}=604800`;
    await expect(verifierAt(AT)({ method: "GET", url: target, headers: { host } })).rejects.toMatchObject({
      code: "AuthorizationQueryParametersError",
    });
  },
);

it("refuses two ways to authorize where the name of one is encoded", async () => {
  const url = `${received.url}?X-Amz%2DSignature=00`;
  await expect(verifierAt(AT)({ ...received, url })).rejects.toMatchObject({ code: "InvalidArgument" });
});

it("refuses two hashes of a body in the query", async () => {
  const { url } = presignRequest({ url: `https://${host}/` }, { ...context, service: "s3", expiresIn: 60 });
  const target = `${url.slice(url.indexOf("/?"))}&X-Amz-Content-Sha256=UNSIGNED-PAYLOAD&X-Amz-Content%2DSha256=0`;
  await expect(verifierAt(AT)({ method: "GET", url: target, headers: { host } })).rejects.toMatchObject({
    code: "AuthorizationQueryParametersError",
  });
});

/** A request dated by its Date header alone, signed with nothing but node:crypto. */
function datedBy(date: string, host = "runtime.sagemaker.eu-west-1.amazonaws.com"): ReceivedRequest {
  const scope = "20260101/eu-west-1/sagemaker/aws4_request";
  const hash = (text: string): string => createHash("sha256").update(text).digest("hex");
  const hmac = (key: string | Uint8Array, text: string): Uint8Array => createHmac("sha256", key).update(text).digest();
  const key = scope.split("/").reduce<string | Uint8Array>(hmac, "AWS4secret");
  const canonical = ["GET", "/", "", `date:${date}`, `host:${host}`, "", "date;host", hash("")].join("\n");
  const text = ["AWS4-HMAC-SHA256", "20260101T000000Z", scope, hash(canonical)].join("\n");
  const signature = createHmac("sha256", key).update(text).digest("hex");
  const credential = `Credential=AKIDEXAMPLE/${scope}`;
  return {
    method: "GET",
    url: "/",
    headers: {
      host,
      date,
      authorization: `AWS4-HMAC-SHA256 ${credential}, SignedHeaders=date;host, Signature=${signature}`,
    },
  };
}

it.each(["Thu, 01 Jan 2026 00:00:00 GMT", "20260101T000000Z"])("accepts the Date header %s", async (date) => {
  await expect(verifierAt(AT)(datedBy(date))).resolves.toMatchObject({ date: new Date(AT) });
});

it.each([
  "(comment) 1 Jan 2026 00:00:00 GMT",
  "Fri, 01 Jan 2026 00:00:00 GMT",
  "Thu, 1 Jan 2026 00:00:00 GMT",
  "Thu, 01 Jan 26 00:00:00 GMT",
  "Thursday, 01-Jan-26 00:00:00 GMT",
  "2026-01-01T00:00:00.000Z",
])("refuses the Date header %s", async (date) => {
  await expect(verifierAt(AT)(datedBy(date))).rejects.toMatchObject({ code: "IncompleteSignature" });
});

it.each<[string, string, [string, string][]]>([
  [
    "two Host headers",
    "a.example,b.example",
    [
      ["host", "a.example"],
      ["Host", "b.example"],
    ],
  ],
  [
    "HTTP/2's :authority and a Host header",
    "a.example,b.example",
    [
      [":authority", "a.example"],
      ["host", "b.example"],
    ],
  ],
  ["two in one Host header", "a.example,b.example", [["host", "a.example,b.example"]]],
  ["two in one Host header, with white space", "a.example, b.example", [["host", "a.example, b.example"]]],
  ...[" ", "\t", "@", "/", ";", "?", "#", "%2c", "\\"].map((mark): [string, string, [string, string][]] => [
    `two with ${JSON.stringify(mark)} between them`,
    `a.example${mark === "\t" ? " " : mark}b.example`,
    [["host", `a.example${mark}b.example`]],
  ]),
])("refuses two hosts of which the signature covers both: %s", async (_what, covered, hosts) => {
  // The holder of a key signs what a server joins, and an application routes by one of them.
  const { headers: made, ...rest } = datedBy("20260101T000000Z", covered);
  const { host: _host, ...headers } = made as Record<string, string>;
  await expect(verifierAt(AT)({ ...rest, headers: [...hosts, ...Object.entries(headers)] })).rejects.toMatchObject({
    code: "InvalidRequest",
  });
});

it.each([
  "a.example",
  "A_b-c.example:8443",
  "[::1]",
  "[2001:db8::1]:443",
  "[fe80::1%eth0]:8080",
  "[fe80::1%25en-1.2]",
  "127.0.0.1:80",
])("accepts the host %s, also with :authority beside it", async (name) => {
  const { headers: made, ...rest } = datedBy("20260101T000000Z", name);
  const headers = [[":authority", name], ...Object.entries(made as Record<string, string>)] as [string, string][];
  await expect(verifierAt(AT)({ ...rest, headers })).resolves.toMatchObject({ host: name });
});
