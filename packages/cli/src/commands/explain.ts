import { createSigner } from "@countersign/signer";
import {
  type Diagnosis,
  type Explanation,
  diagnose,
  explain,
  explainSigned,
  readAnswerText,
  readRequestText,
} from "@countersign/signer/diagnose";
import { usageError } from "../cli-error.ts";
import { type Call, type Command, flag, text } from "../command.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { readTextFile } from "../input.ts";
import { REQUEST_OPTIONS, readRequestLine } from "../request-line.ts";
import { CREDENTIAL_OPTIONS } from "../session.ts";
import { refuseOptions } from "../refuse-options.ts";
import { openSigningSession } from "../signing-session.ts";
import { type Style, createStyle } from "../style.ts";
import { openInBrowser, startInspector } from "../inspector.ts";
import { STOPPING_IN_TERMINAL, untilStopped } from "../until-stopped.ts";
import { writeNeeded } from "../write-parts.ts";
import { jsonText, visible } from "../visible.ts";

// The options of `sign`, except --request, which names a file here.
const { request: _, ...SIGNED_NOW } = REQUEST_OPTIONS;

/** Options that make or sign a request. */
const OF_URL = ["method", ...Object.keys(SIGNED_NOW), ...Object.keys(CREDENTIAL_OPTIONS)];

export const explainCommand: Command = {
  usage: "explain [URL | --request FILE | --web] [--response FILE]",
  details:
    "A URL is signed with your credentials and explained. A file holds a signed request as a raw HTTP message or a curl\n" +
    "command; it needs no credentials. With AWS's answer, the first difference is shown and its cause named. Session\n" +
    "tokens are shown by length and hash, and in full with --reveal.",
  operands: 1,
  options: {
    method: { type: "string", short: "X", value: "METHOD", help: "of a URL; default: POST with data, else GET" },
    ...SIGNED_NOW,
    request: { type: "string", value: "FILE", help: "a signed request; - reads standard input" },
    response: { type: "string", value: "FILE", help: "the answer: a raw HTTP message, or its body alone" },
    web: { type: "boolean", help: "serve the inspector, a page that does the same, on this machine" },
    reveal: { type: "boolean", help: "show session tokens" },
    ...CREDENTIAL_OPTIONS,
  },
  examples: [
    "countersign explain https://runtime.sagemaker.eu-west-1.amazonaws.com/endpoints/mine/invocations -d '{}'",
    "countersign explain --request request.txt --response 403.xml",
  ],
  async run(call) {
    const { positionals, options, io } = call;
    if (flag(options, "web")) {
      refuseOptions("explain", options, ["request", "response"], "must not come with --web; paste it into the page");
      if (positionals.length > 0) throw usageError("explain: a URL must not come with --web; paste it into the page");
      return serveInspector(io);
    }
    const reveal = flag(options, "reveal");
    const file = text(options, "request");
    if (file !== undefined) {
      if (positionals.length > 0) throw usageError("explain: a URL must not come with --request FILE; choose one");
      refuseOptions("explain", options, OF_URL, "must come with a URL; the file of --request holds the whole request");
    }
    const explanation =
      file === undefined
        ? await explainUrl(call, reveal)
        : explainSigned(readRequestText(readTextFile(file)), { reveal });
    const response = text(options, "response");
    const diagnosis =
      response === undefined ? undefined : diagnose(readAnswerText(readTextFile(response)), explanation, { reveal });
    if (flag(options, "json")) io.stdout(`${jsonText({ explanation, ...(diagnosis && { diagnosis }) }, 2)}\n`);
    else io.stdout(render(explanation, diagnosis, createStyle(io)));
    return diagnosis === undefined ? EXIT.ok : EXIT.refused;
  },
};

async function serveInspector(io: Call["io"]): Promise<ExitCode> {
  const inspector = await startInspector();
  const stopped = untilStopped(STOPPING_IN_TERMINAL);
  try {
    await writeNeeded(io, `${inspector.url}\n`);
    io.stderr("only this machine can open the inspector; Ctrl-C ends it\n");
    if (io.isTerminal) openInBrowser(inspector.url);
    await stopped;
    return EXIT.ok;
  } finally {
    await inspector.close();
  }
}

async function explainUrl({ positionals, options, io }: Call, reveal: boolean): Promise<Explanation> {
  if (positionals.length === 0) throw usageError("explain: name a URL, or a signed request with --request FILE");
  const line = readRequestLine(positionals, { ...options, request: options["method"] });
  const { session, scope } = await openSigningSession(line.url, options, io);
  try {
    const signer = createSigner({ ...scope, credentials: session.credentials });
    return await explain(signer, line, { reveal });
  } finally {
    await session.close();
  }
}

function render(explanation: Explanation, diagnosis: Diagnosis | undefined, style: Style): string {
  const { canonicalRequest, canonicalRequestHash, stringToSign, credentialScope, signedHeaders, signature } =
    explanation;
  const stages: readonly (readonly [string, string])[] = [
    ["1 canonical request", canonicalRequest],
    ["2 its SHA-256", canonicalRequestHash],
    ["3 string to sign", stringToSign],
    ["4 scope of the signing key", credentialScope],
    ["5 signature", signature],
    ["6 signed headers", signedHeaders],
  ];
  const shown = stages.map(([title, content]) => `${style.bold(title)}\n${indent(content)}\n`);
  return [...shown, ...(diagnosis === undefined ? [] : [renderDiagnosis(diagnosis, style)])].join("\n");
}

function renderDiagnosis({ cause, detail, advice, difference }: Diagnosis, style: Style): string {
  const lines = [`${style.red("✘")} ${style.bold(cause)}: ${visible(detail)}`, `  → ${visible(advice)}`];
  if (difference !== undefined) {
    const { stage, line, column, expected, actual } = difference;
    const name = stage === "canonicalRequest" ? "canonical request" : "string to sign";
    lines.push(
      "",
      `  ${name}, line ${line}, column ${column}`,
      `  ${style.red("signed  ")} ${visible(actual)}`,
      `  ${style.green("expected")} ${visible(expected)}`,
    );
    lines.push(`  ${" ".repeat("expected ".length + column - 1)}^`);
  }
  return `${lines.join("\n")}\n`;
}

function indent(content: string): string {
  return content
    .split("\n")
    .map((line) => `  ${visible(line)}`)
    .join("\n");
}
