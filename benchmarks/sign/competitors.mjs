import { createHash, createHmac } from "node:crypto";
import { createRequire } from "node:module";
import {
  bodies,
  contentType,
  credentials,
  date,
  region,
  request,
  service,
  signatureOf,
  url,
  warm,
} from "./fixture.mjs";

const require = createRequire(import.meta.url);

/** mhart/aws4, which signs a request options object in place. */
export async function aws4(body = bodies.small) {
  const { default: library } = await import("aws4");
  const amzDate = date.toISOString().replaceAll(/[-:]|\.\d{3}/g, "");
  const sign = warm(
    (body) =>
      library.sign(
        {
          service,
          region,
          method: "POST",
          host: request.host,
          path: request.path,
          headers: { "Content-Type": contentType, "X-Amz-Date": amzDate },
          body,
          extraHeadersToIgnore: { "content-length": true },
        },
        credentials,
      ).headers.Authorization,
  );
  return { run: () => sign(body), output: () => signatureOf(sign(body)) };
}

/** @smithy/signature-v4 with a hash of Node's crypto, or with the SDK's JavaScript hash. */
export async function smithy(hashName, body = bodies.small) {
  const { SignatureV4 } = await import("@smithy/signature-v4");
  const sha256 = hashName === "node:crypto" ? NodeSha256 : (await import("@aws-crypto/sha256-js")).Sha256;
  const signer = new SignatureV4({ credentials, region, service, sha256, applyChecksum: false });
  const run = () =>
    signer.sign(
      {
        method: "POST",
        protocol: "https:",
        hostname: request.host,
        path: request.path,
        query: {},
        headers: { host: request.host, "content-type": contentType },
        body,
      },
      { signingDate: date },
    );
  return { run, output: async () => signatureOf((await run()).headers.authorization) };
}

export async function smithyPresign() {
  const { SignatureV4 } = await import("@smithy/signature-v4");
  const signer = new SignatureV4({ credentials, region, service, sha256: NodeSha256, applyChecksum: false });
  const run = () =>
    signer.presign(
      {
        method: "POST",
        protocol: "https:",
        hostname: request.host,
        path: request.path,
        query: {},
        headers: { host: request.host },
      },
      { signingDate: date, expiresIn: 3600 },
    );
  return { run, output: async () => (await run()).query["X-Amz-Signature"] };
}

/** aws4fetch, on WebCrypto. It signs a Request; the date is given, or every second would differ. */
export async function aws4fetch(body = bodies.small) {
  const { AwsV4Signer } = await import("aws4fetch");
  const datetime = date.toISOString().replaceAll(/[-:]|\.\d{3}/g, "");
  const cache = new Map();
  const run = () =>
    new AwsV4Signer({
      ...credentials,
      url,
      method: "POST",
      headers: { "content-type": contentType },
      body,
      service,
      region,
      datetime,
      cache,
      allHeaders: true,
    }).sign();
  return { run, output: async () => signatureOf((await run()).headers.get("authorization")) };
}

/** The AWS Common Runtime, native code behind N-API. */
export async function awsCrt(body = bodies.small) {
  const { auth, http } = require("aws-crt");
  const provider = auth.AwsCredentialsProvider.newStatic(
    credentials.accessKeyId,
    credentials.secretAccessKey,
    credentials.sessionToken,
  );
  const run = () =>
    auth.aws_sign_request(
      new http.HttpRequest(
        "POST",
        request.path,
        new http.HttpHeaders([
          ["host", request.host],
          ["content-type", contentType],
        ]),
      ),
      {
        algorithm: auth.AwsSigningAlgorithm.SigV4,
        signature_type: auth.AwsSignatureType.HttpRequestViaHeaders,
        provider,
        region,
        service,
        date,
        // The body as a stream would cost more: it is hashed here, with Node, and signed as a value.
        signed_body_value: createHash("sha256").update(body).digest("hex"),
        signed_body_header: auth.AwsSignedBodyHeaderType.None,
      },
    );
  return { run, output: async () => signatureOf((await run()).headers.get("Authorization")) };
}

class NodeSha256 {
  #hash;
  constructor(secret) {
    this.#hash = secret === undefined ? createHash("sha256") : createHmac("sha256", secret);
  }
  update(data) {
    this.#hash.update(data);
  }
  digest() {
    return Promise.resolve(new Uint8Array(this.#hash.digest()));
  }
  reset() {}
}
