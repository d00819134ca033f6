import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readPlainYaml } from "../../src/iac/plain-yaml/read-plain-yaml.ts";
import { readAnyYaml } from "../../src/iac/read-yaml.ts";

/** `COUNTERSIGN_CASES=100000` is the whole claim. */
const CASES = Number(process.env["COUNTERSIGN_CASES"] ?? 1_000);

const template = `# A model
Parameters:
  Subnet: { Type: AWS::EC2::Subnet::Id, Default: "subnet-0a" }
Resources:
  Churn: # with a comment
    Type: AWS::SageMaker::Model
    Properties:
      ModelName: 'it''s'
      EnableNetworkIsolation: true
      VpcConfig:
        Subnets: [subnet-0a, !Ref Subnet]
        SecurityGroupIds:
        - !GetAtt Group.GroupId
        - sg-0a
      PrimaryContainer:
        Image: !Sub "\${AWS::AccountId}.dkr.ecr.eu-west-1.amazonaws.com/churn:1"
        Environment:
          Count: 12
          Ratio: 0.5
          Since: 2010-09-09
      Tags:
        - Key: a
          Value: !If [Big, "x", y]

        - Key: b
          Value: !Join
            - "-"
            - [a, b]
`;

/** Lines and pieces that templates have, and those at which two readers may differ. */
const pieces = [
  "a: b",
  "a:",
  "  a: 1",
  "    b: x",
  "- a",
  "  - b: 1",
  "    c: 2",
  "- !Ref A",
  "a: [b, c]",
  "a: {b: c, d: [1, 2]}",
  "a: [b,c]",
  "a: {b: 'c'}",
  "a: !Sub 'x'",
  "  !Ref A",
  "a: !GetAtt",
  "# x",
  "",
  "a: b # c",
  "a: 'b' # c",
  "a: b#c",
  "a: b: c",
  "a : b",
  "a: -1",
  "a: +1",
  "a: 0x10",
  "a: 0o7",
  "a: 007",
  "a: 1e3",
  "a: .5",
  "a: 1_000",
  "a: ~",
  "a: null",
  "a: TRUE",
  "a: yes",
  "a: 1.2.3",
  "a: 10.0.0.0/16",
  "a: 2010-09-09",
  "a: 12:30",
  'a: "x\\ny"',
  'a: "\\u0041\\/"',
  'a: "x\\qy"',
  "a: 'x",
  'a: "x"y',
  "a: &x b",
  "a: *x",
  "<<: b",
  "? a",
  "a: |",
  "a: >-",
  "  text",
  "a: @x",
  "a: `x`",
  "a: %x",
  "a: x,y",
  "a: [x",
  "a: [x, ]",
  "a: [,]",
  "a: {x}",
  "a: [a: b]",
  "a: []",
  "a: {}",
  "a:  b  ",
  "AWS::A: b",
  "Fn::Sub: x",
  "a: AWS::B::C",
  "a: https://x.test/#y",
  "true: 1",
  "1: 2",
  "'a': b",
  "a: -",
  "a: - b",
  "-",
  "- - a",
  "- a: b",
  "a: !Unknown b",
  "a: !!str 1",
  "a: ! b",
  "---",
  "...",
  "%YAML 1.2",
  "a:\tb",
  "a: \u00E4\u{1F600}",
  "a: x\u2028y",
];

const indented = fc
  .tuple(fc.constantFrom(0, 0, 2, 2, 4, 6, 1), fc.constantFrom(...pieces))
  .map(([depth, piece]) => " ".repeat(depth) + piece);
const made = fc
  .array(indented, { minLength: 1, maxLength: 7 })
  .chain((lines) => fc.constantFrom("", "\n").map((end) => lines.join("\n") + end));
/** The template with one piece of it replaced, removed or doubled. */
const changed = fc
  .tuple(
    fc.nat({ max: template.length }),
    fc.nat({ max: 3 }),
    fc.oneof(
      fc.constantFrom(...Array.from(":-#[]{},!'\"&*|>% \n?ab1~@"), "  ", "\n  ", "\n\n", ": ", " #", "- "),
      indented,
    ),
  )
  .map(([at, removed, put]) => template.slice(0, at) + put + template.slice(at + removed));

function both(text: string): { readonly plain: unknown; readonly any: unknown } {
  const plain = readPlainYaml(text);
  if (plain === undefined) return { plain: undefined, any: undefined };
  try {
    return { plain, any: readAnyYaml(text) };
  } catch (error) {
    return { plain, any: (error as Error).message };
  }
}

describe("the reader of plain YAML", () => {
  it("reads what templates consist of", () => {
    expect(readPlainYaml(template)).toBeDefined();
    expect(readPlainYaml(template)).toEqual(readAnyYaml(template));
  });

  it("reads each piece as the library does, or leaves it to the library", () => {
    for (const piece of pieces) {
      const { plain, any } = both(piece);
      expect([piece, plain]).toEqual([piece, any]);
    }
  });

  it.each([
    ["lines", made],
    ["changes of a template", changed],
  ])("agrees with the library over generated %s, offsets included", { timeout: 600_000 }, (_, texts) => {
    let read = 0;
    fc.assert(
      fc.property(texts, (text) => {
        const { plain, any } = both(text);
        if (plain !== undefined) read++;
        expect(plain).toEqual(any);
      }),
      { numRuns: CASES },
    );
    // Of generated lines this reader takes about 6 in 100.
    expect(read).toBeGreaterThan(CASES / 50);
  });

  it("leaves to the library what is nested deeply, and is linear", () => {
    expect(readPlainYaml(`a: ${"[".repeat(10_000)}${"]".repeat(10_000)}`)).toBeUndefined();
    expect(readPlainYaml(`a: ${"!Ref ".repeat(10_000)}`)).toBeUndefined();
    const nested = Array.from({ length: 100 }, (_, depth) => `${" ".repeat(depth)}a:`).join("\n");
    expect(readPlainYaml(`${nested} 1`)).toBeUndefined();
    const cost = (text: string): number => {
      const start = process.cpuUsage();
      readPlainYaml(text);
      return process.cpuUsage(start).user / 1_000;
    };
    for (const hostile of ["a: '", 'a: "', "a: ", "[", "- ", ": ", "''", "#", " ", "a", "::", "a: x #"])
      expect([hostile, cost(hostile.repeat(200_000)) < 2_000]).toEqual([hostile, true]);
  });
});
