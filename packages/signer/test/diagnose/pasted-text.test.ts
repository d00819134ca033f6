import { describe, expect, it } from "vitest";
import { createSigner } from "../../src/signer/create-signer.ts";
import { diagnose, explain, explainSigned, readAnswerText, readRequestText } from "../../src/diagnose.ts";
import { SignerError } from "../../src/errors/error.ts";
import { handClock } from "../clock/hand-clock.ts";

const credentials = {
  accessKeyId: "ASIAEXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG",
  sessionToken: "IQoJb3JpZ2luX2VjEXAMPLE/token+value==",
};
const signer = createSigner({ region: "eu-west-1", credentials, clock: handClock(Date.UTC(2026, 4, 21, 12)) });
const request = {
  method: "POST",
  url: "https://runtime.sagemaker.eu-west-1.amazonaws.com/endpoints/my%20endpoint/invocations?b=2&a=1",
  headers: { "content-type": "application/json" },
  body: `{"text":"it's \\"quoted\\" \\\\ $HOME\n"}`,
};

describe("explainSigned", () => {
  it("shows the same stages as explain, without the secret", async () => {
    const signed = await signer.sign(request);
    expect(explainSigned(signed)).toEqual(await explain(signer, request));
    expect(explainSigned(signed, { reveal: true })).toEqual(await explain(signer, request, { reveal: true }));
  });

  it("shows those of presigned URLs", async () => {
    const { url } = await signer.presign({ url: "https://sts.eu-west-1.amazonaws.com/?Action=GetCallerIdentity" });
    const explanation = explainSigned({ method: "GET", url, headers: {} });
    expect(explanation).toMatchObject({ authorization: "", signedHeaders: "host", accessKeyId: "ASIAEXAMPLE" });
    expect(explanation.canonicalQuery).toMatch(/^Action=GetCallerIdentity&X-Amz-Algorithm=AWS4-HMAC-SHA256&/);
    expect(JSON.stringify(explanation)).not.toContain("IQoJb3JpZ2lu");
  });

  it("needs a signature", () => {
    expect(() => explainSigned({ method: "GET", url: "https://example.com/", headers: {} })).toThrow(SignerError);
  });
});

describe("readRequestText", () => {
  it.each([
    ["LF", "\n"],
    ["CRLF", "\r\n"],
  ])("reads an HTTP message with %s line ends", async (_, end) => {
    const signed = await signer.sign({ ...request, body: "{}" });
    const target = signed.url.replace("https://runtime.sagemaker.eu-west-1.amazonaws.com", "");
    const lines = Object.entries(signed.headers).map(([name, value]) => `${name.toUpperCase()}: ${value}`);
    const head = ["Host: runtime.sagemaker.eu-west-1.amazonaws.com", "Content-Length: 2", ...lines];
    for (const first of [target, signed.url]) {
      for (const last of ["", end]) {
        const text = [`${signed.method} ${first} HTTP/1.1`, ...head, "", "{}"].join(end) + last;
        const read = readRequestText(text);
        expect(read).toMatchObject({ method: "POST", url: signed.url, body: "{}" });
        expect(explainSigned(read).canonicalRequest).toBe(explainSigned(signed).canonicalRequest);
      }
    }
  });

  it("joins headers that are repeated or continued", () => {
    const { headers } = readRequestText("GET / HTTP/1.1\nHost: h.example\nA: 1\na:2\nB: 3\n  4\n\n");
    expect(headers).toEqual({ host: "h.example", a: "1,2", b: "3 4" });
  });

  it("reads a curl command, however it is quoted", async () => {
    const { method, url, headers: sent, body } = await signer.sign(request);
    const single = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;
    const double = (text: string): string => `"${text.replaceAll(/["\\$`]/g, String.raw`\$&`)}"`;
    for (const quote of [single, double]) {
      const headers = Object.entries(sent).map(([name, value]) => `-H ${quote(`${name}: ${value}`)}`);
      const text = `curl --tlsv1.2 --globoff --path-as-is -sS -o /dev/null --max-time 5 \\\n  -X POST ${headers.join(" \\\n  ")} --data-binary ${quote(request.body)} ${quote(url)}\n`;
      expect(readRequestText(text)).toEqual({ method, url, headers: sent, body });
    }
  });

  it("reads curl's other spellings", () => {
    expect(
      readRequestText("curl --url=https://h.example/ --header='A: 1' -H'B;' -H C: -XPUT -da=1 --data b=2"),
    ).toEqual({
      method: "PUT",
      url: "https://h.example/",
      headers: { a: "1", b: "", "content-type": "application/x-www-form-urlencoded" },
      body: "a=1&b=2",
    });
    expect(readRequestText(String.raw`curl https://h.example/a\ b`)).toEqual({
      method: "GET",
      url: "https://h.example/a b",
      headers: {},
    });
  });

  it.each([
    ["", /must be "POST/],
    ["hello", /must be "POST/],
    ["GET /", /must be "POST/],
    ["GET / HTTP/1.1\n\n", /Host header/],
    ["GET / HTTP/1.1\nHost: h.example\nno header\n\n", /must be "POST/],
    ["GET ftp://h.example/ HTTP/1.1\n\n", /must be "POST/],
    ["curl -s", /one http: or https: URL/],
    ["curl h.example", /one http: or https: URL/],
    ["curl https://a.example https://b.example", /one http: or https: URL/],
    ["curl -d @body.json https://h.example", /names a file/],
    ["curl 'https://h.example", /quote ' is not closed/],
    ["curl -d $'a\\n' https://h.example", /plain quotes/],
  ])("refuses %j", (text, message) => {
    expect(() => readRequestText(text)).toThrow(SignerError);
    expect(() => readRequestText(text)).toThrow(message);
  });
});

describe("readAnswerText", () => {
  const body = '{"__type":"ExpiredTokenException","message":"The security token included in the request is expired"}';

  it.each([
    ["a body alone", body],
    ["a response", `HTTP/1.1 400 Bad Request\r\nDate: Thu, 21 May 2026 12:00:01 GMT\r\n\r\n${body}`],
    ["what curl -i prints", `HTTP/2 400 \r\nx-amzn-errortype: ExpiredTokenException\r\n\r\n${body}\n`],
    ["XML", "<Error><Code>ExpiredToken</Code><Message>expired</Message></Error>"],
  ])("reads %s", async (_, text) => {
    const signed = await signer.sign(request);
    expect(diagnose(readAnswerText(text), signed).cause).toBe("session-token-stale");
  });

  it("keeps status, headers and body", () => {
    const answer = readAnswerText(`HTTP/1.1 403 Forbidden\nDate: x\nContent-Length: 2\n\n{}\n`);
    expect(answer).toEqual({
      status: 403,
      headers: [
        ["Date", "x"],
        ["Content-Length", "2"],
      ],
      body: "{}",
    });
  });

  it.each(["", "403", "HTTP/1.1", "HTTP/1.1 4x3 No", "GET / HTTP/1.1"])("refuses %j", (text) => {
    expect(() => readAnswerText(text)).toThrow(/answer: must be a response/);
  });
});
