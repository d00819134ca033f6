import { createHash } from "node:crypto";
import http from "node:http";
import { Readable } from "node:stream";
import { createSigner } from "@countersign/signer";
import { region } from "../e2e/fixture.mjs";
import { GIBIBYTE, key } from "./fixture.mjs";
import { inTurns } from "./in-turns.mjs";
import { startDoor } from "./start.mjs";

const piece = Buffer.alloc(1024 * 1024, "x");
/** Uploads of each contestant: the median counts. */
const TURNS = 3;

function* pieces(length) {
  for (let sent = 0; sent < length; sent += piece.length) yield piece;
}

function payloadOf(length, isHashed) {
  if (!isHashed) return "unsigned";
  const hash = createHash("sha256");
  for (const one of pieces(length)) hash.update(one);
  return { sha256: hash.digest("hex") };
}

/**
 * The variants of a case: the time of one upload of a gibibyte, whose hash the proxy verifies if it is signed, with the
 * CPU time that it cost the door and the most memory that the door ever held. All doors are up at once and take turns.
 *
 * @param kinds pairs of a variant's name and its door's kind.
 * @param isHashed whether the hash of the body is signed.
 */
export function uploads(kinds, isHashed) {
  return inTurns(
    kinds,
    async (kind, server) => {
      const door = await startDoor(kind, server);
      return { ...door, output: () => put(door, piece.length, payloadOf(piece.length, isHashed)) };
    },
    (doors) => alternate(doors, isHashed),
  );
}

async function put(door, length, payload) {
  const url = `${door.url}/bucket/object`;
  const signer = createSigner({ region, service: "s3", credentials: key });
  const { headers } = await signer.sign({ method: "PUT", url, payload });
  return new Promise((resolve, reject) => {
    const request = http.request(
      url,
      { method: "PUT", headers: { ...headers, "content-length": length } },
      (answer) => {
        answer.resume().on("end", () => resolve(answer.statusCode));
      },
    );
    request.on("error", reject);
    Readable.from(pieces(length), { objectMode: false, highWaterMark: piece.length }).pipe(request);
  });
}

async function alternate(doors, isHashed) {
  const payload = payloadOf(GIBIBYTE, isHashed);
  const warm = 64 * piece.length;
  for (const door of doors) await put(door, warm, payloadOf(warm, isHashed));
  const all = new Map(doors.map((door) => [door, []]));
  for (let turn = 0; turn < TURNS; turn++) {
    for (let at = 0; at < doors.length; at++) {
      const door = doors[(at + turn) % doors.length];
      const before = (await door.used()).us;
      const started = process.hrtime.bigint();
      const status = await put(door, GIBIBYTE, payload);
      const ns = Number(process.hrtime.bigint() - started);
      if (status !== 200) throw new Error(`answered with ${status}`);
      const { us, peakMiB } = await door.used();
      all.get(door).push({ ns, cpu: (us - before) * 1e3, peakMiB });
    }
  }
  // The turn whose time is the median.
  return new Map([...all].map(([door, turns]) => [door, turns.toSorted((a, b) => a.ns - b.ns)[TURNS >> 1]]));
}
