// Writes `out/`: a cdk.out as aws-cdk-lib synthesises it, what it gave to the validation plugin (`context.json`), and the report
// that it made of the plugin's answer (`report.json`). aws-cdk-lib has 186 MB unpacked, so it is no dependency of the
// repository. To run this again, after `npx turbo run build`:
//
//   folder=$(mktemp -d) && npm install --prefix "$folder" --ignore-scripts aws-cdk-lib@2.276.0 constructs
//   node packages/guard/test/iac/cdk/generate.mjs "$folder"
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { createGuard } from "@countersign/guard";
import { createCdkPlugin } from "@countersign/guard/cdk";

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error("name the folder with node_modules/aws-cdk-lib");
const require = createRequire(path.join(path.resolve(folder), "package.json"));
const cdk = require("aws-cdk-lib");
const { aws_ecr_assets: ecr, aws_s3_assets: s3, aws_sagemaker: sagemaker } = cdk;

const outdir = fileURLToPath(new URL("out", import.meta.url));
rmSync(outdir, { recursive: true, force: true });
const sources = mkdtempSync(path.join(tmpdir(), "countersign-cdk-"));
mkdirSync(path.join(sources, "image"));
writeFileSync(path.join(sources, "image", "Dockerfile"), "FROM scratch\n");
writeFileSync(path.join(sources, "setup.sh"), "#!/bin/sh\n");

/** Keeps what the CDK gives to a plugin. */
const recorder = {
  name: "recorder",
  validate({ appConstruct, ...context }) {
    this.context = { ...context, appConstruct: appConstruct.node.path };
    return { success: true, violations: [] };
  },
};
const plugin = createCdkPlugin({ guard: createGuard({ posture: "private" }) });
// The context is that of the command `cdk synth`.
const context = { "aws:cdk:enable-asset-metadata": true, "aws:cdk:enable-path-metadata": true };
const app = new cdk.App({
  outdir,
  context,
  policyValidationBeta1: [recorder, plugin],
  analyticsReporting: false,
  stackTraces: false,
});
const role = "arn:aws:iam::111122223333:role/sagemaker-execution";
const env = { account: "111122223333", region: "eu-west-1" };

/** A construct adds itself to its scope. */
const add = (Construct, scope, id, properties) => new Construct(scope, id, properties);
const notebook = (scope, id, properties) =>
  add(sagemaker.CfnNotebookInstance, scope, id, {
    instanceType: "ml.t3.medium",
    roleArn: role,
    rootAccess: "Disabled",
    securityGroupIds: ["sg-0a"],
    instanceMetadataServiceConfiguration: { minimumInstanceMetadataServiceVersion: "2" },
    ...properties,
  });

const shared = new cdk.Stack(app, "Shared", { env });
const subnet = new cdk.CfnParameter(shared, "Subnet", { type: "AWS::EC2::Subnet::Id" });
const key = new cdk.CfnResource(shared, "Key", { type: "AWS::KMS::Key", properties: { KeyPolicy: { Statement: [] } } });
notebook(shared, "Open", { directInternetAccess: "Enabled", subnetId: subnet.valueAsString });

const serving = new cdk.Stack(app, "Serving", { env });
const image = new ecr.DockerImageAsset(serving, "Image", { directory: path.join(sources, "image") });
add(sagemaker.CfnModel, serving, "Model", {
  executionRoleArn: role,
  enableNetworkIsolation: true,
  primaryContainer: { image: image.imageUri, environment: { KEY: key.getAtt("Arn").toString() } },
  vpcConfig: { subnets: ["subnet-0a", "subnet-0b"], securityGroupIds: ["sg-0a"] },
});
const lab = new cdk.NestedStack(serving, "Lab", { parameters: { Internet: "Enabled" } });
const internet = new cdk.CfnParameter(lab, "Internet", { default: "Disabled" });
notebook(lab, "Nested", { directInternetAccess: internet.valueAsString, subnetId: "subnet-0a" });
const inner = new cdk.NestedStack(lab, "Inner", { parameters: { Isolation: subnet.valueAsString } });
const isolation = new cdk.CfnParameter(inner, "Isolation", { default: "true" });
add(sagemaker.CfnModel, inner, "Deep", {
  executionRoleArn: role,
  enableNetworkIsolation: isolation.valueAsString,
  primaryContainer: { image: "111122223333.dkr.ecr.eu-west-1.amazonaws.com/churn:1" },
  vpcConfig: { subnets: ["subnet-0a", "subnet-0b"], securityGroupIds: ["sg-0a"] },
});

const legacy = new cdk.Stack(app, "Legacy", { synthesizer: new cdk.LegacyStackSynthesizer() });
const setup = new s3.Asset(legacy, "Setup", { path: path.join(sources, "setup.sh") });
add(sagemaker.CfnNotebookInstanceLifecycleConfig, legacy, "Lifecycle", {
  onStart: [{ content: cdk.Fn.base64(`aws s3 cp ${setup.s3ObjectUrl} setup.sh`) }],
});

const stage = new cdk.Stage(app, "Prod", { env });
const training = new cdk.Stack(stage, "Training");
add(sagemaker.CfnDomain, training, "Studio", {
  authMode: "IAM",
  domainName: "lab",
  appNetworkAccessType: "PublicInternetOnly",
  defaultUserSettings: { executionRole: role, securityGroups: ["sg-0a"] },
  vpcId: "vpc-0a",
  subnetIds: ["subnet-0a"],
});
const wing = new cdk.NestedStack(training, "Wing");
notebook(wing, "Staged", { directInternetAccess: "Enabled", subnetId: "subnet-0a" });

try {
  app.synth();
  throw new Error("the CDK must refuse the app for its violations");
} catch (error) {
  if (error.name !== "ValidationFailed") throw error;
} finally {
  rmSync(sources, { recursive: true });
}

const plain = (value) =>
  JSON.parse(JSON.stringify(value).replaceAll(`${outdir}${path.sep}`, "").replaceAll(outdir, "."));
const write = (name, value) => {
  writeFileSync(new URL(name, import.meta.url), `${JSON.stringify(plain(value), null, 2)}\n`);
};
write("context.json", recorder.context);
const report = JSON.parse(readFileSync(path.join(outdir, "validation-report.json"), "utf8"));
const made = report.pluginReports.find(({ pluginName }) => pluginName === plugin.name);
for (const { violatingConstructs } of made.violations)
  for (const construct of violatingConstructs) delete construct.stackTraces;
write("report.json", made);

// What no reader needs: the tree, traces of the stack with paths of this machine, and the CDK's feature flags.
let bytes = 0;
const edit = (file, change) => {
  const value = JSON.parse(readFileSync(file, "utf8"));
  change(value);
  writeFileSync(file, `${JSON.stringify(value, null, 1)}\n`);
};
for (const name of readdirSync(outdir, { recursive: true, encoding: "utf8" })) {
  const file = path.join(outdir, name);
  if (statSync(file).isDirectory()) continue;
  if (/(?:tree|validation-report)\.json$/.test(name)) {
    rmSync(file);
    continue;
  }
  if (name.endsWith("manifest.json"))
    edit(file, ({ artifacts }) => {
      delete artifacts["aws-cdk-lib/feature-flag-report"];
    });
  if (name.endsWith(".metadata.json"))
    edit(file, (metadata) => {
      for (const [construct, entries] of Object.entries(metadata))
        metadata[construct] = entries
          .filter(({ type }) => type !== "aws:cdk:creationStack")
          .map(({ type, data }) => ({ type, data }));
    });
  bytes += statSync(file).size;
}
console.log(`${bytes} bytes in ${outdir}`);
