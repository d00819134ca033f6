import { describe, expect, it } from "vitest";
import { type Type, inputOf } from "../../src/api/model.ts";
import { judgeTemplate, readTemplate } from "../../src/iac/index.ts";
import { mappingOf } from "../../src/iac/mapping.ts";
import { plainName } from "../../src/iac/plain-name.ts";
import { createGuard } from "../../src/index.ts";
import { actionOf } from "./requests.ts";
import { type Attribute, attributesOf } from "./provider-attributes.ts";

const guard = createGuard({ posture: "locked" });
const plan = (type: string, values: object, unknown: object = {}) => ({
  format_version: "1.2",
  planned_values: {
    root_module: { resources: [{ address: "r", mode: "managed", type, name: "r", values }] },
  },
  resource_changes: [{ address: "r", mode: "managed", type, change: { actions: ["create"], after_unknown: unknown } }],
});
const judge = (file: object) => judgeTemplate(guard, readTemplate(JSON.stringify(file)));

/** Attributes without a member of the API: they decide how the provider works, or AWS fills them in. */
const ofProviderAlone = new Set(["endpoint_arn", "pipeline_definition", "cfn_template_provider_detail"]);

describe("the attributes of both Terraform providers", () => {
  it.each([...attributesOf.keys()])("of %s are members of the API, or left out by name", (type) => {
    const mapping = mappingOf(type);
    if (typeof mapping !== "object") throw new Error(`${type} is not mapped`);
    const { left, renamed } = mapping;
    const strange: string[] = [];
    visit(attributesOf.get(type) ?? new Map(), inputOf(actionOf(type)), "");
    expect(strange).toEqual([]);

    function visit(attributes: ReadonlyMap<string, Attribute>, of: Type | undefined, path: string): void {
      let within = of;
      while (within?.kind === "list" || (within?.kind === "map" && within.of.kind === "structure")) within = within.of;
      // Maps have names of the user's, and pairs of `key` and `value`.
      if (within?.kind !== "structure") return;
      for (const [name, { inner }] of attributes) {
        const here = path === "" ? plainName(name) : `${path}/${plainName(name)}`;
        if (left.has(here) || ofProviderAlone.has(name)) continue;
        const wanted = plainName(name);
        const member =
          renamed[here] ??
          [...within.members.keys()].find((candidate) =>
            [wanted, `${wanted}s`, wanted.replace(/y$/, "ies")].includes(candidate.toLowerCase()),
          );
        if (member === undefined) strange.push(here);
        else visit(inner, within.members.get(member), here);
      }
    }
  });

  it("that are the provider's own keep no resource from being judged", () => {
    for (const [type, known, unknown] of [
      ["aws_sagemaker_domain", {}, { security_group_id_for_domain_boundary: true }],
      ["awscc_sagemaker_domain", {}, { security_group_id_for_domain_boundary: true }],
      ["aws_sagemaker_image_version", {}, { container_image: true, image_arn: true }],
      ["aws_sagemaker_workforce", {}, { workforce_vpc_config: [{ vpc_endpoint_id: true }] }],
      ["aws_sagemaker_training_job", { delete_vpc_enis_on_destroy: false, tags: { vpc: "lab", image: "x" } }, {}],
    ] as const)
      expect(judge(plan(type, known, unknown)).flatMap(({ unjudged }) => unjudged)).toEqual([]);
  });
});

describe("what awscc writes in a form of its own", () => {
  it("is read: the definition of a pipeline in an object", () => {
    const step = { Name: "Train", Type: "Training", Arguments: { TrainingJobName: "t" } };
    const body = JSON.stringify({ Version: "2020-12-01", Steps: [step] });
    const pipeline = { pipeline_definition: { pipeline_definition_body: body }, pipeline_name: "p" };
    const [verdict] = judge(plan("awscc_sagemaker_pipeline", pipeline));
    expect(verdict?.findings.map(({ rule }) => rule)).toContain("training-vpc");
    const [elsewhere] = judge(
      plan("awscc_sagemaker_pipeline", {
        pipeline_definition: { pipeline_definition_s3_location: { bucket: "b", key: "k" } },
      }),
    );
    expect(elsewhere?.findings.map(({ message }) => message).join()).toContain("in S3");
  });

  it("is read: the policy of a model package group, as a request of its own", () => {
    const open = { Statement: [{ Effect: "Allow", Principal: "*", Action: "sagemaker:*", Resource: "*" }] };
    const values = { model_package_group_name: "g", model_package_group_policy: JSON.stringify(open) };
    expect(judge(plan("awscc_sagemaker_model_package_group", values))).toMatchObject([
      { address: "r", verdict: "clean" },
      { address: "r/ModelPackageGroupPolicy", action: "PutModelPackageGroupPolicy", verdict: "finding" },
    ]);
    expect(judge(plan("awscc_sagemaker_model_package_group", { model_package_group_policy: null }))).toHaveLength(1);
  });

  it("is read: a map as JSON in a text, or as a list of key and value", () => {
    const model = {
      enable_network_isolation: true,
      vpc_config: { subnets: ["subnet-0a", "subnet-0b"], security_group_ids: ["sg-0a"] },
      primary_container: { image: "x", environment: '{"A":"1"}' },
    };
    const rules = (values: object) =>
      judge(plan("awscc_sagemaker_model", values)).flatMap(({ findings }) => findings.map(({ rule }) => rule));
    expect(rules(model)).not.toContain("malformed-input");
    expect(rules({ ...model, primary_container: { image: "x", environment: "{" } })).toContain("malformed-input");
    const config = { container_config: { container_environment_variables: [{ key: "A", value: "1" }] } };
    expect(
      judge(plan("awscc_sagemaker_app_image_config", { code_editor_app_image_config: config })).map((v) => v.verdict),
    ).toEqual(["clean"]);
  });
});

describe("a text that a template makes from an object", () => {
  it("is not known when a part of it is not", () => {
    const policy = { Statement: [{ Effect: "Allow", Principal: { Ref: "Who" }, Action: "*", Resource: "*" }] };
    const group = { Type: "AWS::SageMaker::ModelPackageGroup", Properties: { ModelPackageGroupPolicy: policy } };
    const file = { Parameters: { Who: { Type: "String" } }, Resources: { G: group } };
    expect(judge(file).map(({ address, verdict }) => `${address} ${verdict}`)).toEqual([
      "G clean",
      "G/ModelPackageGroupPolicy unjudged",
    ]);
  });
});
