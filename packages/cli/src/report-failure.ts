import { CountersignError } from "@countersign/signer/error";
import { COMMANDS } from "./commands.ts";
import { EXIT, type ExitCode } from "./exit-codes.ts";
import type { Io } from "./io.ts";
import { createStyle } from "./style.ts";

type Classified = readonly [pattern: RegExp, exit: ExitCode];

// By code rather than by class: naming the classes would load every package for every command.
const BY_CODE: readonly Classified[] = [
  [/^(USAGE|INVALID_|FILE_|REGION_MISSING|UNKNOWN_REGION)/, EXIT.usage],
  [
    /^(TLS_|PUBLIC_ADDRESS|PLAINTEXT_|PROXY_|CONNECT|HEADERS_TIMEOUT|BODY_TIMEOUT|ENVIRONMENT_UNSAFE|STS_UNREACHABLE|STS_UNAVAILABLE|NETWORK)/,
    EXIT.network,
  ],
  [/^(CREDENTIALS_|SOURCE_|STS_|ACCESS_DENIED|ROLE_|MFA_)/, EXIT.credentials],
  [/^(POSTURE_|POLICY_|GUARD_|HOST_|REDIRECT_|BODY_UNREADABLE)/, EXIT.refused],
];

/** Which exit code a failure stands for, by the first link of its chain of causes that tells. */
function exitCodeOf(error: unknown): ExitCode {
  const chain: unknown[] = [];
  for (let link = error; link instanceof Error && chain.length < 10; link = link.cause) chain.push(link);
  const codes = chain.flatMap((link) => (link instanceof CountersignError ? [String(link.code)] : []));
  // A refused connection below a failed AssumeRole is the network's doing: the innermost cause decides between the two.
  const exits = codes.flatMap((code) => BY_CODE.filter(([pattern]) => pattern.test(code)).map(([, exit]) => exit));
  if (exits.includes(EXIT.network)) return EXIT.network;
  return exits[0] ?? EXIT.service;
}

/** Says on stderr what went wrong and why, and answers with the exit code. Errors here hold no secret by construction. */
export function reportFailure(error: unknown, command: string | undefined, json: boolean, io: Io): ExitCode {
  const style = createStyle(io);
  const code = error instanceof CountersignError ? String(error.code) : undefined;
  const exit = exitCodeOf(error);
  if (json) {
    const message = error instanceof Error ? error.message : String(error);
    io.stderr(`${JSON.stringify({ error: { code: code ?? "INTERNAL", message, exitCode: exit } })}\n`);
    return exit;
  }
  io.stderr(`${style.red("error:")} ${describe(error)}\n`);
  for (const cause of causesOf(error)) io.stderr(`  ${style.dim("because")} ${cause}\n`);
  if (exit === EXIT.usage) {
    const known = command !== undefined && command in COMMANDS;
    io.stderr(`  see countersign ${known ? `${command} ` : ""}--help\n`);
  }
  return exit;
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error instanceof CountersignError ? `${error.message} (${String(error.code)})` : error.message;
}

function causesOf(error: unknown): string[] {
  const causes: string[] = [];
  let link = error instanceof Error ? error.cause : undefined;
  while (link instanceof Error && causes.length < 5) {
    const text = describe(link);
    if (causes.at(-1) !== text) causes.push(text);
    link = link.cause;
  }
  return causes;
}
