import { createServer } from "node:http";
import { connect, type AddressInfo } from "node:net";
import { once } from "node:events";
import { createTransport } from "@countersign/transport";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createProxy, issueKey, type Proxy } from "../../src/index.ts";
import { refusalAnswer, denied } from "../../src/refusal.ts";

// The client's SDK must raise AWS's code with the reason, whatever is wrong with a request.
const transport = createTransport();
let proxy: Proxy;
const server = createServer((request, response) => void proxy.handle(request, response));

beforeAll(async () => {
  const client = { name: "a", key: issueKey(), credentials: issueKey(), allow: [] };
  proxy = await createProxy({ transport, clients: [client] });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
});
afterAll(async () => {
  server.close();
  await proxy.close();
  await transport.close();
});

async function answerTo(lines: readonly string[]): Promise<string> {
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
  let answer = "";
  socket.on("data", (bytes) => (answer += bytes.toString()));
  socket.end(`${[...lines, "host: a", "connection: close"].join("\r\n")}\r\n\r\n`, "latin1");
  await once(socket, "close");
  return answer;
}

describe("a head that cannot be read is refused in the protocol that its signature claims", () => {
  const claim = (service: string): string =>
    `authorization: AWS4-HMAC-SHA256 Credential=CSPXAAAAAAAAAAAAAAAA/20261130/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=0`;

  it.each<[string, readonly string[], RegExp]>([
    [
      "S3, dot segments",
      ["GET /bucket/a/../b HTTP/1.1", claim("s3")],
      /<Error><Code>Validation<\/Code><Message>The path/u,
    ],
    [
      "S3, a presigned URL with dot segments",
      ["GET /bucket/./a?X-Amz-Credential=CSPXA%2F20261130%2Fus-east-1%2Fs3%2Faws4_request HTTP/1.1"],
      /<Error><Code>Validation<\/Code>/u,
    ],
    ["STS, a header that is not ASCII", ["POST / HTTP/1.1", claim("sts"), "x-a: \xe9"], /<ErrorResponse><Error>/u],
    [
      "the control plane, two types",
      ["POST / HTTP/1.1", claim("sagemaker"), "x-amz-target: SageMaker.A", "content-type: a", "content-type: b"],
      /"__type":"ValidationException"/u,
    ],
    ["the runtime, two slashes", ["POST //a HTTP/1.1", claim("sagemaker")], /\{"message":"The request target/u],
    ["no signature", ["GET /a/../b HTTP/1.1"], /\{"message":"The path/u],
  ])("%s", async (_, lines, shape) => {
    const answer = await answerTo(lines);
    expect(answer).toMatch(/^HTTP\/1\.1 400 /u);
    expect(answer).toMatch(shape);
  });
});

it("a request to STS that is not signed, as AssumeRoleWithWebIdentity, is refused in the shape of STS", async () => {
  const type = "content-type: application/x-www-form-urlencoded; charset=utf-8";
  const answer = await answerTo(["POST / HTTP/1.1", type, "content-length: 0"]);
  expect(answer).toMatch(
    /^HTTP\/1\.1 403 [^]*<ErrorResponse><Error><Type>Sender<\/Type><Code>MissingAuthenticationToken</u,
  );
});

it.each(["\0", "\u0001", "\u001b[2J", "\uffff", "\ud800"])(
  "XML of a refusal that quotes %j can be parsed",
  (quoted) => {
    for (const protocol of ["rest-xml", "query"] as const) {
      const { body, headers } = refusalAnswer(denied(`a${quoted}<b>`), protocol, "r");
      expect(body).toContain("<Message>a\ufffd");
      expect(body).toContain("&lt;b&gt;</Message>");
      expect(headers["content-length"]).toBe(String(Buffer.byteLength(body)));
    }
  },
);
