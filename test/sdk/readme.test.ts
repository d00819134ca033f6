import { type Aws, startAws } from "@countersign/testing";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { examplesOf, runExample } from "../fetch/examples.ts";

let aws: Aws;
beforeAll(async () => {
  aws = await startAws({ roles: ["worker"] });
});
afterEach(() => {
  vi.unstubAllEnvs();
  aws.reset();
});
afterAll(() => aws.close());

const outcomes: Readonly<Record<string, { readonly logged: unknown; readonly operations: readonly string[] }>> = {
  "@countersign/sdk": { logged: [], operations: ["ListModels"] },
  "Rejected keys": { logged: [], operations: ["AssumeRole", "ListModels"] },
  Guard: { logged: "POSTURE_BROKEN", operations: [] },
};

describe("packages/sdk/README.md", async () => {
  const examples = await examplesOf("packages/sdk/README.md");

  it("has the examples that are run", () => {
    expect(examples.map(({ title }) => title)).toEqual(Object.keys(outcomes));
  });

  it.each(examples.map((example) => [example.title, example] as const))(
    "%s: runs as printed",
    async (title, example) => {
      // As the SDK's users point its clients elsewhere: no line of the example does.
      vi.stubEnv("AWS_ENDPOINT_URL_SAGEMAKER", aws.url.sagemaker);
      const variables = { credentials: aws.user, ca: aws.ca, endpoint: { url: aws.url.sts } };
      const { logged, operations } = outcomes[title] ?? {};
      expect(await runExample(example, variables)).toEqual([[logged]]);
      expect(aws.calls().map(({ operation, status }) => [operation, status])).toEqual(
        operations?.map((name) => [name, 200]),
      );
    },
  );
});
