import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { type EndpointKind, resolveEndpoint } from "@countersign/signer/endpoints";
import { describe, expect, it } from "vitest";

interface Question {
  readonly service: EndpointKind;
  readonly Region: string;
  readonly UseFIPS: boolean;
  readonly UseDualStack: boolean;
  readonly UseGlobalEndpoint?: boolean;
  readonly Endpoint?: string;
}

interface Answer {
  readonly url?: string;
  readonly signingRegion?: string;
  readonly error?: string;
}

/** Asks the SDK's own rule sets: AWS changes them more often than anyone reads them. */
function ask(questions: readonly Question[]): readonly Answer[] {
  const script = fileURLToPath(new URL("sdk-hosts.mjs", import.meta.url));
  const input = JSON.stringify(questions);
  // The SDK writes about the version of Node to standard error.
  const output = execFileSync(process.execPath, [script], {
    input,
    encoding: "utf8",
    stdio: ["pipe", "pipe", "ignore"],
  });
  return JSON.parse(output) as readonly Answer[];
}

const services = ["sagemaker", "sagemaker-runtime", "sts", "ecr"] as const;
const regions = [
  "us-east-1",
  "ca-west-1",
  "eu-west-1",
  "ap-southeast-7",
  "mx-central-1",
  "cn-north-1",
  "cn-northwest-1",
  "us-gov-east-1",
  "us-gov-west-1",
  "eusc-de-east-1",
  "us-iso-east-1",
  "us-iso-west-1",
  "us-isob-east-1",
  "eu-isoe-west-1",
  "us-isof-east-1",
  "us-isof-south-1",
  "zz-north-9",
];

const flags = [false, true];
const grid: readonly Question[] = services.flatMap((service) =>
  regions.flatMap((Region) =>
    flags.flatMap((UseFIPS) => flags.map((UseDualStack) => ({ service, Region, UseFIPS, UseDualStack }))),
  ),
);

describe("the hosts resolveEndpoint forms", () => {
  it.each(services)("are those of the SDK's rule set for %s, in all partitions and variants", (service) => {
    const questions = grid.filter((question) => question.service === service);
    const ours = questions.map(
      ({ Region: region, UseFIPS: fips, UseDualStack: dualStack }) =>
        resolveEndpoint({ service, region, fips, dualStack }).url.href,
    );
    expect(ours).toEqual(ask(questions).map(({ url }) => url));
  });

  it("exclude a custom URL with FIPS or dual-stack, as the SDK does", () => {
    const base = { service: "sts", Region: "eu-west-1", Endpoint: "https://gateway.example/" } as const;
    const questions = [
      { ...base, UseFIPS: true, UseDualStack: false },
      { ...base, UseFIPS: false, UseDualStack: true },
    ];
    for (const { error } of ask(questions)) expect(error).toMatch(/custom endpoint are not supported/);
    for (const { Region: region, Endpoint: url, UseFIPS: fips, UseDualStack: dualStack } of questions) {
      expect(() => resolveEndpoint({ service: "sts", region, url, fips, dualStack })).toThrow(
        /must be left out with url/,
      );
    }
  });

  it("include STS's global one, signed for us-east-1", () => {
    const question = { service: "sts", Region: "aws-global", UseFIPS: false, UseDualStack: false } as const;
    const [answer] = ask([{ ...question, UseGlobalEndpoint: true }]);
    const { url, signingRegion } = resolveEndpoint({ service: "sts", region: "aws-global" });
    expect({ url: url.href, signingRegion }).toEqual(answer);
  });
});
