import { startLocal } from "@countersign/testing";
import { usageError } from "../cli-error.ts";
import { type Command, flag, text, texts } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import { shellQuote } from "../shell-quote.ts";
import { untilStopped } from "../until-stopped.ts";

export const local: Command = {
  usage: "local [--port PORT] [--role ARN]… [options]",
  details:
    "STS, SageMaker, its runtime and ECR on this machine, over TLS. It refuses what AWS refuses, with AWS's messages.\n" +
    "The lines on stdout are environment variables for other programs: eval them, or write them to an env file.",
  options: {
    port: { type: "string", value: "PORT", help: "port of all services; default 4566; 0 takes any free one" },
    role: {
      type: "string",
      multiple: true,
      value: "ARN",
      help: "a role that may be assumed and may do everything; may be repeated",
    },
    region: { type: "string", value: "REGION", help: "default us-east-1" },
    directory: { type: "string", value: "FOLDER", help: "folder for ca.pem; default: a temporary one" },
  },
  examples: [
    "countersign local --role arn:aws:iam::123456789012:role/inference > local.env",
    "countersign local --port 0 --json",
  ],
  async run({ options, io }) {
    const port = text(options, "port") ?? "4566";
    if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535)
      throw usageError(`--port ${JSON.stringify(port)}: expected 0 to 65535`);
    const region = text(options, "region");
    const aws = await startLocal({
      port: Number(port),
      roles: texts(options, "role"),
      directory: text(options, "directory"),
      ...(region === undefined ? {} : { regions: [region] }),
    });
    try {
      const lines = Object.entries(aws.environment).map(([name, value]) => `export ${name}=${shellQuote(value)}\n`);
      io.stdout(flag(options, "json") ? `${JSON.stringify(aws.environment)}\n` : lines.join(""));
      io.stderr(`a local AWS is listening on ${aws.url.all}; Ctrl-C ends it\n`);
      await untilStopped();
      return EXIT.ok;
    } finally {
      await aws.close();
    }
  },
};
