import { X509Certificate } from "node:crypto";
import { connect, type ConnectionOptions, type TLSSocket } from "node:tls";
import { afterEach, describe, expect, it } from "vitest";
import { type Aws, startAws, TestingError, type TlsMode } from "../../src/index.ts";
import { sts } from "../send.ts";

let aws: Aws;
afterEach(() => aws.close());

const forwardSecret: ConnectionOptions = {
  minVersion: "TLSv1.2",
  maxVersion: "TLSv1.3",
  ciphers:
    "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384",
};
const lax: ConnectionOptions = {
  minVersion: "TLSv1",
  maxVersion: "TLSv1.3",
  ciphers: "ALL:@SECLEVEL=0",
  minDHSize: 512,
};

/** The protocol and suite negotiated, or why not. */
function negotiate(url: string, options: ConnectionOptions): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const socket: TLSSocket = connect(
      { host: "127.0.0.1", servername: hostname, port: Number(port), ca: aws.ca, ...options },
      () => {
        resolve(`${socket.getProtocol() ?? ""} ${socket.getCipher().standardName}`);
        socket.destroy();
      },
    );
    socket.on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  });
}

describe("the TLS modes", () => {
  it.each<[TlsMode, RegExp, RegExp]>([
    ["pfs", /^TLSv1\.3 TLS_AES_128_GCM_SHA256/, /^TLSv1\.3 /],
    ["tls13", /^TLSv1\.3 /, /^TLSv1\.3 /],
    ["tls12", /^TLSv1\.2 TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256/, /^TLSv1\.2 /],
    ["static-rsa", /HANDSHAKE_FAILURE|EPROTO/, /^TLSv1\.2 TLS_RSA_WITH_AES_256_GCM_SHA384/],
    ["cbc", /HANDSHAKE_FAILURE|EPROTO/, /^TLSv1\.2 TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256/],
    ["dhe", /HANDSHAKE_FAILURE|EPROTO/, /^TLSv1\.2 TLS_DHE_RSA_WITH_AES_256_GCM_SHA384/],
    ["dhe-1024", /HANDSHAKE_FAILURE|EPROTO/, /^TLSv1\.2 TLS_DHE_RSA_WITH_AES_256_GCM_SHA384/],
    ["tls11", /PROTOCOL_VERSION|EPROTO/, /^TLSv1\.1 TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA/],
    ["tls10", /PROTOCOL_VERSION|EPROTO/, /^TLSv1 TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA/],
    ["expired-certificate", /CERT_HAS_EXPIRED/, /CERT_HAS_EXPIRED/],
    ["self-signed", /DEPTH_ZERO_SELF_SIGNED_CERT/, /DEPTH_ZERO_SELF_SIGNED_CERT/],
    ["wrong-host", /ERR_TLS_CERT_ALTNAME_INVALID/, /ERR_TLS_CERT_ALTNAME_INVALID/],
  ])("%s: what a client with a policy sees, and one without", async (tls, strictly, laxly) => {
    aws = await startAws({ tls });
    expect(await negotiate(aws.url.sts, forwardSecret)).toMatch(strictly);
    expect(await negotiate(aws.url.sts, lax)).toMatch(laxly);
  });

  it("differ by service", async () => {
    aws = await startAws({ tls: { runtime: "tls12" } });
    expect(await negotiate(aws.url.runtime, forwardSecret)).toMatch(/^TLSv1\.2/);
    expect(await negotiate(aws.url.sts, forwardSecret)).toMatch(/^TLSv1\.3/);
  });

  it("are refused when there is no such mode", async () => {
    await expect(startAws({ tls: "ssl3" as TlsMode })).rejects.toThrow(TestingError);
    aws = await startAws();
  });
});

describe("TLS faults", () => {
  it("hit so many connections, and then the server is itself again", async () => {
    aws = await startAws();
    aws.fault({ service: "sts", kind: "tls", mode: "static-rsa", times: 2 });
    aws.fault({ service: "sts", kind: "tls", mode: "reset" });
    const seen = [];
    for (let n = 0; n < 4; n += 1) seen.push(await negotiate(aws.url.sts, forwardSecret));
    expect(seen[0]).toMatch(/HANDSHAKE_FAILURE|EPROTO/);
    expect(seen[1]).toMatch(/HANDSHAKE_FAILURE|EPROTO/);
    expect(seen[2]).toBe("ECONNRESET");
    expect(seen[3]).toMatch(/^TLSv1\.3/);
    expect((await sts(aws, { Action: "GetCallerIdentity" })).status).toBe(200);
  });
});

describe("the certificates", () => {
  it("hold for loopback and for the hosts of AWS, under the authority alone", async () => {
    aws = await startAws({ regions: ["eu-west-1"] });
    for (const servername of [
      "localhost",
      "sts.eu-west-1.amazonaws.com",
      "runtime.sagemaker.eu-west-1.amazonaws.com",
      "vpce-0abc-def.api.sagemaker.eu-west-1.vpce.amazonaws.com",
    ]) {
      expect(await negotiate(aws.url.sts, { servername })).toMatch(/^TLSv1\.3/);
    }
    expect(await negotiate(aws.url.sts, { servername: "sts.us-east-1.amazonaws.com" })).toBe(
      "ERR_TLS_CERT_ALTNAME_INVALID",
    );
    expect(await negotiate(aws.url.sts, { ca: [] })).toBe("UNABLE_TO_VERIFY_LEAF_SIGNATURE");
    const authority = new X509Certificate(aws.ca);
    expect([authority.ca, authority.verify(authority.publicKey)]).toEqual([true, true]);
  });
});
