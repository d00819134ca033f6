import { member } from "../evaluate/pointer.ts";
import type { Context, Rule } from "./rule.ts";
import { isVpcConfig } from "./vpc-config.ts";

const page = "https://docs.aws.amazon.com/sagemaker/latest/dg/batch-vpc.html";

/** "Give Batch Transform Jobs Access to Resources in Your Amazon VPC": the job takes the VPC of its model. */
export const transformRules: readonly Rule[] = [
  {
    id: "transform-vpc",
    topic: "transform-vpc",
    posture: "private",
    severity: "high",
    actions: ["CreateTransformJob"],
    pointer: "/ModelName",
    holds: (value, context) => modelFault(value, context) === undefined,
    needs: ["models"],
    message: "The transform job does not run in your VPC",
    detail: modelFault,
    fix: "Create the model with a VpcConfig, and let the guard look models up (facts: awsFacts) or see them created.",
    references: [page],
    policy: { unheld: "The VPC is the model's: hold CreateModel, which has the keys." },
  },
  {
    id: "transform-isolation",
    topic: "transform-vpc",
    posture: "baseline",
    severity: "low",
    actions: ["CreateTransformJob"],
    pointer: "/ModelName",
    holds: (value, context) => {
      const model = modelOf(value, context);
      return member(model, "EnableNetworkIsolation") !== true || isVpcConfig(member(model, "VpcConfig"));
    },
    needs: ["models"],
    message:
      "Network isolation is not among the features AWS lists for batch transform, and it is all that the model has",
    fix: "Create the model with a VpcConfig as well.",
    references: [page, "https://docs.aws.amazon.com/sagemaker/latest/dg/mkt-algo-model-internet-free.html"],
    policy: { unheld: "The network is the model's: hold CreateModel, which has the keys." },
  },
];

function modelOf(name: unknown, { facts }: Context): unknown {
  return typeof name === "string" ? member(facts.models, name) : undefined;
}

function modelFault(name: unknown, context: Context): string | undefined {
  const model = modelOf(name, context);
  if (model === undefined) return "nothing is known about its model";
  const vpc = member(model, "VpcConfig");
  if (!isVpcConfig(vpc)) return "its model has no VpcConfig";
  const { subnets, securityGroupIds } = context.network;
  const stranger =
    (member(vpc, "Subnets") as readonly string[]).find((id) => subnets?.includes(id) === false) ??
    (member(vpc, "SecurityGroupIds") as readonly string[]).find((id) => securityGroupIds?.includes(id) === false);
  return stranger === undefined ? undefined : `its model names ${stranger}, which is not allowed`;
}
