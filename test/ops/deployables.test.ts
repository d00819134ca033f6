import { execFileSync, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { cpSync, existsSync, mkdtempSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createBroker } from "@countersign/broker";
import { startAws } from "@countersign/testing";
import { createTransport } from "@countersign/transport";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse, type ScalarTag } from "yaml";
import { main } from "../../packages/cli/src/main.ts";
import type { ServeConfig } from "../../packages/cli/src/serve/config.ts";
import { readText, root } from "../packaging/workspaces.ts";
import { type Manifest, manifests, valuesAt } from "./files.ts";

const ops = `${root}/docs/ops`;
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "countersign-ops-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const has = (program: string): boolean => spawnSync("sh", ["-c", `command -v ${program}`]).status === 0;

async function run(...args: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  let out = "";
  let err = "";
  const env = { ...process.env, AWS_ACCESS_KEY_ID: "AKIDEXAMPLE", AWS_SECRET_ACCESS_KEY: "secret" };
  const io = {
    stdout: (text: string | Uint8Array) => void (out += String(text)),
    stderr: (text: string) => void (err += text),
    env,
    isTerminal: false,
    columns: 80,
  };
  return { code: await main(args, io), out, err };
}

/** Makes each file that a configuration names, and checks the configuration with paths that lead there. */
async function check(json: string, name: string): Promise<{ code: number; err: string }> {
  const place = path.join(folder, name);
  const at = (file: string): string => path.join(place, file);
  const files = [...json.matchAll(/"(\/(?:etc|run|var)\/[^"]+)"/gu)].map(([, file = ""]) => file);
  for (const file of files) {
    mkdirSync(path.dirname(at(file)), { recursive: true, mode: 0o700 });
    if (/key$|password$|token$/u.test(file)) writeFileSync(at(file), randomBytes(32).toString("base64"));
  }
  const [certificate, key] = [/\.crt$/u, /tls\.key$/u].map((end) => files.find((file) => end.test(file)));
  if (certificate !== undefined && key !== undefined) {
    const words = `req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=a -keyout ${at(key)} -out ${at(certificate)}`;
    execFileSync("openssl", words.split(" "), { stdio: "pipe" });
  }
  const authority = files.find((file) => file.endsWith("ca.pem"));
  if (authority !== undefined && certificate !== undefined) cpSync(at(certificate), at(authority));
  const moved = json.replaceAll(/"(\/(?:etc|run|var)\/[^"]+)"/gu, (_, file: string) => JSON.stringify(at(file)));
  mkdirSync(place, { recursive: true });
  const file = path.join(place, "broker.json");
  writeFileSync(file, moved);
  return run("serve", file, "--check");
}

const objects = manifests();
const ofKind = (kind: string): Manifest[] =>
  objects.filter(({ manifest }) => manifest.kind === kind).map(({ manifest }) => manifest);
const configurations: Readonly<Record<string, string>> = {
  systemd: readText("docs/ops/systemd/broker.json"),
  kubernetes: readText("docs/ops/kubernetes/broker.json"),
  sidecar: String(ofKind("ConfigMap").flatMap((map) => valuesAt(map, "data", "broker.json"))[0]),
};
const parsed = (name: string): ServeConfig => JSON.parse(configurations[name] ?? "") as ServeConfig;

describe.each(Object.keys(configurations))("the configuration for %s", (name) => {
  it("can be served", async () => {
    expect(await check(configurations[name] ?? "", name)).toMatchObject({ code: 0, err: "" });
  });
});

describe("the systemd unit", () => {
  const unit = readText("docs/ops/systemd/countersign.service");
  const value = (name: string): string => new RegExp(`^${name}=(.*)$`, "mu").exec(unit)?.[1] ?? "";

  it("starts, checks and reloads by commands that exist, and waits for the drain", async () => {
    expect(value("ExecStart")).toBe("/usr/local/bin/countersign serve /etc/countersign/broker.json");
    expect(value("ExecStartPre")).toBe(`${value("ExecStart")} --check`);
    expect(value("ExecReload")).toContain("kill -HUP");
    const { delaySeconds = 0, graceSeconds = 10 } = parsed("systemd").drain ?? {};
    expect(Number(value("TimeoutStopSec"))).toBeGreaterThan(delaySeconds + graceSeconds);
    expect(parsed("systemd").log?.auditFile).toMatch(new RegExp(`^/var/log/${value("LogsDirectory")}/`, "u"));
  });

  it("is accepted by systemd, which finds it well confined", (context) => {
    if (!has("systemd-analyze")) return context.skip("systemd-analyze is not installed");
    const file = path.join(folder, "countersign.service");
    writeFileSync(file, unit.replaceAll("/usr/local/bin/countersign", process.execPath));
    const verified = spawnSync("systemd-analyze", ["verify", file], { encoding: "utf8" });
    expect({ status: verified.status, err: verified.stderr }).toEqual({ status: 0, err: "" });
    const judged = spawnSync("systemd-analyze", ["security", "--offline=yes", "--threshold=20", file], {
      encoding: "utf8",
    });
    expect({ status: judged.status, says: judged.stdout.split("\n").at(-2) }).toMatchObject({ status: 0 });
    return undefined;
  });
});

describe("the container recipe", () => {
  const recipe = readText("docs/ops/container/Containerfile");
  const lines = recipe.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  const last = (name: string): string =>
    lines.findLast((line) => line.startsWith(`${name} `))?.slice(name.length + 1) ?? "";

  it("runs the package's own command as a user without rights, on an image without a shell", () => {
    const [program, script] = JSON.parse(last("ENTRYPOINT")) as string[];
    expect(program).toBe("/nodejs/bin/node");
    expect(script).toBe("/app/node_modules/countersign/bin/countersign.mjs");
    expect(existsSync(`${root}/packages/cli/bin/countersign.mjs`)).toBe(true);
    expect(JSON.parse(last("CMD"))).toEqual(["serve", "/etc/countersign/broker.json"]);
    expect(last("USER")).toMatch(/^[1-9]\d*:[1-9]\d*$/u);
    expect(last("FROM")).toContain("distroless");
    for (const from of lines.filter((line) => line.startsWith("FROM ")))
      expect(from).not.toMatch(/:latest|^FROM [^:@]+( |$)/u);
  });

  it("installs without scripts of packages, and without secrets", () => {
    expect(recipe).toContain("--ignore-scripts");
    expect(recipe).not.toMatch(/AWS_SECRET|_TOKEN=|PASSWORD/u);
    expect(lines.every((line) => /^(?:FROM|ARG|WORKDIR|RUN|COPY|USER|ENV|EXPOSE|ENTRYPOINT|CMD) /u.test(line))).toBe(
      true,
    );
  });
});

describe("the Kubernetes manifests", () => {
  const pods = objects.flatMap(({ file, manifest }) => {
    if (manifest.kind === "Pod") return [{ file, spec: manifest["spec"], namespace: manifest.metadata.namespace }];
    if (manifest.kind !== "Deployment") return [];
    return [{ file, spec: valuesAt(manifest, "spec", "template", "spec")[0], namespace: manifest.metadata.namespace }];
  });
  const containersOf = (spec: unknown): Record<string, unknown>[] =>
    [...valuesAt(spec, "initContainers", "*"), ...valuesAt(spec, "containers", "*")] as Record<string, unknown>[];

  it("have versions that Kubernetes serves, and names that it accepts", () => {
    const versions: Readonly<Record<string, string>> = {
      ConfigMap: "v1",
      Deployment: "apps/v1",
      Namespace: "v1",
      NetworkPolicy: "networking.k8s.io/v1",
      Pod: "v1",
      PodDisruptionBudget: "policy/v1",
      Service: "v1",
      ServiceAccount: "v1",
    };
    for (const { manifest } of objects) {
      expect([manifest.kind, manifest.apiVersion]).toEqual([manifest.kind, versions[manifest.kind]]);
      expect(manifest.metadata.name).toMatch(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/u);
    }
  });

  it.each(pods)("$file mounts only volumes that it has, and each of them", ({ spec }) => {
    const volumes = valuesAt(spec, "volumes", "*", "name");
    const mounted = containersOf(spec).flatMap((one) => valuesAt(one, "volumeMounts", "*", "name"));
    expect(new Set(mounted)).toEqual(new Set(volumes));
  });

  it.each(pods)("$file: probes and ports are those of the configuration", ({ file, spec }) => {
    const config = file === "sidecar.yaml" ? parsed("sidecar") : parsed("kubernetes");
    for (const container of containersOf(spec).filter(({ name }) => name === "countersign")) {
      expect(container["args"]).toEqual(["serve", "/etc/countersign/config/broker.json"]);
      const ports = new Map(
        valuesAt(container, "ports", "*").map((port) => [
          valuesAt(port, "name")[0],
          valuesAt(port, "containerPort")[0],
        ]),
      );
      expect(ports.get("admin")).toBe(config.admin?.port);
      // The kubelet connects from outside of the pod.
      expect(config.admin?.host).toBe("0.0.0.0");
      expect(ports.get("vending") ?? config.listen[0]?.port).toBe(config.listen[0]?.port);
      for (const probe of ["startupProbe", "readinessProbe", "livenessProbe"]) {
        for (const [http] of [valuesAt(container, probe, "httpGet")].filter((found) => found.length > 0)) {
          expect(["/healthz", "/readyz"]).toContain(valuesAt(http, "path")[0]);
          expect(ports.has(valuesAt(http, "port")[0])).toBe(true);
        }
      }
      expect(valuesAt(container, "readinessProbe", "httpGet", "path")).toEqual(["/readyz"]);
      // Restarting a broker does not repair STS.
      expect(valuesAt(container, "livenessProbe", "httpGet", "path")).not.toContain("/readyz");
      expect(container["securityContext"]).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ["ALL"] },
      });
    }
  });

  it("files of the configuration are in what is mounted; the drain fits into the termination", () => {
    const [deployment] = ofKind("Deployment");
    const mounts = valuesAt(
      deployment,
      "spec",
      "template",
      "spec",
      "containers",
      "*",
      "volumeMounts",
      "*",
      "mountPath",
    );
    for (const [, file = ""] of (configurations["kubernetes"] ?? "").matchAll(/"(\/etc\/[^"]+)"/gu)) {
      expect(mounts).toContain(path.dirname(file));
    }
    const [seconds] = valuesAt(deployment, "spec", "template", "spec", "terminationGracePeriodSeconds");
    const { delaySeconds = 0, graceSeconds = 10 } = parsed("kubernetes").drain ?? {};
    expect(seconds).toBeGreaterThan(delaySeconds + graceSeconds);
  });

  it("selectors find the broker's pods, and the service's name is one that it answers to", () => {
    const [deployment] = ofKind("Deployment");
    const labels = valuesAt(deployment, "spec", "template", "metadata", "labels")[0];
    const [service] = ofKind("Service");
    const selectors = [
      ...valuesAt(deployment, "spec", "selector", "matchLabels"),
      ...valuesAt(service, "spec", "selector"),
      ...ofKind("PodDisruptionBudget").flatMap((one) => valuesAt(one, "spec", "selector", "matchLabels")),
      ...ofKind("NetworkPolicy").flatMap((one) => valuesAt(one, "spec", "podSelector", "matchLabels")),
    ];
    expect(selectors).toHaveLength(4);
    for (const selector of selectors) expect(labels).toMatchObject(selector as object);
    const host = `${service?.metadata.name}.${service?.metadata.namespace}.svc.cluster.local:${String(valuesAt(service, "spec", "ports", "*", "port")[0])}`;
    expect(parsed("kubernetes").vending?.hosts).toContain(host);
  });

  it.each(["caller.yaml", "sidecar.yaml"])(
    "%s: the pod asks for a grant that it gets, with the grant's audience",
    (file) => {
      const config = file === "sidecar.yaml" ? parsed("sidecar") : parsed("kubernetes");
      const pod = pods.find((one) => one.file === file);
      const env = new Map(
        containersOf(pod?.spec)
          .filter(({ name }) => name === "recommender")
          .flatMap((one) => valuesAt(one, "env", "*"))
          .map((one) => [valuesAt(one, "name")[0], String(valuesAt(one, "value")[0])]),
      );
      const url = new URL(env.get("AWS_CONTAINER_CREDENTIALS_FULL_URI") ?? "");
      expect(config.vending?.hosts).toContain(url.host);
      const grant = config.vending?.grants[url.pathname.replace("/v1/credentials/", "")];
      const account = `${pod?.namespace}/${String(valuesAt(pod?.spec, "serviceAccountName")[0])}`;
      expect(grant).toMatchObject({ kind: "serviceAccount", serviceAccounts: [account] });
      const audiences = valuesAt(
        pod?.spec,
        "volumes",
        "*",
        "projected",
        "sources",
        "*",
        "serviceAccountToken",
        "audience",
      );
      expect(audiences).toContain(config.vending?.identityProvider?.audience);
      expect(env.get("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")).toBe("/var/run/secrets/countersign/token");
    },
  );

  it("kustomize builds them", (context) => {
    if (!has("kubectl")) return context.skip("kubectl is not installed");
    const built = execFileSync("kubectl", ["kustomize", `${ops}/kubernetes`], { encoding: "utf8", stdio: "pipe" });
    expect(built.match(/^kind: /gmu)).toHaveLength(7);
    return undefined;
  });
});

describe("the roles on the AWS side", () => {
  const tags = ["Ref", "GetAtt", "Sub"].map((tag): ScalarTag => ({
    tag: `!${tag}`,
    resolve: (text) => `${tag} ${text}`,
  }));
  const template = parse(readText("docs/ops/aws/template.yaml"), { customTags: tags }) as {
    Resources: Record<string, { Type: string; Properties: Record<string, unknown> }>;
  };
  const BROKER = "arn:aws:iam::111122223333:role/countersign-broker";
  const INFERENCE = "arn:aws:iam::111122223333:role/inference";
  const ENDPOINT = "arn:aws:sagemaker:eu-west-1:111122223333:endpoint/chat";

  /** A policy with the references of the template resolved. */
  function policyOf(resource: string, property: string): string {
    const policy = template.Resources[resource]?.Properties[property];
    return JSON.stringify(policy)
      .replaceAll("GetAtt BrokerRole.Arn", BROKER)
      .replaceAll("GetAtt InferenceRole.Arn", INFERENCE)
      .replaceAll("Ref ExternalId", "countersign")
      .replaceAll("Ref EndpointArns", ENDPOINT)
      .replaceAll("Ref AWS::AccountId", "111122223333");
  }

  it("let the broker assume the role of its callers with its external id, and with no other", async () => {
    await using aws = await startAws({
      accounts: ["111122223333"],
      regions: ["eu-west-1"],
      roles: [
        { arn: BROKER, policies: [policyOf("BrokerPolicy", "PolicyDocument")] },
        { arn: INFERENCE, trustPolicy: policyOf("InferenceRole", "AssumeRolePolicyDocument"), policies: [] },
        "arn:aws:iam::111122223333:role/else",
      ] as never,
    });
    const transport = createTransport({ ca: aws.ca });
    const broker = createBroker({
      region: "eu-west-1",
      credentials: aws.role("countersign-broker").session(),
      endpoint: { url: aws.url.sts },
      transport,
      clock: aws.clock,
    });
    try {
      const spec = { roleArn: INFERENCE, sourceIdentity: "ada", tags: { tenant: "acme" } };
      await expect(broker.role({ ...spec, externalId: "countersign" }).get()).resolves.toBeDefined();
      await expect(broker.role({ ...spec, externalId: "another" }).get()).rejects.toMatchObject({
        code: "ACCESS_DENIED",
      });
      await expect(broker.role(spec).get()).rejects.toMatchObject({ code: "ACCESS_DENIED" });
      const other = { roleArn: "arn:aws:iam::111122223333:role/else", externalId: "countersign" };
      await expect(broker.role(other).get()).rejects.toMatchObject({ code: "ACCESS_DENIED" });
    } finally {
      await broker.close();
      await transport.close();
    }
  });

  it("are read by our own guard without a finding", async () => {
    for (const file of ["aws/template.yaml"]) {
      const { code, out, err } = await run("guard", `${ops}/${file}`);
      expect({ code, out, err }).toMatchObject({ code: 0, err: "" });
    }
  });

  it("CloudFormation's linter accepts the template", (context) => {
    if (!has("cfn-lint")) return context.skip("cfn-lint is not installed");
    const linted = spawnSync("cfn-lint", [`${ops}/aws/template.yaml`], { encoding: "utf8" });
    expect({ status: linted.status, out: linted.stdout }).toEqual({ status: 0, out: "" });
    return undefined;
  });

  it("Terraform accepts its configuration", (context) => {
    if (!has("terraform")) return context.skip("terraform is not installed");
    const terraform = (cwd: string, ...words: string[]): number | null =>
      spawnSync("terraform", words, { cwd, stdio: "pipe" }).status;
    expect(terraform(`${ops}/aws`, "fmt", "-check")).toBe(0);
    const plugins = process.env["COUNTERSIGN_TERRAFORM_PLUGINS"] ?? "/opt/tf-plugins";
    if (!existsSync(plugins)) return context.skip("terraform fmt passed; its provider for AWS is not on this machine");
    const copy = path.join(folder, "terraform");
    mkdirSync(copy);
    writeFileSync(path.join(copy, "main.tf"), readFileSync(`${ops}/aws/main.tf`));
    expect(terraform(copy, "init", "-backend=false", `-plugin-dir=${plugins}`)).toBe(0);
    expect(terraform(copy, "validate")).toBe(0);
    return undefined;
  });
});
