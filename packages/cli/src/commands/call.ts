import { existsSync } from "node:fs";
import { createGuard } from "@countersign/guard";
import { createSageMaker } from "@countersign/sagemaker";
import { CliError, usageError } from "../cli-error.ts";
import { type Command, text } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import { parseJson, readInput } from "../input.ts";
import { POSTURE_OPTION, readPosture } from "../posture-option.ts";
import { SESSION_OPTIONS, openSession } from "../session.ts";
import { jsonText } from "../visible.ts";

export const call: Command = {
  usage: "call OPERATION [--input JSON|@FILE] [options]",
  details:
    "The guard checks the input first. If the input breaks the posture, nothing is signed, the findings are printed and\n" +
    "the exit code is 1.",
  operands: 1,
  options: {
    input: { type: "string", short: "i", value: "JSON|@FILE", help: "the operation's input; default: {}" },
    ...POSTURE_OPTION,
    ...SESSION_OPTIONS,
  },
  examples: [
    "countersign call ListModels --region eu-west-1",
    "countersign call CreateTrainingJob --input @job.json --posture private",
  ],
  async run({ positionals, options, io }) {
    const [operation, ...more] = positionals;
    if (operation === undefined || more.length > 0) throw usageError("call: name one operation, such as ListModels");
    const given = text(options, "input") ?? "{}";
    const content = new TextDecoder().decode(readInput(given));
    if (!given.startsWith("@") && existsSync(given))
      throw usageError(`--input ${JSON.stringify(given)}: to read the file, write @${given}`);
    const input = parseJson(content, given.startsWith("@") ? given.slice(1) : "--input");
    if (typeof input !== "object" || input === null || Array.isArray(input)) {
      throw new CliError("INVALID_CONFIG", "--input: must be a JSON object");
    }
    const session = await openSession(options, io);
    const sagemaker = createSageMaker({
      region: session.region,
      credentials: session.credentials,
      transport: session.transport,
      clock: session.clock,
      endpoint: session.endpoint("sagemaker"),
      guard: createGuard({ posture: readPosture(options) }),
    });
    try {
      const output = await sagemaker.call(operation, input as Readonly<Record<string, unknown>>);
      io.stdout(`${jsonText(output, 2)}\n`);
      return EXIT.ok;
    } finally {
      await sagemaker.close();
      await session.close();
    }
  },
};
