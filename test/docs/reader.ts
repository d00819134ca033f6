import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { type Local, startLocal } from "@countersign/testing";
import { build } from "esbuild";
import { root } from "../packaging/workspaces.ts";

const AWS_CLI = "/usr/bin/aws";
const COMMAND = path.join(root, "packages/cli/bin/countersign.mjs");

/** What running something left behind. */
export interface Outcome {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** A reader who follows a document: a folder of their own, the command on their PATH, and an AWS. */
export interface Reader extends AsyncDisposable {
  readonly aws: Local;
  readonly folder: string;
  /** Puts a file where commands run. */
  write(name: string, content: string): void;
  /** Runs lines of a shell. What they start in the background goes on until `dispose`. */
  shell(script: string, extra?: Readonly<Record<string, string>>): Promise<Outcome>;
  /** Runs TypeScript as a module of its own. */
  module(code: string): Promise<Outcome>;
}

/** Starts a local AWS with the names the documents use, and prepares the folder. */
export async function createReader(): Promise<Reader> {
  if (!existsSync(AWS_CLI)) throw new Error(`${AWS_CLI} is needed: apt-get install awscli`);
  const folder = mkdtempSync(path.join(tmpdir(), "countersign-reader-"));
  const aws = await startLocal({
    port: 0,
    accounts: ["111122223333"],
    regions: ["eu-west-1"],
    roles: ["arn:aws:iam::111122223333:role/inference"],
    endpoints: { recommender: { body: { predictions: [0.93] } } },
  });
  const { AWS_ENDPOINT_URL = "", ...environment } = aws.environment;
  const bin = path.join(folder, "bin");
  mkdirSync(bin);
  const program = (name: string, line: string): void => {
    writeFileSync(path.join(bin, name), `#!/bin/sh\nexec ${line} "$@"\n`);
    chmodSync(path.join(bin, name), 0o755);
  };
  program("countersign", `'${process.execPath}' '${COMMAND}'`);
  // Debian's release does not know AWS_ENDPOINT_URL yet.
  program("aws", `${AWS_CLI} --endpoint-url ${AWS_ENDPOINT_URL}`);
  program("curl", `/usr/bin/curl --silent --connect-to ::127.0.0.1:${new URL(AWS_ENDPOINT_URL).port}`);

  const env = {
    PATH: `${bin}:${process.env["PATH"]}`,
    HOME: folder,
    ...environment,
    CURL_CA_BUNDLE: environment["AWS_CA_BUNDLE"],
    AWS_CONFIG_FILE: path.join(folder, "config"),
    AWS_SHARED_CREDENTIALS_FILE: path.join(folder, "credentials"),
    AWS_EC2_METADATA_DISABLED: "true",
    AWS_PAGER: "",
    // The SDK's notice about coming versions of Node says nothing about the document.
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true",
    COUNTERSIGN_SOCKET: path.join(folder, "daemon.sock"),
    LOCAL_AWS_PORT: new URL(AWS_ENDPOINT_URL).port,
    NODE_OPTIONS: `--import=${path.join(root, "test/docs/redirect.mjs")}`,
  };
  const groups: ChildProcess[] = [];

  const run = (file: string, args: readonly string[], extra: Readonly<Record<string, string>> = {}): Promise<Outcome> =>
    new Promise((resolve, reject) => {
      const script = args.at(-1) ?? "";
      // A group of its own, so that what a script leaves in the background ends with the reader.
      const child = spawn(file, args, {
        cwd: folder,
        env: { ...env, ...extra },
        detached: true,
        stdio: ["ignore", "pipe", "pipe"],
      });
      groups.push(child);
      let out = "";
      let err = "";
      child.stdout.on("data", (part: Buffer) => (out += part.toString()));
      child.stderr.on("data", (part: Buffer) => (err += part.toString()));
      child.on("error", reject);
      const ended = (code: number | null): void => resolve({ code, out, err });
      // A program in the background holds the pipes open: what counts then is the end of the shell.
      child.on(script.includes("&\n") ? "exit" : "close", ended);
    });

  const write = (name: string, content: string): void => writeFileSync(path.join(folder, name), content);
  return {
    aws,
    folder,
    write,
    shell: (script, extra) => run("/bin/sh", ["-c", script], extra),
    async module(code) {
      const outfile = path.join(folder, "example.mjs");
      await build({
        stdin: { contents: code, loader: "ts", resolveDir: path.join(root, "test") },
        bundle: true,
        format: "esm",
        platform: "node",
        target: "node20",
        conditions: ["@countersign/source"],
        // CommonJS packages among the bundled ones ask for Node's modules.
        banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' },
        outfile,
        logLevel: "silent",
      });
      return run(process.execPath, [outfile]);
    },
    async [Symbol.asyncDispose]() {
      for (const { pid } of groups) {
        try {
          if (pid !== undefined) process.kill(-pid, "SIGKILL");
        } catch {
          // The group has ended by itself.
        }
      }
      await aws.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
