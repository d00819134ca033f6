import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createReader, type Reader } from "./reader.ts";

const ROLE = "arn:aws:iam::111122223333:role/inference";
let reader: Reader;
beforeAll(async () => {
  reader = await createReader();
  reader.write(
    "config",
    `[profile inference]\nregion = eu-west-1\ncredential_process = countersign credentials ${ROLE} --no-daemon\n` +
      `[profile refused]\nregion = eu-west-1\ncredential_process = countersign credentials arn:aws:iam::111122223333:role/refused\n`,
  );
});
afterAll(() => reader[Symbol.asyncDispose]());

describe("the AWS CLI with credential_process = countersign credentials", { timeout: 120_000 }, () => {
  it("is the assumed role, and may call SageMaker", async () => {
    const who = await reader.shell("aws sts get-caller-identity --profile inference");
    expect(who).toMatchObject({ code: 0, err: "" });
    expect(JSON.parse(who.out)).toMatchObject({
      Account: "111122223333",
      Arn: "arn:aws:sts::111122223333:assumed-role/inference/countersign",
    });
    const models = await reader.shell("aws sagemaker list-models --profile inference");
    expect({ code: models.code, models: JSON.parse(models.out) as unknown }).toEqual({
      code: 0,
      models: { Models: [] },
    });
  });

  it("shows AWS's own code for a request that was changed on its way", async () => {
    const tampering =
      "countersign credentials " + ROLE + ' | sed \'s/"SecretAccessKey":"./"SecretAccessKey":"#/\' > tampered.json';
    reader.write(
      "tampered-config",
      `[profile tampered]\nregion = eu-west-1\ncredential_process = cat ${reader.folder}/tampered.json\n`,
    );
    const { code, err } = await reader.shell(
      `${tampering}; AWS_CONFIG_FILE=${reader.folder}/tampered-config aws sagemaker list-models --profile tampered`,
    );
    expect(code).not.toBe(0);
    expect(err).toContain("(InvalidSignatureException) when calling the ListModels operation");
  });

  it("shows why there are no credentials", async () => {
    const { code, err } = await reader.shell("aws sts get-caller-identity --profile refused");
    expect(code).not.toBe(0);
    expect(err).toContain("is not authorized to perform: sts:AssumeRole");
    expect(err).not.toContain(reader.aws.user.secretAccessKey);
  });
});
