import { createSageMaker } from "@countersign/sagemaker";
import { type Command, flag } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import { expiresOption, readSeconds } from "../seconds-option.ts";
import { CREDENTIAL_OPTIONS, openSession } from "../session.ts";

export const token: Command = {
  usage: "token [--expires-in SECONDS] [options]",
  details:
    "The token is the API key of an OpenAI client whose base URL is the endpoint's /openai/v1. It works for at most twelve\n" +
    "hours, and never longer than the credentials that made it.",
  options: { ...expiresOption("1 to 43200 (12 hours), the default"), ...CREDENTIAL_OPTIONS },
  examples: [
    "OPENAI_API_KEY=$(countersign token --region us-west-2) python chat.py",
    "countersign token --expires-in 3600 --json",
  ],
  async run({ options, io }) {
    const expiresIn = readSeconds(options, "expires-in");
    const session = await openSession(options, io);
    const sagemaker = createSageMaker({
      region: session.region,
      credentials: session.credentials,
      transport: session.transport,
      clock: session.clock,
    });
    try {
      const made = await sagemaker.bearerToken(expiresIn === undefined ? {} : { expiresIn });
      const expiresAt = made.expiresAt.toISOString();
      if (flag(options, "json")) io.stdout(`${JSON.stringify({ token: made.token, expiresAt }, null, 2)}\n`);
      else {
        io.stdout(`${made.token}\n`);
        io.stderr(`expires ${expiresAt}\n`);
      }
      return EXIT.ok;
    } finally {
      await sagemaker.close();
      await session.close();
    }
  },
};
