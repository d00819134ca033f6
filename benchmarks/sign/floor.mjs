import { createHash, createHmac, createSecretKey, hash as oneShot } from "node:crypto";
import { signRequest } from "@countersign/signer";
import { bodies, contentType, credentials, date, region, service, url } from "./fixture.mjs";

const hash = oneShot ?? ((algorithm, data, encoding) => createHash(algorithm).update(data).digest(encoding));

/**
 * What the digests alone cost with Node's fastest primitives: the body, the canonical request, and one HMAC over the
 * string to sign, as the cheaper of createHmac on a KeyObject and two one-shot hashes. No signer that calls these
 * three can be faster.
 */
export function floor(body = bodies.small) {
  const { canonicalRequest, stringToSign, signature } = signRequest(
    { method: "POST", url, headers: { "content-type": contentType }, body },
    { credentials, region, service, date },
  );
  const raw = signingKeyBytes();
  const mac = cheaper(keyObjectHmac(raw), twoHashes(raw));
  if (mac(stringToSign) !== signature) throw new Error("the floor computes another signature");
  return {
    run() {
      hash("sha256", body, "hex");
      hash("sha256", canonicalRequest, "hex");
      return mac(stringToSign);
    },
  };

  function signingKeyBytes() {
    const day = date.toISOString().slice(0, 10).replaceAll("-", "");
    return [day, region, service, "aws4_request"].reduce(
      (secret, part) => createHmac("sha256", secret).update(part).digest(),
      `AWS4${credentials.secretAccessKey}`,
    );
  }
}

function keyObjectHmac(raw) {
  const key = createSecretKey(raw);
  return (text) => createHmac("sha256", key).update(text).digest("hex");
}

function twoHashes(raw) {
  const pad = (byte) => Buffer.concat([raw, Buffer.alloc(32)]).map((value) => value ^ byte);
  const inner = Buffer.concat([pad(0x36), Buffer.alloc(1024)]);
  const outer = Buffer.concat([pad(0x5c), Buffer.alloc(32)]);
  return (text) => {
    const length = inner.latin1Write(text, 64);
    outer.set(hash("sha256", inner.subarray(0, 64 + length), "buffer"), 64);
    return hash("sha256", outer, "hex");
  };
}

function cheaper(...candidates) {
  const sample = "x".repeat(140);
  const cost = (mac) => {
    for (let index = 0; index < 2000; index++) mac(sample);
    const started = performance.now();
    for (let index = 0; index < 4000; index++) mac(sample);
    return performance.now() - started;
  };
  return candidates.map((mac) => [cost(mac), mac]).toSorted(([a], [b]) => a - b)[0][1];
}
