// What signers hold: bytes on the heap and beside it for one signer more, after the collector ran.
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { createSigner } from "@countersign/signer";
import { bodies, clock, contentType, credentials, region, service } from "./fixture.mjs";
import { workloadHost } from "./workloads.mjs";

/** @returns a variant that reports KiB for a signer that signed for so many URLs. */
export function heldBySigner(signers, urls) {
  return {
    measure() {
      setFlagsFromString("--expose-gc");
      const collect = runInNewContext("gc");
      const held = () => {
        for (let run = 0; run < 5; run++) collect();
        const { heapUsed, external } = process.memoryUsage();
        return heapUsed + external;
      };
      const make = () => {
        const signer = createSigner({ region, service, credentials: { ...credentials }, clock });
        for (let index = 0; index < urls; index++) {
          signer.signSync({
            method: "POST",
            url: `https://${workloadHost}/endpoints/recommender-${index}/invocations`,
            headers: { "content-type": contentType },
            body: bodies.small,
          });
        }
        return signer;
      };
      // The code and what all signers share is loaded first.
      for (let index = 0; index < 10; index++) make();
      const before = held();
      const kept = Array.from({ length: signers }, make);
      const kib = (held() - before) / 1024 / kept.length;
      return { ns: kib, unit: "KiB" };
    },
  };
}
