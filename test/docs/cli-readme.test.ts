import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { COMMANDS } from "../../packages/cli/src/commands.ts";
import { readText } from "../packaging/workspaces.ts";
import { blocksOf } from "./blocks.ts";
import { createReader, type Reader } from "./reader.ts";

const README = "packages/cli/README.md";
const PROXY = "packages/cli/docs/proxy.md";
const sections = blocksOf(README);

let reader: Reader;
beforeAll(async () => {
  reader = await createReader();
  for (const { name, code } of [README, PROXY].flatMap((page) => Object.values(blocksOf(page)).flat()))
    if (name !== "") reader.write(name, code);
});
afterAll(() => reader[Symbol.asyncDispose]());

describe("packages/cli/README.md", { timeout: 120_000 }, () => {
  it("names every command and no other", () => {
    const table = /^## Commands$([^]*?)^`countersign/mu.exec(readText(README))?.[1] ?? "";
    const named = [...table.matchAll(/`([a-z]+)[^`]*`(?=[^|]*\|[^|]*\|$)/gmu)].map(([, name = ""]) => name);
    expect([...new Set(named)].toSorted()).toEqual(Object.keys(COMMANDS).toSorted());
  });

  it("begins with lines that run", async () => {
    reader.write("job.json", '{ "action": "CreateTrainingJob", "input": { "TrainingJobName": "churn" } }');
    const { code, out } = await reader.shell(sections[""]?.[0]?.code ?? "");
    expect(code).toBe(0);
    expect(out).toMatch(/^\{"predictions":\[0\.93\]\}\{\s+"Models": \[\]/u);
    expect(out).toMatch(/not in this posture\n$/u);
  });

  it("has a profile that AWS's own command line takes, without a daemon", async () => {
    const script = sections["Credentials for every AWS tool"]?.find(({ language }) => language === "sh")?.code ?? "";
    const { code, out, err } = await reader.shell(script);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(JSON.parse(out)).toMatchObject({ Arn: "arn:aws:sts::111122223333:assumed-role/inference/countersign" });
  });

  it("runs a program with credentials that its environment does not hold", async () => {
    const [, script] = sections["Credentials for every AWS tool"]?.filter(({ language }) => language === "sh") ?? [];
    const { code, out } = await reader.shell(script?.code ?? "");
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ Arn: "arn:aws:sts::111122223333:assumed-role/inference/countersign" });
  });

  it("has a configuration that can be served, and would not be with any field misspelt", async () => {
    // A profile that the configuration names must exist.
    await reader.shell("printf '[profile platform]\\nregion = eu-west-1\\n' >> \"$AWS_CONFIG_FILE\"");
    await reader.shell(
      "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=broker.example.com -keyout key.pem -out cert.pem",
    );
    expect(await reader.shell("countersign serve broker.json --check")).toEqual({
      code: 0,
      out: "broker.json can be served\n",
      err: "",
    });
    for (const field of [
      "hosts",
      "origins",
      "issuer",
      "limits",
      "perSubject",
      "roleArn",
      "durationSeconds",
      "tokenSha256",
    ]) {
      const { code, err } = await reader.shell(
        `sed 's/"${field}"/"${field}x"/' broker.json > wrong.json; countersign serve wrong.json --check`,
      );
      expect({ field, code }).toEqual({ field, code: 2 });
      expect(err).toMatch(new RegExp(`wrong\\.json:\\d+: /\\S*`, "u"));
    }
  });

  it("has a configuration of the proxy that can be used", async () => {
    await reader.shell("countersign proxy --issue > notebook.json");
    expect(await reader.shell("countersign proxy proxy.json --check")).toEqual({
      code: 0,
      out: "proxy.json can be used\n",
      err: "",
    });
  });
});
