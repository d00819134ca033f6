import { readFileSync } from "node:fs";
import * as sagemaker from "@aws-sdk/client-sagemaker";
import { postures } from "@countersign/guard";
import { describe, expect, it } from "vitest";

const page = readFileSync(new URL("../../docs/controls.md", import.meta.url), "utf8");
const rows = page
  .slice(page.indexOf("| operation |"))
  .split("\n")
  .filter((line) => line.startsWith("| `"))
  .map((line) => {
    const [, operations = "", rules = "", reason = ""] = line.split("|");
    return { operations: names(operations), rules: names(rules), reason: reason.trim() };
  });

function names(cell: string): readonly string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name);
}

const OPERATION = 9;
const operations = Object.values(sagemaker)
  .filter((value): value is typeof value & readonly unknown[] => Array.isArray(value) && value[0] === OPERATION)
  .map((operation) => String((operation as readonly unknown[])[2]));

/** The newer parts of SageMaker, by the names of their operations. */
const newer = /Space$|Mlflow|Cluster|PartnerApp|InferenceComponent|Hub|Session|Presigned|ModelPackageGroupPolicy/;
const reads = /^(?:Describe|List|Get|Search|Delete|Stop|BatchDelete|BatchDescribe|Detach)/;

describe("docs/controls.md", () => {
  it("has a rule or a reason for each operation of the newer parts, and for no other", () => {
    const listed = rows.flatMap((row) => row.operations);
    expect(new Set(listed).size).toBe(listed.length);
    expect(listed.toSorted()).toEqual(operations.filter((name) => newer.test(name) && !reads.test(name)).toSorted());
    expect(rows.filter(({ rules, reason }) => rules.length === 0 && reason === "")).toEqual([]);
  });

  it("names rules that judge these operations", () => {
    const wrong = rows.flatMap((row) =>
      row.rules
        .map((id) => ({ id, rule: postures.locked.rules.find((rule) => rule.id === id) }))
        .filter(({ rule }) => !row.operations.every((operation) => rule?.actions.includes(operation) === true))
        .map(({ id }) => [row.operations, id]),
    );
    expect(wrong).toEqual([]);
  });

  it("counts the controls as the catalogue of the rules' test does", () => {
    const catalogue = readFileSync(new URL("../../packages/guard/docs/controls.md", import.meta.url), "utf8");
    const known = (tool: string): number =>
      new Set(catalogue.match(new RegExp(`${tool}${tool.endsWith("_") ? "" : " "}[A-Za-z0-9_.-]+[A-Za-z0-9]`, "g")))
        .size;
    const counted = Object.fromEntries(
      [...page.matchAll(/^\| (Security Hub|AWS Config|Prowler|Checkov|cdk-nag)[ 0-9.]* \|.*\| (\d+) \|$/gm)].map(
        ([, tool = "", count]) => [tool, Number(count)],
      ),
    );
    expect(counted).toEqual({
      "Security Hub": known("Security Hub"),
      "AWS Config": known("AWS Config"),
      Prowler: known("Prowler sagemaker_"),
      Checkov: known("Checkov"),
      "cdk-nag": known("cdk-nag"),
    });
  });
});
