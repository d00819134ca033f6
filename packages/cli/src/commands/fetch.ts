import { createSignedFetch } from "@countersign/fetch";
import { type Command, flag, text, texts } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import { noteFileName } from "../input.ts";
import { REQUEST_OPTIONS, readRequestLine } from "../request-line.ts";
import { CREDENTIAL_OPTIONS } from "../session.ts";
import { openSigningSession } from "../signing-session.ts";
import { jsonText, visible } from "../visible.ts";
import { writeParts } from "../write-parts.ts";

export const fetchCommand: Command = {
  usage: "fetch [options] URL",
  details:
    "The answer's body goes to stdout. The signature goes only to AWS's hosts of the service; allow any other host, such as\n" +
    "your own name for a VPC endpoint, with --allow-host. An answer with status 400 or above exits with 5.",
  operands: 1,
  options: {
    ...REQUEST_OPTIONS,
    "allow-host": {
      type: "string",
      multiple: true,
      value: "HOST",
      help: "another host that may receive the signature; may be repeated",
    },
    include: { type: "boolean", short: "i", help: "write status and headers before the body" },
    ...CREDENTIAL_OPTIONS,
  },
  examples: [
    "countersign fetch 'https://sts.eu-west-1.amazonaws.com/?Action=GetCallerIdentity&Version=2011-06-15'",
    "countersign fetch --allow-host models.example.com --service sagemaker --region eu-west-1 https://models.example.com/endpoints/mine/invocations -d '{}'",
  ],
  async run({ positionals, options, io }) {
    const { method, url, headers, body } = readRequestLine(positionals, options);
    noteFileName("--data", text(options, "data"), io);
    const { session, scope } = await openSigningSession(url, options, io, ["--allow-host HOST"]);
    const service = text(options, "service");
    const allowed = texts(options, "allow-host");
    try {
      const signed = createSignedFetch({
        credentials: session.credentials,
        clock: session.clock,
        fetch: session.transport.fetch,
        ...(service === undefined ? {} : { service, region: scope.region }),
        ...(allowed.length === 0 ? {} : { allowedHosts: allowed }),
      });
      const answer = await signed(url, {
        method,
        headers: headers.map(([name, value]): [string, string] => [name, value]),
        ...(body === undefined ? {} : { body: new Uint8Array(body) }),
      });
      if (flag(options, "json")) {
        io.stdout(
          `${jsonText({ status: answer.status, headers: Object.fromEntries(answer.headers), body: await answer.text() }, 2)}\n`,
        );
      } else {
        if (flag(options, "include")) {
          io.stdout(`${answer.status} ${visible(answer.statusText)}\n`);
          for (const [name, value] of answer.headers) io.stdout(`${visible(name)}: ${visible(value)}\n`);
          io.stdout("\n");
        }
        if (answer.body !== null) await writeParts(io, answer.body);
      }
      if (answer.ok) return EXIT.ok;
      io.stderr(`error: ${new URL(url).host} answered ${answer.status}\n`);
      return EXIT.service;
    } finally {
      await session.close();
    }
  },
};
