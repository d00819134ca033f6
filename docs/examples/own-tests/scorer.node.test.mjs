import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { useAws } from "@countersign/testing";
import { createScorer } from "./scorer.mjs";

const aws = useAws({ before, afterEach, after }, { roles: ["scorer"], endpoints: { churn: { body: { score: 0.7 } } } });
const connect = (more) =>
  createScorer({
    region: aws().region,
    roleArn: aws().role("scorer").arn,
    url: aws().url.all,
    ca: aws().ca,
    credentials: aws().user,
    ...more,
  });

test("many scores assume the role once", async () => {
  const scorer = connect();
  const scores = await Promise.all([scorer.score([1]), scorer.score([2])]);
  assert.deepEqual(scores, [{ score: 0.7 }, { score: 0.7 }]);
  assert.equal(aws().calls({ operation: "AssumeRole" }).length, 1);
  await scorer.close();
});

test("a throttled call is sent again", async () => {
  aws().fault({ service: "runtime", kind: "throttle", times: 1 });
  const scorer = connect();
  assert.deepEqual(await scorer.score([1]), { score: 0.7 });
  assert.equal(aws().calls({ service: "runtime" }).length, 2);
  await scorer.close();
});

test("a session that has expired is replaced", async () => {
  const scorer = connect({ clock: aws().clock });
  await scorer.score([1]);
  await aws().clock.advance(3_600_000);
  assert.deepEqual(await scorer.score([1]), { score: 0.7 });
  assert.equal(aws().calls({ operation: "AssumeRole" }).length, 2);
  await scorer.close();
});
