import { type ChildProcess, spawn } from "node:child_process";
import type { AwsCredentials } from "@countersign/signer";
import { own } from "@countersign/signer/options";
import { jsonObject } from "./json-object.ts";
import type { BrokerError } from "../errors/error.ts";
import { MAX_ANSWER, readCredentials } from "./read-credentials.ts";
import { readFault } from "./read-file.ts";
import { splitWords } from "./split-words.ts";
import type { SourceContext } from "./source-context.ts";
import { plainWords } from "./plain-words.ts";
import { failed, invalid } from "./source-errors.ts";

/** A person may have to touch a key or enter a code. */
const PROCESS_MS = 120_000;
/** How long the output of a process that has ended is read. */
const OUTPUT_MS = 1000;
const NAMES = { token: "SessionToken", expiration: "Expiration", accountId: "AccountId" };

/**
 * Runs a `credential_process`, without a shell, as botocore does.
 *
 * @param place names the setting in errors. The command is not quoted: it may contain a secret.
 * @throws BrokerError `SOURCE_UNAVAILABLE` with the exit code or signal, and with the plain words at the end of stderr.
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html
 */
export async function fromProcess(command: string, place: string, context: SourceContext): Promise<AwsCredentials> {
  const [file, ...args] = splitWords(command) ?? [];
  // Refused here because `spawn` would refuse an empty program or a NUL character with an error that quotes the
  // command.
  if (!file || command.includes("\0")) {
    throw invalid(`${place}: credential_process must be a command with closed quotes, a program and no NUL characters`);
  }
  const { ended, stdout, stderr } = await run(file, args, place, context);
  if (ended !== undefined) {
    const reason = plainWords(stderr);
    const advice = reason === "" ? "; run its command in a terminal to see what it prints" : `: ${reason}`;
    throw failed(`${place}: credential_process ended with ${ended}${advice}`);
  }
  if (jsonObject(stdout)["Version"] !== 1)
    throw failed(`${place}: credential_process must print JSON with "Version": 1`);
  const credentials = readCredentials(stdout, `${place}: credential_process`, NAMES);
  if ((own(credentials, "expiration")?.getTime() ?? Infinity) <= context.clock.now()) {
    throw failed(`${place}: credential_process printed credentials that have expired`);
  }
  return credentials;
}

interface Outcome {
  /** The exit code or signal of a failure. */
  readonly ended: string | undefined;
  readonly stdout: string;
  /** Its end. */
  readonly stderr: string;
}

function run(file: string, args: readonly string[], place: string, { env, signal }: SourceContext): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const limit = AbortSignal.timeout(PROCESS_MS);
    let child: ChildProcess;
    try {
      // Without file descriptors for its output there are no streams.
      child = spawn(file, args, {
        // Node also passes on variables that it inherits: those of a polluted Object.prototype, such as LD_PRELOAD.
        env: Object.assign(Object.create(null) as NodeJS.ProcessEnv, env),
        stdio: ["ignore", "pipe", "pipe"],
        signal: signal === undefined ? limit : AbortSignal.any([signal, limit]),
        windowsHide: true,
      });
    } catch (error) {
      // Thrown for a command that is too long, for one, and for a variable with a NUL character, which Node quotes.
      reject(notStarted(error, place));
      return;
    }
    child.on("error", (error) => {
      // The process was asked to end. Until it does, it must keep neither this process nor the output open.
      child.stdout?.destroy();
      child.stderr?.destroy();
      child.unref();
      setTimeout(() => child.kill("SIGKILL"), OUTPUT_MS).unref();
      if (signal?.aborted === true) reject(signal.reason as Error);
      else if (limit.aborted) reject(failed(`${place}: credential_process did not end within ${PROCESS_MS / 1000} s`));
      else reject(notStarted(error, place));
    });
    let stdout = "";
    let stderr = "";
    child.stderr?.setEncoding("utf8").on("data", (part: string) => (stderr = (stderr + part).slice(-2000)));
    child.stdout?.setEncoding("utf8").on("data", (part: string) => {
      stdout += part;
      if (stdout.length <= MAX_ANSWER) return;
      // The process could print without end.
      reject(failed(`${place}: credential_process must print at most ${MAX_ANSWER} characters`));
      child.kill("SIGKILL");
      child.stdout?.destroy();
    });
    // A child of the process, such as an agent, may keep the output open.
    let grace: NodeJS.Timeout | undefined;
    child.on("exit", () => {
      grace = setTimeout(() => {
        child.stdout?.destroy();
        child.stderr?.destroy();
      }, OUTPUT_MS);
    });
    child.on("close", (code, signalName) => {
      clearTimeout(grace);
      const ended = code === 0 ? undefined : code === null ? `signal ${signalName}` : `exit code ${code}`;
      resolve({ ended, stdout, stderr });
    });
  });
}

function notStarted(error: unknown, place: string): BrokerError {
  return failed(`${place}: credential_process could not be started (${readFault(error)})`);
}
