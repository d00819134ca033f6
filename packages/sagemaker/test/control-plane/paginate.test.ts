import { expect, test } from "vitest";
import { paginate, type SageMaker } from "../../src/index.ts";

function pages(answers: readonly Record<string, unknown>[]) {
  const inputs: unknown[] = [];
  const call = async (_: string, input: unknown): Promise<unknown> => {
    inputs.push(input);
    return answers[inputs.length - 1] ?? { Models: [] };
  };
  return { inputs, sagemaker: { call } as unknown as Pick<SageMaker, "call"> };
}

test("follows NextToken to the last page, and asks for each only when the one before is consumed", async () => {
  const { inputs, sagemaker } = pages([{ NextToken: "a" }, { NextToken: "b" }, {}]);
  const seen: unknown[] = [];
  for await (const page of paginate(sagemaker, "ListModels", { MaxResults: 2 })) {
    seen.push(page);
    expect(inputs).toHaveLength(seen.length);
  }
  expect(inputs).toEqual([{ MaxResults: 2 }, { MaxResults: 2, NextToken: "a" }, { MaxResults: 2, NextToken: "b" }]);
});

test.each([undefined, null, ""])("ends at a token of %s", async (NextToken) => {
  const { inputs, sagemaker } = pages([{ NextToken }]);
  for await (const _ of paginate(sagemaker, "ListModels", {})) void _;
  expect(inputs).toHaveLength(1);
});

test("starts where the caller says", async () => {
  const { inputs, sagemaker } = pages([{}]);
  for await (const _ of paginate(sagemaker, "ListModels", { NextToken: "middle" })) void _;
  expect(inputs).toEqual([{ NextToken: "middle" }]);
});

test.each([2, 3, 10])("refuses to go round in a circle of %i pages", async (length) => {
  let page = 0;
  const call = async (): Promise<object> => ({ NextToken: `token-${page++ < 4 ? page : page % length}` });
  const all = async (): Promise<void> => {
    for await (const _ of paginate({ call } as never, "ListModels", {})) void _;
  };
  await expect(all()).rejects.toMatchObject({ code: "INVALID_RESPONSE" });
  expect(page).toBeLessThan(10 + 4 * length);
});

test.each([{ a: 1 }, ["a"], 5, true])("refuses a NextToken that is not text: %j", async (token) => {
  const { inputs, sagemaker } = pages([{ NextToken: token }, { NextToken: token }]);
  const all = async (): Promise<void> => {
    for await (const _ of paginate(sagemaker, "ListModels", {})) void _;
  };
  await expect(all()).rejects.toMatchObject({ code: "INVALID_RESPONSE" });
  expect(inputs).toHaveLength(1);
});

test("reads many pages whose tokens all differ", async () => {
  let page = 0;
  const call = async (): Promise<object> => ({ NextToken: page++ < 1000 ? String(page) : undefined });
  for await (const _ of paginate({ call } as never, "ListModels", {})) void _;
  expect(page).toBe(1001);
});

test("refuses to answer twice with the same page", async () => {
  const { sagemaker } = pages([{ NextToken: "a" }, { NextToken: "a" }]);
  const all = async (): Promise<void> => {
    for await (const _ of paginate(sagemaker, "ListModels", {})) void _;
  };
  await expect(all()).rejects.toMatchObject({ code: "INVALID_RESPONSE" });
});
