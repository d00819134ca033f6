import { usageError } from "../cli-error.ts";
import { type Command, flag, text } from "../command.ts";
import { awsTarget } from "../demo/aws-target.ts";
import { localTarget } from "../demo/local-target.ts";
import { renderDemo } from "../demo/render.ts";
import { runDemo } from "../demo/run.ts";
import { EXIT } from "../exit-codes.ts";
import { createStyle } from "../style.ts";
import { jsonText } from "../visible.ts";

export const demo: Command = {
  usage: "demo [--profile NAME --endpoint-name ENDPOINT --role-arn ARN --region REGION]",
  details:
    "Without options everything runs on this machine: a local AWS with STS and SageMaker, over real TLS.\n" +
    "With --endpoint-name the same job runs in your account. The training job that the guard refuses is never sent.",
  options: {
    "endpoint-name": { type: "string", value: "ENDPOINT", help: "your SageMaker endpoint; it must take JSON" },
    profile: { type: "string", value: "NAME", help: "profile of the AWS configuration files" },
    "role-arn": {
      type: "string",
      value: "ARN",
      help: "the role to assume; default: sign with the profile's own credentials",
    },
    region: {
      type: "string",
      value: "REGION",
      help: "region of the endpoint; default: from the environment or the profile",
    },
  },
  examples: [
    "countersign demo",
    "countersign demo --json",
    "countersign demo --profile dev --endpoint-name recommender --region eu-west-1",
  ],
  async run({ options, io }) {
    const style = createStyle(io);
    const json = flag(options, "json");
    const endpointName = text(options, "endpoint-name");
    if (
      endpointName === undefined &&
      ["profile", "role-arn", "region"].some((name) => text(options, name) !== undefined)
    )
      throw usageError("demo: to run on your account, name an endpoint with --endpoint-name");
    const target =
      endpointName === undefined
        ? await localTarget()
        : await awsTarget({
            endpointName,
            profile: text(options, "profile"),
            roleArn: text(options, "role-arn"),
            region: text(options, "region"),
            io,
          });
    try {
      const result = await runDemo(target, (step) => io.stderr(style.dim(`${step} …\n`)));
      io.stdout(json ? `${jsonText(result, 2)}\n` : renderDemo(result, style));
      return result.ok ? EXIT.ok : EXIT.refused;
    } finally {
      await target.close();
    }
  },
};
