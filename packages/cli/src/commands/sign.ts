import { type SignedRequest, createSigner } from "@countersign/signer";
import { parseEndpoint } from "@countersign/signer/endpoints";
import { usageError } from "../cli-error.ts";
import { type Command, type OptionValues, flag, text } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import { REQUEST_OPTIONS, type RequestLine, readRequestLine } from "../request-line.ts";
import { SESSION_OPTIONS, type Session, openSession } from "../session.ts";
import { shellQuote } from "../shell-quote.ts";

export const sign: Command = {
  usage: "sign [options] URL",
  details:
    "The curl command sends exactly the signed request and is safe to paste, whatever the input. It contains a signature\n" +
    "that is valid for five minutes and, for temporary credentials, their session token.",
  operands: 1,
  options: { ...REQUEST_OPTIONS, ...SESSION_OPTIONS },
  examples: [
    "countersign sign https://runtime.sagemaker.eu-west-1.amazonaws.com/endpoints/mine/invocations -d '{}' -H 'Content-Type: application/json'",
    "countersign sign --json --service sagemaker --region eu-west-1 https://models.example.com/endpoints/mine/invocations -d @body.json",
  ],
  async run({ positionals, options, io }) {
    const line = readRequestLine(positionals, options);
    const session = await openSession(withRegionOf(line.url, options), io);
    try {
      const signer = createSigner({ ...scopeOf(line.url, options, session), credentials: session.credentials });
      const signed = await signer.sign(line);
      const { method, url, headers } = signed;
      io.stdout(flag(options, "json") ? `${JSON.stringify({ method, url, headers }, null, 2)}\n` : curl(signed, line));
      return EXIT.ok;
    } finally {
      await session.close();
    }
  },
};

/** Takes the region from the option, else from the host. */
export function withRegionOf(url: string, options: OptionValues): OptionValues {
  const region = text(options, "region") ?? parseEndpoint(url)?.signingRegion;
  return region === undefined ? options : { ...options, region };
}

/** @throws CliError `USAGE` when neither the host nor an option names the service. */
export function scopeOf(
  url: string,
  options: OptionValues,
  session: Pick<Session, "region" | "clock">,
): {
  readonly region: string;
  readonly service: string;
  readonly clock: Session["clock"];
} {
  const endpoint = parseEndpoint(url);
  const service = text(options, "service") ?? endpoint?.signingName;
  if (service === undefined) throw usageError(`${new URL(url).host}: the host does not name a service; pass --service`);
  return {
    region: text(options, "region") ?? endpoint?.signingRegion ?? session.region,
    service,
    clock: session.clock,
  };
}

/** A curl command that sends the signed request unchanged: it expands nothing in the URL and adds no header. */
function curl({ method, url, headers }: SignedRequest, { body }: RequestLine): string {
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

/** The body as an argument. Arguments cannot contain NUL, and binary data would disturb a terminal. */
function bodyText(body: Uint8Array): string {
  const content = new TextDecoder("utf-8", { ignoreBOM: true }).decode(body);
  const isText = !content.includes("\0") && Buffer.from(content).equals(body);
  if (!isText) throw usageError("data: must be text for a curl command; use --json, or countersign fetch");
  return content;
}
