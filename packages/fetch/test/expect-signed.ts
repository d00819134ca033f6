import { createHash } from "node:crypto";
import { createRequire } from "node:module";
import type { AwsCredentials } from "@countersign/signer";
import { expect } from "vitest";
import type { Received } from "./local-server.ts";

// Required, not imported: its ESM build has imports without extensions, which Node does not resolve.
const require = createRequire(import.meta.url);
const { SignatureV4 } = require("@smithy/signature-v4") as typeof import("@smithy/signature-v4");
const { Sha256 } = require("@aws-crypto/sha256-js") as typeof import("@aws-crypto/sha256-js");

export const credentials = {
  accessKeyId: "AKIDEXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
  sessionToken: "AQoDYXdzEXAMPLE/token+value==",
} satisfies AwsCredentials;

/** Recomputes the signature, with AWS's own signer, from what arrived. */
export async function expectSigned(request: Received, using: typeof credentials = credentials): Promise<void> {
  const { authorization = "" } = request.headers;
  const [, date, region, service, signedHeaders = "", signature] =
    /Credential=[^/]+\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([\da-f]{64})$/u.exec(
      authorization,
    ) ?? [];
  expect(date, `no signature in ${authorization}`).toBeDefined();
  const url = new URL(request.path, `http://${request.headers["host"]}`);
  const query: Record<string, string[]> = {};
  for (const [name, value] of url.searchParams) (query[name] ??= []).push(value);
  const names = new Set(signedHeaders.split(";"));
  const headers: Record<string, string> = {};
  for (const name of names) headers[name] = request.headers[name] ?? "";
  delete headers["x-amz-date"];
  if (headers["x-amz-content-sha256"] === undefined) {
    headers["x-amz-content-sha256"] = createHash("sha256").update(request.body).digest("hex");
  }
  const stamp = request.headers["x-amz-date"] ?? "";
  const signer = new SignatureV4({
    credentials: using,
    region: region ?? "",
    service: service ?? "",
    sha256: Sha256,
    applyChecksum: false,
    uriEscapePath: service !== "s3",
  });
  const signed = await signer.sign(
    {
      method: request.method,
      protocol: "http:",
      hostname: url.hostname,
      path: url.pathname,
      query,
      headers,
      body: request.body,
    },
    {
      signingDate: new Date(stamp.replace(/(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z/u, "$1-$2-$3T$4:$5:$6Z")),
      signableHeaders: names,
      unsignableHeaders: new Set(["x-amz-content-sha256"].filter((name) => !names.has(name))),
    },
  );
  expect(signed.headers["authorization"]).toContain(`Signature=${signature}`);
}
