import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { CliError } from "./cli-error.ts";
import { visible } from "./visible.ts";

const asking = new Map<string, Promise<string>>();
let last: Promise<unknown> = Promise.resolve();

/**
 * Asks for a code on the terminal, without showing it. Requests for the same device that come meanwhile wait for the same
 * code; those for another device are asked for afterwards.
 *
 * @throws CliError `MFA_UNATTENDED` when the input ends or is interrupted.
 */
export function askMfaCode(serialNumber: string): Promise<string> {
  let code = asking.get(serialNumber);
  if (code === undefined) {
    code = last.then(() => ask(serialNumber)).finally(() => asking.delete(serialNumber));
    asking.set(serialNumber, code);
    last = code.catch(() => undefined);
  }
  return code;
}

async function ask(serialNumber: string): Promise<string> {
  // readline writes the typed characters to its output; stdout stays free for the result.
  const hidden = new Writable({ write: (_chunk, _encoding, done) => done() });
  const prompt = createInterface({ input: process.stdin, output: hidden, terminal: true });
  process.stderr.write(`MFA code of ${visible(serialNumber)}: `);
  try {
    const ended = new Promise<never>((_, reject) => prompt.once("close", () => reject(new Error("the input ended"))));
    return (await Promise.race([prompt.question(""), ended])).trim();
  } catch {
    throw new CliError("MFA_UNATTENDED", `the code of ${serialNumber} was not entered`);
  } finally {
    prompt.close();
    process.stderr.write("\n");
  }
}
