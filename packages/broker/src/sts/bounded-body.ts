import { type Readable, Transform } from "node:stream";

/** An answer of STS is a few KiB. The parser of the AWS SDK takes long for a longer one that is made for that. */
const MAX_ANSWER_BYTES: number = 64 * 1024;

/** Passes a body on up to a size, and fails with the first byte beyond it, before a parser sees the rest. */
export function boundedBody(body: Readable, maxBytes: number = MAX_ANSWER_BYTES): Readable {
  let size = 0;
  const bounded = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      size += chunk.length;
      if (size <= maxBytes) return done(null, chunk);
      done(new RangeError(`the answer must be at most ${maxBytes} bytes`));
    },
  });
  body.once("error", (error) => bounded.destroy(error));
  bounded.once("close", () => body.destroy());
  return body.pipe(bounded);
}
