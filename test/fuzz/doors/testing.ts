import { once } from "node:events";
import { connect } from "node:tls";
import { type Aws, startAws, TestingError } from "@countersign/testing";
import { parsePolicy } from "../../../packages/testing/src/iam/parse-policy.ts";
import { createWorkloadAuthority } from "../../../packages/testing/src/roles-anywhere/authority.ts";
import { readCertificates } from "../../../packages/testing/src/roles-anywhere/certificate.ts";
import { peekClaims } from "../../../packages/testing/src/sts/json-web-token.ts";
import { AwsError } from "../../../packages/testing/src/wire/aws-error.ts";
import { decodeEvents, encodeEvent } from "../../../packages/testing/src/wire/event-stream.ts";
import { send } from "../../../packages/testing/test/send.ts";
import type { Door } from "../door.ts";

/** Started with the first input of a run, and ended with the process. */
let local: Promise<Aws> | undefined;
const start = (): Promise<Aws> => (local ??= startAws({ roles: ["worker"], accounts: ["123456789012"] }));

const FORM = "content-type: application/x-www-form-urlencoded";
const role = encodeURIComponent("arn:aws:iam::123456789012:role/worker");
const json = (target: string): string => `content-type: application/x-amz-json-1.1\nx-amz-target: ${target}`;
const policy = JSON.stringify({
  Version: "2012-10-17",
  Statement: [
    {
      Effect: "Allow",
      Action: ["sagemaker:Invoke*"],
      Resource: "*",
      Condition: { StringLike: { "aws:PrincipalTag/team": ["${aws:username}", "a*"] } },
    },
  ],
});
const unsigned = "eyJhbGciOiJFUzI1NiIsImtpZCI6ImsxIn0.eyJzdWIiOiJhbGljZSIsImF1ZCI6ImEifQ.AAAA";
const saml = Buffer.from(
  '<samlp:Response><saml:Assertion><saml:Attribute Name="x"/></saml:Assertion></samlp:Response>',
).toString("base64");

/** The first line is the service, then come path, headers and, after an empty line, the body. */
function requestIn(input: string): { service: string; path: string; headers: Record<string, string>; body: string } {
  const [head = "", body = ""] = input.split(/\n\n([^]*)/u);
  const [service = "", path = "/", ...lines] = head.split("\n");
  const headers = Object.fromEntries(
    lines.map((line) => [line.split(":")[0] ?? "", line.slice(line.indexOf(":") + 1).trim()]),
  );
  return { service, path, headers, body };
}

const isClients = (error: unknown): boolean =>
  error instanceof Error && /^(?:ERR_|INVALID_|HPE_)/u.test(String((error as { code?: unknown }).code));

const SERVER_WORDS = [
  "Action=",
  "&Version=2011-06-15",
  "x-amz-target: ",
  "Transfer-Encoding: chunked\r\n",
  "__proto__",
];
const authority = createWorkloadAuthority();
const [event = "", message = ""] = [
  encodeEvent({ headers: { ":message-type": "event", ":date": new Date(0) }, payload: Buffer.from("a") }),
  encodeEvent({ headers: { ":chunk-signature": Buffer.alloc(32) }, payload: Buffer.alloc(0) }),
].map((bytes) => bytes.toString("latin1"));

export const testingDoors: readonly Door[] = [
  {
    name: "testing: a signed call",
    seeds: [
      `sts\n/\n${FORM}\n\nAction=AssumeRole&Version=2011-06-15&RoleArn=${role}&RoleSessionName=a&DurationSeconds=900`,
      `sts\n/\n${FORM}\n\nAction=AssumeRole&Version=2011-06-15&RoleArn=${role}&RoleSessionName=a&Policy=${encodeURIComponent(policy)}&Tags.member.1.Key=a&Tags.member.1.Value=b`,
      `sts\n/\n${FORM}\n\nAction=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=${role}&RoleSessionName=a&WebIdentityToken=${unsigned}`,
      `sts\n/\n${FORM}\n\nAction=AssumeRoleWithSAML&Version=2011-06-15&RoleArn=${role}&PrincipalArn=${role}&SAMLAssertion=${encodeURIComponent(saml)}`,
      `sagemaker\n/\n${json("SageMaker.CreateModel")}\n\n{"ModelName":"m","ExecutionRoleArn":"arn:aws:iam::123456789012:role/worker","PrimaryContainer":{"Image":"x"}}`,
      `sagemaker\n/\n${json("SageMaker.ListModels")}\n\n{"MaxResults":5,"NextToken":"e30","CreationTimeAfter":1.7e9}`,
      `sagemaker\n/endpoints/mine/invocations\ncontent-type: application/json\n\n{"a":1}`,
      `s3\n/bucket/key\nx-amz-checksum-crc32: AAAAAA==\n\nbody`,
      `ec2\n/\n${FORM}\n\nAction=DescribeSubnets&Version=2016-11-15&SubnetId.1=subnet-a&Filter.1.Name=x&Filter.1.Value.1=y`,
      `ecr\n/\n${json("AmazonEC2ContainerRegistry_V20150921.BatchGetImage")}\n\n{"repositoryName":"a","imageIds":[{"imageTag":"b"}]}`,
    ],
    words: [...SERVER_WORDS, "null", "1e400", ".member.1.Key=", "PolicyArns.member.1.arn=", "%00"],
    refuses: (error) => error instanceof TestingError || isClients(error),
    async read(input) {
      const aws = await start();
      const { service, path, headers, body } = requestIn(input);
      const url = `${aws.url.all}${path.startsWith("/") ? "" : "/"}${path}`;
      const method = service === "s3" ? "PUT" : "POST";
      const { status, text } = await send(aws, url, { service, headers, body, method });
      if (status >= 500 && !/ServiceUnavailable|NotImplemented/u.test(text))
        throw new Error(`${status}: ${text.slice(0, 200)}`);
    },
  },
  {
    name: "testing: bytes on a connection",
    seeds: [
      `POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 42\r\n${FORM}\r\n\r\nAction=GetCallerIdentity&Version=2011-06-15`,
      "GET /FeatureGroup/a?RecordIdentifierValueAsString=1 HTTP/1.1\r\nHost: localhost\r\nauthorization: AWS4-HMAC-SHA256 Credential=a/b/c/d/aws4_request, SignedHeaders=host, Signature=00\r\n\r\n",
      "OPTIONS / HTTP/1.1\r\nHost: localhost\r\norigin: https://a.test\r\naccess-control-request-method: POST\r\n\r\n",
      "PUT /b/k?X-Amz-Signature=0&X-Amz-Credential=a%2Fb HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n",
    ],
    words: [...SERVER_WORDS, " HTTP/1.1\r\n", "\r\n\r\n", "Host: ", "X-Amz-Date=", "AWS4-X509-ECDSA-SHA256"],
    async read(input) {
      const aws = await start();
      const { port } = new URL(aws.url.all);
      const socket = connect({ port: Number(port), host: "localhost", ca: aws.ca, ALPNProtocols: ["http/1.1"] });
      let answer = "";
      socket
        .on("error", () => {})
        .setEncoding("latin1")
        .on("data", (part: string) => (answer += part));
      await once(socket, "secureConnect");
      socket.setTimeout(1_000, () => socket.destroy());
      socket.end(Buffer.from(input, "latin1"));
      await once(socket, "close");
      const status = /^HTTP\/1\.1 (\d+)/u.exec(answer)?.[1];
      if (status !== undefined && Number(status) >= 500 && status !== "501" && status !== "505")
        throw new Error(answer.slice(0, 300));
    },
  },
  {
    name: "testing: a policy",
    seeds: [policy, '{"Statement":{"Effect":"Deny","NotAction":"*","Principal":{"AWS":"*"}}}'],
    words: ['"Condition":', '"Bool":', "null", "${", "'}", '"Action":'],
    refuses: (error) => error instanceof TestingError || error instanceof AwsError,
    read(input) {
      parsePolicy(input, "any");
      parsePolicy(input, "trust");
    },
  },
  {
    name: "testing: an event stream",
    seeds: [event, event + message],
    words: ["\0\0\0\x10", ":message-type", "\x07\0", "\x08"],
    refuses: (error) => error instanceof RangeError,
    async read(input) {
      const bytes = Buffer.from(input, "latin1");
      const pieces = (async function* () {
        yield bytes.subarray(0, bytes.length >> 1);
        yield bytes.subarray(bytes.length >> 1);
      })();
      for await (const _ of decodeEvents(pieces));
    },
  },
  {
    name: "testing: certificates of workloads",
    seeds: [authority.certificate],
    words: ["-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----", "MIIB", "=="],
    // The service answers whatever error this is by one of its own.
    refuses: (error) => error instanceof Error,
    read(input) {
      readCertificates(input);
    },
  },
  {
    name: "testing: the claims of a token",
    seeds: [unsigned],
    words: [".", "e30", "bnVsbA", "W10"],
    read(input) {
      peekClaims(input);
    },
  },
];
