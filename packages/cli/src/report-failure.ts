import { CountersignError } from "@countersign/signer/error";
import { COMMANDS } from "./commands.ts";
import { EXIT, type ExitCode } from "./exit-codes.ts";
import type { Io } from "./io.ts";
import { createStyle } from "./style.ts";
import { jsonText, visible } from "./visible.ts";

type Classified = readonly [pattern: RegExp, exit: ExitCode];

// By code and not by class: importing the classes would load every package for every command.
const BY_CODE: readonly Classified[] = [
  [/^INVALID_(?:RESPONSE|JSON)$/, EXIT.service],
  // AWS's own codes for a rejected signature, key or token.
  // https://docs.aws.amazon.com/sagemaker/latest/APIReference/CommonErrors.html
  [
    /^(?:InvalidSignature|SignatureDoesNotMatch|IncompleteSignature|UnrecognizedClient|InvalidClientTokenId|ExpiredToken|InvalidToken|MissingAuthenticationToken)/,
    EXIT.credentials,
  ],
  [/^(USAGE|EADDRINUSE|EACCES|INVALID_|FILE_|REGION_MISSING|UNKNOWN_REGION)/, EXIT.usage],
  [
    /^(TLS_|DAEMON_|PUBLIC_ADDRESS|PLAINTEXT_|PROXY_|CONNECT|HEADERS_TIMEOUT|BODY_TIMEOUT|ENVIRONMENT_UNSAFE|STS_UNREACHABLE|STS_UNAVAILABLE|NETWORK)/,
    EXIT.network,
  ],
  [/^(CREDENTIALS_|SOURCE_|STS_|ACCESS_DENIED|ROLE_|MFA_)/, EXIT.credentials],
  [/^(POSTURE_|POLICY_|GUARD_|HOST_|REDIRECT_|BODY_UNREADABLE)/, EXIT.refused],
];

/** Advice by code, where the message of a library is written for programmers or gives none. */
const ADVICE: readonly (readonly [pattern: RegExp, advice: string])[] = [
  [/^SOURCE_ABSENT$/, "set AWS_PROFILE or AWS_ACCESS_KEY_ID, pass --profile, or run aws sso login"],
  [
    /^(?:InvalidSignature|SignatureDoesNotMatch)/,
    "countersign doctor finds wrong secrets and clocks; countersign explain finds differences",
  ],
  [
    /^(?:UnrecognizedClient|InvalidClientTokenId)/,
    "the access key does not exist or is inactive, or AWS_SESSION_TOKEN is of another key: choose another profile, or set all three anew",
  ],
  [/^(?:ExpiredToken|InvalidToken)/, "the session is over: sign in again"],
  [
    /^ACCESS_DENIED$/,
    "the role's trust policy must allow this principal, and the principal's policies must allow sts:AssumeRole",
  ],
  [/^HOST_NOT_ALLOWED$/, "if you trust the host, name it with --allow-host"],
  [/^TLS_CERTIFICATE_INVALID$/, "trust a private authority with AWS_CA_BUNDLE=FILE"],
  [/^ENVIRONMENT_UNSAFE$/, "trust a private authority with AWS_CA_BUNDLE=FILE instead"],
  [/^(?:CONNECTION_LOST|CONNECT_TIMEOUT|STS_UNAVAILABLE)$/, "countersign doctor checks names, routes and TLS"],
  [/^EADDRINUSE$/, "another program listens there: choose another port, or 0 to take any free one"],
];

/** AWS answers a Region that is not the endpoint's as it answers a wrong signature. */
const OTHER_REGION = /^Credential should be scoped to a valid region/;

function adviceFor(error: unknown): string | undefined {
  if (error instanceof Error && OTHER_REGION.test(error.message))
    return "the endpoint is in another Region: correct --region, AWS_REGION or the profile's region";
  const codes = codesOf(error);
  return ADVICE.find(([pattern]) => codes.some((code) => pattern.test(code)))?.[1];
}

/** The codes of a failure and of its causes, the outermost first, those of the system included. */
function codesOf(error: unknown): string[] {
  const codes: string[] = [];
  for (let link = error, depth = 0; link instanceof Error && depth < 10; link = link.cause, depth += 1) {
    if ("code" in link && typeof link.code === "string") codes.push(link.code);
  }
  return codes;
}

/** The exit code of a failure: by the first of its causes with a known code. */
function exitCodeOf(error: unknown): ExitCode {
  const codes = codesOf(error);
  // A failed AssumeRole over a refused connection is a failure of the network, so a network code wins.
  const exits = codes.flatMap((code) => BY_CODE.filter(([pattern]) => pattern.test(code)).map(([, exit]) => exit));
  if (exits.includes(EXIT.network)) return EXIT.network;
  return exits[0] ?? EXIT.service;
}

/** Writes the failure and its causes to stderr, and returns the exit code. Errors contain no secrets. */
export function reportFailure(error: unknown, command: string | undefined, json: boolean, io: Io): ExitCode {
  const style = createStyle(io);
  const code = error instanceof CountersignError ? String(error.code) : undefined;
  const exit = exitCodeOf(error);
  if (json) {
    const message = error instanceof Error ? error.message : String(error);
    io.stderr(`${jsonText({ error: { code: code ?? "INTERNAL", message, exitCode: exit } })}\n`);
    return exit;
  }
  io.stderr(`${style.red("error:")} ${describe(error)}\n`);
  for (const cause of causesOf(error)) io.stderr(`  ${style.dim("because")} ${cause}\n`);
  const advice = adviceFor(error);
  if (advice !== undefined) io.stderr(`  → ${advice}\n`);
  if (exit === EXIT.usage) {
    const known = command !== undefined && command in COMMANDS;
    io.stderr(`  see countersign ${known ? `${command} ` : ""}--help\n`);
  }
  return exit;
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return printable(String(error));
  const said = printable(error.message);
  return error instanceof CountersignError ? `${said} (${String(error.code)})` : said;
}

/** The longest message: foreign ones may have pages. */
const MAX_MESSAGE = 500;

/**
 * The first line of a message. AWS answers a wrong signature with a long canonical request, which `explain` shows better.
 * Foreign text may contain control characters, which would act on the terminal.
 */
function printable(message: string): string {
  const [firstLine = ""] = message.split("\n", 1);
  const short = firstLine.length > MAX_MESSAGE ? `${firstLine.slice(0, MAX_MESSAGE)}…` : firstLine;
  return visible(short);
}

function causesOf(error: unknown): string[] {
  const causes: string[] = [];
  let told = describe(error);
  let link = error instanceof Error ? error.cause : undefined;
  while (link instanceof Error && causes.length < 5) {
    const text = describe(link);
    if (!told.includes(text)) causes.push(text);
    told += text;
    link = link.cause;
  }
  return causes;
}
