import { useAws } from "@countersign/testing";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { createScorer } from "./scorer.mjs";

const aws = useAws(
  { beforeAll, afterEach, afterAll },
  { roles: ["scorer"], endpoints: { churn: { body: { score: 0.7 } } } },
);

test("a role that lost its permission is refused with AWS's code", async () => {
  const { region, url, ca, user } = aws();
  const role = aws().role("scorer");
  const scorer = createScorer({ region, roleArn: role.arn, url: url.all, ca, credentials: user });
  expect(await scorer.score([1])).toEqual({ score: 0.7 });

  role.update({ policies: [{ Statement: { Effect: "Deny", Action: "sagemaker:InvokeEndpoint", Resource: "*" } }] });
  await expect(scorer.score([1])).rejects.toMatchObject({ code: "AccessDeniedException", status: 403 });
  await scorer.close();
});
