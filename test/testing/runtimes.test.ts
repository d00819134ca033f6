import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runtimeBinary } from "../runtimes/binaries.ts";

const run = promisify(execFile);
const driver = `
  import { createHash, createPrivateKey, sign, X509Certificate } from "node:crypto";
  import { request } from "node:https";
  import { connect } from "node:tls";
  import { startAws } from "@countersign/testing";
  const negotiated = {};
  for (const tls of ["pfs", "tls12", "static-rsa", "cbc", "dhe", "dhe-1024", "tls11", "tls10"]) {
    const aws = await startAws({ tls });
    const port = Number(new URL(aws.url.sts).port);
    negotiated[tls] = await new Promise((resolve) => {
      const options = { host: "127.0.0.1", servername: "localhost", port, ca: aws.ca };
      const lax = { minVersion: "TLSv1", ciphers: "ALL:@SECLEVEL=0", minDHSize: 512 };
      const socket = connect({ ...options, ...lax }, () => {
        resolve(socket.getProtocol() + " " + socket.getCipher().standardName);
        socket.destroy();
      });
      socket.on("error", (error) => resolve(error.code));
    });
    await aws.close();
  }
  // CreateSession of IAM Roles Anywhere, signed with ML-DSA as AWS4-X509-MLDSA says.
  async function mlDsa() {
    await using aws = await startAws({ roles: [{ arn: "worker", trustPolicy: { Statement: {
      Effect: "Allow", Principal: { Service: "rolesanywhere.amazonaws.com" },
      Action: ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"],
    } } }] });
    const { trustAnchorArn, profileArn } = aws.rolesAnywhere;
    let own;
    try {
      own = aws.rolesAnywhere.certificate({ key: "ml-dsa" });
    } catch (error) {
      return error.code;
    }
    const { port, host } = new URL(aws.url.rolesAnywhere);
    const body = JSON.stringify({ trustAnchorArn, profileArn, roleArn: aws.role("worker").arn });
    const sha256 = (text) => createHash("sha256").update(text).digest("hex");
    const date = new Date(aws.clock.now()).toISOString().replaceAll(/[-:]|\\.\\d{3}/g, "");
    const headers = { host, "x-amz-date": date, "x-amz-x509": new X509Certificate(own.certificate).raw.toString("base64") };
    const names = Object.keys(headers);
    const lines = names.map((name) => name + ":" + headers[name]);
    const canonical = ["POST", "/sessions", "", ...lines, "", names.join(";"), sha256(body)].join("\\n");
    const scope = date.slice(0, 8) + "/us-east-1/rolesanywhere/aws4_request";
    const text = ["AWS4-X509-MLDSA", date, scope, sha256(canonical)].join("\\n");
    const signature = sign(null, Buffer.from(text), createPrivateKey(own.key)).toString("hex");
    headers.authorization = "AWS4-X509-MLDSA Credential=" + own.serialNumber + "/" + scope + ", SignedHeaders=" +
      names.join(";") + ", Signature=" + signature;
    return await new Promise((resolve) => {
      const options = { method: "POST", port, path: "/sessions", ca: aws.ca, headers, agent: false };
      request({ host: "localhost", ...options }, (answer) => resolve(answer.resume().statusCode)).end(body);
    });
  }
  negotiated.mlDsa = await mlDsa();
  console.log(JSON.stringify(negotiated));
`;

let directory: string;
let script: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "countersign-testing-"));
  script = join(directory, "driver.mjs");
  await build({
    stdin: { contents: driver, resolveDir: fileURLToPath(new URL("..", import.meta.url)), loader: "ts" },
    outfile: script,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    conditions: ["@countersign/source", "node"],
    logLevel: "error",
  });
});
afterAll(() => rm(directory, { recursive: true, force: true }));

describe.each(["n22", "n24", "n26"] as const)("%s", (runtime) => {
  it("starts, negotiates in every mode, and ends by itself", async () => {
    const { stdout } = await run(runtimeBinary(runtime), ["--no-warnings", script]);
    expect(JSON.parse(stdout)).toEqual({
      pfs: "TLSv1.3 TLS_AES_128_GCM_SHA256",
      tls12: "TLSv1.2 TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
      "static-rsa": "TLSv1.2 TLS_RSA_WITH_AES_256_GCM_SHA384",
      cbc: "TLSv1.2 TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256",
      dhe: "TLSv1.2 TLS_DHE_RSA_WITH_AES_256_GCM_SHA384",
      "dhe-1024": "TLSv1.2 TLS_DHE_RSA_WITH_AES_256_GCM_SHA384",
      tls11: "TLSv1.1 TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA",
      tls10: "TLSv1 TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA",
      // Node knows ML-DSA from 24 on.
      mlDsa: runtime === "n22" ? "INVALID_OPTION" : 201,
    });
  });
});
