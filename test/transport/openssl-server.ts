import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable, Writable } from "node:stream";
import type { Identity } from "../../packages/transport/test/authority.ts";

/** `openssl s_server`: what arrives appears on its standard output, what it is given goes to the client. */
export interface OpensslServer {
  readonly port: number;
  /** Everything it printed, the bytes of requests among it. */
  output(): string;
  /** Resolves when the output holds this text more than `seen` times. */
  printed(text: string, seen?: number): Promise<void>;
  write(text: string): void;
  stop(): Promise<void>;
}

/** An answer after which the client has to open another connection. */
const answer = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok";

/** @param answers whether requests are answered, which takes their head to have arrived completely. */
export async function startOpenssl(
  identity: Pick<Identity, "certFile" | "keyFile">,
  flags: readonly string[],
  answers = true,
): Promise<OpensslServer> {
  const child: ChildProcessByStdio<Writable, Readable, Readable> = spawn(
    "openssl",
    ["s_server", "-accept", "0", "-4", "-cert", identity.certFile, "-key", identity.keyFile, ...flags],
    { stdio: ["pipe", "pipe", "pipe"] },
  );
  let output = "";
  let answered = 0;
  const count = (text: string): number => output.split(text).length - 1;
  const take = (data: Buffer): void => {
    output += data.toString("latin1");
    if (answers && count("\r\n\r\n") > answered) {
      answered = count("\r\n\r\n");
      child.stdin.write(answer);
    }
    child.emit("printed");
  };
  child.stdout.on("data", take);
  child.stderr.on("data", take);
  child.stdin.on("error", () => {});
  const printed: OpensslServer["printed"] = async (text, seen = 0) => {
    while (count(text) <= seen) {
      if (child.exitCode !== null) throw new Error(`openssl s_server ended: ${output}`);
      await Promise.race([once(child, "printed"), once(child, "exit")]);
    }
  };
  await printed("ACCEPT");
  // It goes on without what it cannot load.
  if (/unable to load/i.test(output)) throw new Error(output);
  return {
    port: Number(/ACCEPT [^\n]*:(\d+)/.exec(output)?.[1]),
    output: () => output,
    printed,
    write: (text) => void child.stdin.write(text),
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exit = once(child, "exit");
      child.kill("SIGKILL");
      await exit;
    },
  };
}
