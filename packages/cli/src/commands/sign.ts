import { type SignedRequest, createSigner } from "@countersign/signer";
import { usageError } from "../cli-error.ts";
import { type Command, flag } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import { REQUEST_OPTIONS, type RequestLine, readRequestLine } from "../request-line.ts";
import { CREDENTIAL_OPTIONS } from "../session.ts";
import { shellQuote } from "../shell-quote.ts";
import { harmless, jsonText } from "../visible.ts";
import { openSigningSession } from "../signing-session.ts";

export const sign: Command = {
  usage: "sign [options] URL",
  details:
    "The curl command sends exactly the signed request and is safe to paste into a POSIX shell, zsh or fish, whatever the\n" +
    "input. It contains a signature that is valid for five minutes and, for temporary credentials, their session token.",
  operands: 1,
  options: { ...REQUEST_OPTIONS, ...CREDENTIAL_OPTIONS },
  examples: [
    "countersign sign https://runtime.sagemaker.eu-west-1.amazonaws.com/endpoints/mine/invocations -d '{}' -H 'Content-Type: application/json'",
    "countersign sign --json --service sagemaker --region eu-west-1 https://models.example.com/endpoints/mine/invocations -d @body.json",
  ],
  async run({ positionals, options, io }) {
    const line = readRequestLine(positionals, options);
    const { session, scope } = await openSigningSession(line.url, options, io);
    try {
      const signer = createSigner({ ...scope, credentials: session.credentials });
      const signed = await signer.sign(line);
      const { method, url, headers } = signed;
      io.stdout(flag(options, "json") ? `${jsonText({ method, url, headers }, 2)}\n` : curl(signed, line));
      return EXIT.ok;
    } finally {
      await session.close();
    }
  },
};

/** A curl command that sends the signed request unchanged: it expands nothing in the URL and adds no header. */
function curl({ method, url, headers }: SignedRequest, { body }: RequestLine): string {
  checkLength(headers, body?.length ?? 0);
  const words = ["curl", "--tlsv1.2", "--globoff", "--path-as-is", "--request", method];
  // curl sends an empty value only when the header is written with a semicolon.
  for (const [name, value] of Object.entries(headers))
    words.push("--header", value === "" ? `${name};` : `${name}: ${value}`);
  if (body !== undefined) {
    if (headers["content-type"] === undefined) words.push("--header", "content-type:");
    words.push("--data-raw", bodyText(body));
  }
  return `${[...words, url].map(shellQuote).join(" ")}\n`;
}

/** curl sends such headers as they are: with another length, the rest of the body would be a second request. */
function checkLength(headers: SignedRequest["headers"], length: number): void {
  if (headers["transfer-encoding"] !== undefined)
    throw usageError("header transfer-encoding: must be left out for a curl command, which sends the body's length");
  if (![undefined, String(length)].includes(headers["content-length"]))
    throw usageError(`header content-length: must be ${length}, the body's length, for a curl command; leave it out`);
}

/** The body as an argument. Arguments cannot contain NUL, and control characters would act on the terminal that shows them. */
function bodyText(body: Uint8Array): string {
  const content = new TextDecoder("utf-8", { ignoreBOM: true }).decode(body);
  const isText = harmless(content) === content && !content.includes("\u001B") && Buffer.from(content).equals(body);
  if (!isText)
    throw usageError(
      "data: must be text without control characters for a curl command; use --json, or countersign fetch",
    );
  return content;
}
