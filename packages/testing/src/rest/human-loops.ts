import type { Input } from "../model/validate.ts";
import type { Service } from "../service.ts";
import { table } from "../table.ts";
import { AwsError } from "../wire/aws-error.ts";
import { type Call, callerOf } from "../world.ts";
import { type RestOperation, restService } from "./rest-service.ts";

interface HumanLoop {
  readonly arn: string;
  readonly input: Input;
  readonly createdAt: number;
  status: "InProgress" | "Stopped";
}

/** Amazon Augmented AI: https://docs.aws.amazon.com/augmented-ai/2019-11-07/APIReference/Welcome.html */
export function humanLoops(): Service {
  const loops = new Map<string, HumanLoop>();
  const find = (input: Input, call: Call): HumanLoop => {
    const found = loops.get(loopArn(input, call));
    if (found !== undefined) return found;
    throw new AwsError("ResourceNotFoundException", `Could not find human loop ${String(input["HumanLoopName"])}.`, {
      status: 404,
    });
  };
  const known = ({ arn, input, createdAt, status }: HumanLoop): Input => ({
    ...input,
    HumanLoopArn: arn,
    HumanLoopStatus: status,
    CreationTime: createdAt / 1000,
  });
  const operations = table<RestOperation>({
    StartHumanLoop: {
      resource: (input) => String(input["FlowDefinitionArn"]),
      run(input, call) {
        const arn = loopArn(input, call);
        if (loops.has(arn))
          throw new AwsError("ConflictException", `Human loop ${arn} already exists.`, { status: 409 });
        loops.set(arn, { arn, input, createdAt: call.world.clock.now(), status: "InProgress" });
        return { HumanLoopArn: arn };
      },
    },
    DescribeHumanLoop: { resource: loopArn, run: (input, call) => known(find(input, call)) },
    StopHumanLoop: {
      resource: loopArn,
      run(input, call) {
        find(input, call).status = "Stopped";
        return {};
      },
    },
    DeleteHumanLoop: {
      resource: loopArn,
      run(input, call) {
        loops.delete(find(input, call).arn);
        return {};
      },
    },
    ListHumanLoops: {
      resource: (input) => String(input["FlowDefinitionArn"]),
      run(input) {
        const all = [...loops.values()].filter(
          (loop) => loop.input["FlowDefinitionArn"] === input["FlowDefinitionArn"],
        );
        const ordered = input["SortOrder"] === "Ascending" ? all : all.toReversed();
        const start = Number(input["NextToken"] ?? 0);
        const end = start + Number(input["MaxResults"] ?? 10);
        return {
          HumanLoopSummaries: ordered.slice(start, end).map(known),
          ...(end < ordered.length ? { NextToken: String(end) } : {}),
        };
      },
    },
  });
  return restService({
    name: "a2i",
    model: "sagemaker-a2i-runtime",
    invalid: "ValidationException",
    operations,
    reset: () => loops.clear(),
  });
}

function loopArn(input: Input, call: Call): string {
  return `arn:aws:sagemaker:${call.region}:${callerOf(call).accountId}:human-loop/${String(input["HumanLoopName"])}`;
}
