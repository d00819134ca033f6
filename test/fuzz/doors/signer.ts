import { rootCertificates } from "node:tls";
import { createClock, createSigner, signRequest } from "@countersign/signer";
import {
  diagnose,
  explain,
  explainSigned,
  readAnswerText,
  readExpected,
  readRequestText,
} from "@countersign/signer/diagnose";
import { parseEndpoint, parseSigningScope, resolveEndpoint } from "@countersign/signer/endpoints";
import { createVerifier } from "@countersign/signer/verify";
import { readCertificates } from "../../../packages/signer/src/x509/read-certificates.ts";
import { type Door, SECRET } from "../door.ts";

const credentials = {
  accessKeyId: "AKIDEXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
  sessionToken: SECRET,
};
const date = new Date(Date.UTC(2015, 7, 30, 12, 36));
const clock = createClock({ wall: () => date.getTime() });
const context = { region: "us-east-1", service: "sts", credentials, date };
const url = "https://sts.us-east-1.amazonaws.com/?Action=GetCallerIdentity&Version=2011-06-15";
const signer = createSigner({ region: "us-east-1", service: "sts", credentials, clock });
const inHeaders = await signer.sign({
  method: "POST",
  url,
  headers: { "content-type": "text/plain" },
  body: "Action=A",
});
const { url: presigned } = await signer.presign({ method: "GET", url });
const httpMessage = (target: string, headers: Readonly<Record<string, string>>, body = ""): string =>
  [
    `POST ${target} HTTP/1.1`,
    ...Object.entries({ host: "sts.us-east-1.amazonaws.com", ...headers }).map(([name, value]) => `${name}: ${value}`),
    "",
    body,
  ].join("\r\n");
const signedMessage = httpMessage(new URL(url).pathname + new URL(url).search, inHeaders.headers, "Action=A");
const presignedMessage = httpMessage(presigned.slice(presigned.indexOf("/?")), {}).replace("POST", "GET");
const curl = `curl -X POST '${url}' ${Object.entries(inHeaders.headers)
  .map(([name, value]) => `-H '${name}: ${value}'`)
  .join(" ")} --data 'Action=A'`;
const refusal = (code: string, message: string): string =>
  `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`;
const explained = await explain(signer, {
  method: "POST",
  url,
  headers: { "content-type": "text/plain" },
  body: "Action=A",
});
const refusals = [
  refusal(
    "SignatureDoesNotMatch",
    `The Canonical String for this request should have been\n'${explained.canonicalRequest}'\n\nThe String-to-Sign should have been\n'${explained.stringToSign}'\n`,
  ),
  refusal(
    "SignatureDoesNotMatch",
    "Signature expired: 20150830T123600Z is now earlier than 20150830T124000Z (20150830T124500Z - 5 min.)",
  ),
  `HTTP/1.1 403 Forbidden\r\nDate: Sun, 30 Aug 2015 12:36:00 GMT\r\nContent-Type: application/json\r\n\r\n{"__type":"InvalidSignatureException","message":"The request signature we calculated does not match"}`,
];

const verify = createVerifier({
  clock,
  resolve: async (id) => (id === credentials.accessKeyId ? { ...credentials } : undefined),
});
const HEADER_WORDS = [
  "AWS4-HMAC-SHA256",
  "Credential=",
  "SignedHeaders=",
  "Signature=",
  "X-Amz-Date",
  "x-amz-content-sha256: STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
  "content-encoding: aws-chunked",
  "x-amz-decoded-content-length: 8",
  "host: sts.us-east-1.amazonaws.com\r\n",
];

export const signerDoors: readonly Door[] = [
  {
    name: "signer: certificates",
    seeds: [rootCertificates[0] ?? "", `Bag Attributes\r\n${rootCertificates.slice(0, 2).join("\r\n")}junk`],
    words: ["-----BEGIN CERTIFICATE-----", "-----END", "TRUSTED ", "Proc-Type: 4,ENCRYPTED\n", "MIIB", "=="],
    read(input) {
      readCertificates(input, "certificate");
      readCertificates(Buffer.from(input.replaceAll(/-----[A-Z ]+-----|\s/gu, ""), "base64"), "certificate");
    },
  },
  {
    name: "signer: the verifier",
    seeds: [signedMessage, presignedMessage],
    words: HEADER_WORDS,
    read(input) {
      const [head = "", body = ""] = input.split(/\r\n\r\n([^]*)/u);
      const [start = "", ...lines] = head.split("\r\n");
      const [method = "", target = ""] = start.split(" ");
      const headers = lines.map(
        (line) => [line.split(":")[0] ?? "", line.slice(line.indexOf(":") + 1).trim()] as const,
      );
      return verify({ method, url: target, headers, body });
    },
  },
  {
    name: "signer: a pasted request",
    seeds: [signedMessage, presignedMessage, curl],
    words: [...HEADER_WORDS, "curl ", " -H ", " --data-binary @", "$'", "\\\n"],
    read: (input) => explainSigned(readRequestText(input)),
  },
  {
    name: "signer: a pasted refusal",
    seeds: refusals,
    words: ["<Code>", "</Code>", "<Message>", "&amp;", "HTTP/1.1 403", "Date: ", "CanonicalRequest"],
    read: (input) => diagnose(readAnswerText(input), explained),
  },
  {
    name: "signer: what AWS expected",
    seeds: refusals,
    read: (input) => readExpected(readAnswerText(input)),
  },
  {
    name: "signer: a host",
    seeds: [
      "runtime.sagemaker.eu-west-1.amazonaws.com",
      "vpce-0123456789abcdef0-abcdefgh.runtime.sagemaker.eu-west-1.vpce.amazonaws.com",
      "sts.us-east-1.amazonaws.com:443",
      "https://api.sagemaker-fips.us-gov-west-1.amazonaws.com/",
    ],
    words: [".vpce.", ".amazonaws.com", ".amazonaws.com.cn", ".api.aws", "-fips", "eu-west-1", "."],
    read(input) {
      parseEndpoint(input);
      let url: URL;
      try {
        url = new URL(`https://${input}/`);
      } catch {
        return;
      }
      parseSigningScope(url);
    },
  },
  {
    name: "signer: a Region",
    seeds: ["eu-west-1", "us-iso-east-1", "cn-north-1"],
    read: (input) => resolveEndpoint({ service: "sagemaker-runtime", region: input }),
  },
  {
    name: "signer: a URL to sign",
    seeds: [url, presigned, "https://runtime.sagemaker.eu-west-1.amazonaws.com/endpoints/a%20b/invocations?x=%2F&y=+"],
    words: ["/../", "/./", "%2e%2e", "X-Amz-Signature=", "https://", ":443", "user:pass@"],
    read: (input) => signRequest({ method: "GET", url: input }, context),
  },
  {
    name: "signer: header lines to sign",
    seeds: ["content-type: text/plain\nx-amz-meta-a: 1\nx-amz-meta-a: 2", "host: example.com\nx-empty:"],
    read: (input) =>
      signRequest(
        {
          method: "GET",
          url,
          headers: input
            .split("\n")
            .map((line) => [line.split(":")[0] ?? "", line.slice(line.indexOf(":") + 1)] as const),
        },
        context,
      ),
  },
];
