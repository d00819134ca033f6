import { usageError } from "../cli-error.ts";
import { type Command, flag, text } from "../command.ts";
import { openBrowser } from "../console/open-browser.ts";
import { signInUrl } from "../console/sign-in-url.ts";
import { EXIT } from "../exit-codes.ts";
import { checkRoleArn } from "../role-arn.ts";
import { readSeconds } from "../seconds-option.ts";
import { CREDENTIAL_OPTIONS, openSession } from "../session.ts";

export const consoleCommand: Command = {
  usage: "console [ROLE_ARN] [--open] [options]",
  details:
    "Prints a URL that signs a browser in to the AWS console with the role, or with the profile's own session. The URL works\n" +
    "for 15 minutes, for anyone who has it.",
  operands: 1,
  options: {
    open: { type: "boolean", help: "open it in the browser instead of printing it" },
    destination: { type: "string", value: "URL", help: "page of the console; default: its home in the Region" },
    duration: { type: "string", value: "SECONDS", help: "of the console session, 900 to 43200; not for chained roles" },
    ...CREDENTIAL_OPTIONS,
  },
  examples: [
    "countersign console arn:aws:iam::111122223333:role/inference --open",
    "countersign console --profile inference --destination https://eu-west-1.console.aws.amazon.com/sagemaker/home",
  ],
  async run({ options, positionals: [role], io }) {
    if (role !== undefined) checkRoleArn("console", role);
    const durationSeconds = readSeconds(options, "duration");
    if (durationSeconds !== undefined && (durationSeconds < 900 || durationSeconds > 43_200)) {
      throw usageError("console: --duration must be 900 to 43200 seconds");
    }
    const session = await openSession(role === undefined ? options : { ...options, role }, io);
    try {
      const { region, transport, settings } = session;
      const url = await signInUrl({
        credentials: await session.credentials(),
        region,
        transport,
        endpoint: settings.endpoint("signin"),
        destination: text(options, "destination"),
        durationSeconds,
      });
      if (flag(options, "open")) await openBrowser(url);
      else io.stdout(flag(options, "json") ? `${JSON.stringify({ url }, null, 2)}\n` : `${url}\n`);
      return EXIT.ok;
    } finally {
      await session.close();
    }
  },
};
