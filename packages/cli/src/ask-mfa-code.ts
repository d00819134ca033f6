import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";

let asking: Promise<string> | undefined;

/** Asks for a code on the terminal, without showing it. Requests that come meanwhile wait for the same code. */
export function askMfaCode(serialNumber: string): Promise<string> {
  asking ??= ask(serialNumber).finally(() => (asking = undefined));
  return asking;
}

async function ask(serialNumber: string): Promise<string> {
  // readline writes the typed characters to its output; stdout stays free for the result.
  const hidden = new Writable({ write: (_chunk, _encoding, done) => done() });
  const prompt = createInterface({ input: process.stdin, output: hidden, terminal: true });
  process.stderr.write(`MFA code of ${serialNumber}: `);
  try {
    return (await prompt.question("")).trim();
  } finally {
    prompt.close();
    process.stderr.write("\n");
  }
}
