import { inspect } from "node:util";
import { CountersignError } from "@countersign/signer";
import { type Door, SECRET } from "./door.ts";

/** Parsers are linear: this is what a machine under load may take for an input of a quarter of a million characters. */
const MOST_MS = 2_000;

/** A slow reading is repeated this often and the fastest counts: other work on the machine must not look like a fault. */
const ATTEMPTS = 3;

/**
 * Lets a door read one input and says what is wrong with how it did; `undefined` when all is well.
 *
 * Wrong are: an error that the door does not name, an error that repeats a secret, more time than linear reading takes,
 * and a property left on `Object.prototype`.
 */
export async function examine(door: Door, input: string): Promise<string | undefined> {
  let fastestMs = Infinity;
  for (let attempt = 0; attempt < ATTEMPTS && fastestMs > MOST_MS; attempt++) {
    const started = performance.now();
    const complaint = await complaintAbout(door, input);
    fastestMs = Math.min(fastestMs, performance.now() - started);
    if (complaint !== undefined) return complaint;
  }
  return fastestMs > MOST_MS ? `${fastestMs.toFixed(0)} ms for ${input.length} characters` : undefined;
}

async function complaintAbout(door: Door, input: string): Promise<string | undefined> {
  let complaint: string | undefined;
  try {
    await door.read(input);
  } catch (error) {
    const isNamed = door.refuses?.(error) ?? error instanceof CountersignError;
    if (!isNamed) complaint = `an error that the door does not name: ${inspect(error).slice(0, 1_500)}`;
    else if (input.includes(SECRET) && textOf(error).includes(SECRET))
      complaint = `the error repeats a secret: ${textOf(error).slice(0, 1_500)}`;
  }
  for (const name of Object.keys(Object.prototype)) {
    complaint ??= `Object.prototype has ${name}`;
    Reflect.deleteProperty(Object.prototype, name);
  }
  return complaint;
}

/** All that a log could show of an error: message, causes, and every property. */
function textOf(error: unknown): string {
  return inspect(error, { depth: 8, showHidden: true, maxStringLength: null, breakLength: Infinity });
}
