// Signs the requests on standard input with the signers others wrote, and prints what they would send, as JSON. A
// process of its own: within the test runner, whose export conditions differ from Node's, these packages do not load.
import { createHash, createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { SignatureV4 } from "@smithy/signature-v4";
import aws4 from "aws4";

class Sha256 {
  constructor(key) {
    this.hash = key === undefined ? createHash("sha256") : createHmac("sha256", key);
  }
  update(data) {
    this.hash.update(data);
  }
  async digest() {
    return new Uint8Array(this.hash.digest());
  }
}

async function smithy({ method, host, path, query, headers, body, service, region, credentials, presign }) {
  const signer = new SignatureV4({ service, region, credentials, sha256: Sha256, uriEscapePath: service !== "s3" });
  const names = [...new Set(query.map(([name]) => name))];
  const values = (name) => query.filter(([key]) => key === name).map(([, value]) => value);
  const request = {
    method,
    protocol: "https:",
    hostname: host,
    path,
    query: Object.fromEntries(names.map((name) => [name, values(name)])),
    // What the SDK's S3 presigner adds: a presigned URL of S3 does not cover the body.
    headers: { ...headers, host, ...(presign && service === "s3" && { "x-amz-content-sha256": "UNSIGNED-PAYLOAD" }) },
    body,
  };
  const signed = presign ? await signer.presign(request, { expiresIn: 900 }) : await signer.sign(request);
  const encode = (text) => encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16)}`);
  const pairs = Object.entries(signed.query).flatMap(([name, value]) =>
    [value].flat().map((one) => `${encode(name)}=${encode(one)}`),
  );
  return { method, url: `${path}${pairs.length > 0 ? "?" : ""}${pairs.join("&")}`, headers: signed.headers, body };
}

async function byAws4({ method, host, path, query, headers, body, service, region, credentials, presign }) {
  const pairs = query.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`);
  const signed = aws4.sign(
    {
      method,
      host,
      path: `${path}${pairs.length > 0 ? "?" : ""}${pairs.join("&")}`,
      headers: { ...headers },
      body,
      service,
      region,
      signQuery: presign,
    },
    credentials,
  );
  return { method, url: signed.path, headers: { ...signed.headers, Host: host }, body };
}

const requests = JSON.parse(readFileSync(0, "utf8"));
const sign = { smithy, aws4: byAws4 }[process.argv[2]];
process.stdout.write(JSON.stringify(await Promise.all(requests.map(sign))));
