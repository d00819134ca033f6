import diagnosticsChannel from "node:diagnostics_channel";
import { createClock } from "@countersign/signer";
import { expect, it } from "vitest";
import { createClientState } from "../../src/client/client-state.ts";
import { createAuthority } from "../../src/forward/authority.ts";
import { createUpstreamTls } from "../../src/observe/upstream-tls.ts";

it("keeps the signers of one Region more than the limit", () => {
  const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "x".repeat(40) };
  const state = createClientState({ name: "notebook", credentials, allow: [] }, createClock());
  const signersOf = () => Array.from({ length: 257 }, (_, n) => state.signerFor(`eu-west-${n}`, "sagemaker"));
  const first = signersOf();
  for (let round = 0; round < 3; round++) expect(signersOf().every((signer, n) => signer === first[n])).toBe(true);
});

it("tells how the connection to a host in use was protected, however many hosts others name", () => {
  const tls = createUpstreamTls();
  const shake = (host: string): void =>
    diagnosticsChannel.channel("countersign:tls.handshake").publish({
      name: "tls.handshake",
      handshake: { host, protocol: "TLSv1.3", cipher: "TLS_AES_128_GCM_SHA256" },
    });
  shake("runtime.sagemaker.eu-west-1.amazonaws.com");
  for (let round = 0; round < 10; round++) {
    for (let n = 0; n < 500; n++) shake(`bucket-${round}-${n}.s3.eu-west-1.amazonaws.com`);
    expect(tls.of("runtime.sagemaker.eu-west-1.amazonaws.com")?.protocol).toBe("TLSv1.3");
  }
  expect(tls.of("bucket-0-0.s3.eu-west-1.amazonaws.com")).toBeNull();
  tls.close();
});

it("issues no second certificate for a host in use, however many hosts a client names", async () => {
  const authority = await createAuthority("test", Date.now, 20);
  const used = authority.contextFor("runtime.sagemaker.eu-west-1.amazonaws.com");
  const all = [used];
  for (let round = 0; round < 5; round++) {
    for (let n = 0; n < 17; n++) all.push(authority.contextFor(`bucket-${round}-${n}.s3.eu-west-1.amazonaws.com`));
    expect(authority.contextFor("runtime.sagemaker.eu-west-1.amazonaws.com")).toBe(used);
  }
  await Promise.all(all);
});
