import { member } from "../evaluate/pointer.ts";
import type { Context, Rule } from "./rule.ts";
import { isVpcConfig } from "./vpc-config.ts";

const page = "https://docs.aws.amazon.com/sagemaker/latest/dg/batch-vpc.html";

/** "Give Batch Transform Jobs Access to Resources in Your Amazon VPC": a job runs in the VPC of its model. */
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
    fix: "Create the model with a VpcConfig, and give the guard facts: awsFacts(…), or let it see the model created.",
    references: [page],
    policy: { unheld: "The VPC is that of the model: enforce CreateModel, which has the keys." },
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
      "The model has network isolation and no VPC, and AWS does not list isolation among the features of batch transform",
    fix: "Create the model with a VpcConfig as well.",
    references: [page, "https://docs.aws.amazon.com/sagemaker/latest/dg/mkt-algo-model-internet-free.html"],
    policy: { unheld: "The network is that of the model: enforce CreateModel, which has the keys." },
  },
];

function modelOf(name: unknown, { facts }: Context): unknown {
  return typeof name === "string" ? member(facts.models, name) : undefined;
}

function modelFault(name: unknown, context: Context): string | undefined {
  const model = modelOf(name, context);
  if (model === undefined) return "its model is not known";
  const vpc = member(model, "VpcConfig");
  if (!isVpcConfig(vpc)) return "its model has no VpcConfig";
  const { subnets, securityGroupIds } = context.network;
  const stranger =
    (member(vpc, "Subnets") as readonly string[]).find((id) => subnets?.includes(id) === false) ??
    (member(vpc, "SecurityGroupIds") as readonly string[]).find((id) => securityGroupIds?.includes(id) === false);
  return stranger === undefined ? undefined : `its model names ${stranger.slice(0, 128)}, which is not allowed`;
}
