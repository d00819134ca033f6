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
    });
  });
});
