import { createHash } from "node:crypto";
import http from "node:http";
import { Readable } from "node:stream";
import { createSigner } from "@countersign/signer";
import { startServer } from "../e2e/endpoint.mjs";
import { region } from "../e2e/fixture.mjs";
import { GIBIBYTE, key } from "./fixture.mjs";
import { startDoor } from "./start.mjs";

const piece = Buffer.alloc(1024 * 1024, "x");

function* pieces(length) {
  for (let sent = 0; sent < length; sent += piece.length) yield piece;
}

/**
 * A variant: the time of one upload of a gibibyte, whose hash the proxy verifies while it passes, and the most memory that
 * the door held.
 */
export async function upload(kind) {
  const server = await startServer();
  const door = await startDoor(kind, server);
  const signer = createSigner({ region, service: "s3", credentials: key });
  const url = `${door.url}/bucket/object`;

  async function headersOf(length) {
    const hash = createHash("sha256");
    for (const one of pieces(length)) hash.update(one);
    const { headers } = await signer.sign({ method: "PUT", url, payload: { sha256: hash.digest("hex") } });
    return { ...headers, "content-length": length };
  }

  const put = (length, headers) =>
    new Promise((resolve, reject) => {
      const request = http.request(url, { method: "PUT", headers }, (answer) => {
        answer.resume().on("end", () => resolve(answer.statusCode));
      });
      request.on("error", reject);
      Readable.from(pieces(length), { objectMode: false, highWaterMark: piece.length }).pipe(request);
    });

  return {
    output: async () => put(piece.length, await headersOf(piece.length)),
    async measure() {
      const headers = await headersOf(GIBIBYTE);
      const started = process.hrtime.bigint();
      const status = await put(GIBIBYTE, headers);
      const ns = Number(process.hrtime.bigint() - started);
      if (status !== 200) throw new Error(`answered with ${status}`);
      return { ns, peakMiB: (await door.used()).peakMiB };
    },
    async close() {
      await door.close();
      await server.close();
    },
  };
}
