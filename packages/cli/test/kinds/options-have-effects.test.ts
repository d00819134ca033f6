import { describe, expect, it } from "vitest";
import { run } from "../run.ts";

const URL = "https://sts.eu-west-1.amazonaws.com/";
const ROLE = "arn:aws:iam::111122223333:role/r";

/** If a command ignored one of these options, it would end well and do something else than its user wants. */
describe("an option has an effect or is refused", () => {
  it.each([
    ["guard", "template.json", "--out", "policies"],
    ["guard", "template.json", "--kind", "scp"],
    ["guard", "template.json", "--sarif", "--junit"],
    ["guard", "template.json", "--junit", "--json"],
    ["guard", "-", "-"],
    ["guard", "policy", "--trivy", "report.json"],
    ["guard", "policy", "--unjudged", "fail"],
    ["guard", "policy", "--sarif"],
    ["guard", "policy", "--kind", "scp", "--allow", "sagemaker:CreateModel"],
    ["guard", "policy", "--kind", "iam", "--resource", "*"],
    ["guard", "policy", "--organization", "o-a1b2c3d4e5"],
    ["explain", URL, "--request", "request.txt"],
    ["explain", "--request", "request.txt", "--data", "{}"],
    ["explain", "--request", "request.txt", "--profile", "dev"],
    ["explain", "--web", "--response", "403.xml"],
    ["explain", "--web", URL],
    ["serve", "broker.json", "--print-schema"],
    ["serve", "--print-schema", "--check"],
    ["proxy", "proxy.json", "--issue"],
    ["proxy", "--issue", "--print-schema"],
    ["sign", URL, "--vpc-endpoint", "vpce-0a1b2c3d-4e5f6a7b"],
    ["fetch", URL, "--vpc-endpoint", "vpce-0a1b2c3d-4e5f6a7b"],
    ["exec", ROLE, "--vpc-endpoint", "vpce-0a1b2c3d-4e5f6a7b", "--", "true"],
  ])("%s %s %s %s %s %s", async (...args) => {
    const given = args.filter((one) => one !== undefined);
    expect(await run(given, {})).toEqual({ code: 2, out: "", err: expect.stringMatching(/must|is not an option/) });
  });
});
