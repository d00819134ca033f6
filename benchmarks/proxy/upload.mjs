import { createHash } from "node:crypto";
import http from "node:http";
import { Readable } from "node:stream";
import { createSigner } from "@countersign/signer";
import { startServer } from "../e2e/endpoint.mjs";
import { region } from "../e2e/fixture.mjs";
import { GIBIBYTE, key } from "./fixture.mjs";
import { startDoor } from "./start.mjs";

const piece = Buffer.alloc(1024 * 1024, "x");

function* pieces() {
  for (let sent = 0; sent < GIBIBYTE; sent += piece.length) yield piece;
}

/** A variant: the time of one upload of a gibibyte, whose hash the proxy verifies while it passes. */
export async function upload(kind) {
  const server = await startServer();
  const door = await startDoor(kind, server);
  const hash = createHash("sha256");
  for (const one of pieces()) hash.update(one);
  const signer = createSigner({ region, service: "s3", credentials: key });
  const url = `${door.url}/bucket/object`;
  const { headers } = await signer.sign({ method: "PUT", url, payload: { sha256: hash.digest("hex") } });

  const put = () =>
    new Promise((resolve, reject) => {
      const request = http.request(
        url,
        { method: "PUT", headers: { ...headers, "content-length": GIBIBYTE } },
        (answer) => {
          answer.resume().on("end", () => resolve(answer.statusCode));
        },
      );
      request.on("error", reject);
      Readable.from(pieces(), { objectMode: false, highWaterMark: piece.length }).pipe(request);
    });

  return {
    output: put,
    async measure() {
      const started = process.hrtime.bigint();
      const status = await put();
      if (status !== 200) throw new Error(`answered with ${status}`);
      return { ns: Number(process.hrtime.bigint() - started) };
    },
    async close() {
      await door.close();
      await server.close();
    },
  };
}
