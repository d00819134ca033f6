import {
  type Shape,
  callable,
  checkOptions,
  clockShape,
  contract,
  flag,
  listOf,
  nested,
  oneOf,
  optional,
  shape,
  signalShape,
  text,
  unchecked,
} from "@countersign/signer/options";
import { refuseOption } from "./error.ts";
import type { Exception } from "./exception.ts";
import { factSource } from "./facts/check-facts.ts";
import type { GuardOptions, ReviewOptions } from "./guard.ts";
import { type Posture, postures } from "./posture.ts";
import type { Network, Rule } from "./rules/rule.ts";

const ids: Shape = (value, field, refuse) => {
  const list = shape("a list of at least one id; leave it out to allow any", isFilledList)(value, field, refuse);
  return listOf(
    shape("an id of letters, digits and -, such as subnet-0123456789abcdef0", (id) =>
      matches(id, /^[-0-9A-Za-z]{1,64}$/),
    ),
  )(list, field, refuse);
};

const rule: Shape = nested<Rule>({
  id: text,
  topic: text,
  posture: oneOf("baseline", "private", "locked"),
  severity: oneOf("low", "medium", "high", "critical"),
  actions: listOf(
    shape("* or the name of an operation, such as CreateModel", (name) =>
      matches(name, /^(?:sagemaker[a-z0-9-]*[:.])?(?:\*|[a-z][-\w]{0,127})$/i),
    ),
  ),
  pointer: shape("a pointer or a list of pointers", (value) =>
    [value].flat().every((entry) => typeof entry === "string"),
  ),
  holds: callable,
  needs: optional(listOf(oneOf("models", "subnets", "images"))),
  message: text,
  detail: optional(callable),
  fix: text,
  advice: optional(callable),
  applies: optional(callable),
  judgesGivenOnly: optional(flag),
  references: listOf(text),
  policy: contract("{ unheld: why } or { conditions }"),
});

const ownPosture = nested<Posture>({
  name: text,
  rules: (value, field, refuse) =>
    listOf(rule)(shape("a list of at least one rule", isFilledList)(value, field, refuse), field, refuse),
});

const posture: Shape = (value, field, refuse) => {
  if (typeof value === "object" && value !== null) return ownPosture(value, field, refuse);
  const names = Object.keys(postures).map((name) => JSON.stringify(name));
  return shape(
    `${names.join(", ")} or a posture of your own: { name, rules }`,
    (name) => typeof name === "string" && Object.hasOwn(postures, name),
  )(value, field, refuse);
};

/** Checks the options of `createGuard`. */
export function checkGuardOptions(options: GuardOptions): GuardOptions {
  return checkOptions<GuardOptions>(
    options,
    {
      posture,
      mode: optional(oneOf("enforce", "report")),
      network: optional(
        nested<Network>({
          vpcId: optional(shape("an id such as vpc-0123456789abcdef0", (id) => matches(id, /^vpc-[0-9a-z]{1,40}$/))),
          subnets: optional(ids),
          securityGroupIds: optional(ids),
          vpcEndpoints: optional(ids),
        }),
      ),
      images: optional(contract("an image gate from imageGate({ source })", "judge")),
      facts: optional(factSource),
      exceptions: optional(listOf(nested<Exception>({ rule: text, resource: text, until: unchecked, reason: text }))),
      clock: optional(clockShape),
      onEvent: optional(callable),
    },
    refuseOption,
  );
}

/** Checks the options of `review`, `enforce` and `enforceRequest`. */
export function checkReviewOptions(options: ReviewOptions | undefined): ReviewOptions {
  return checkOptions<ReviewOptions>(
    options,
    { host: optional(text), privateAddresses: optional(flag), signal: optional(signalShape) },
    refuseOption,
  );
}

function isFilledList(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0;
}

function matches(value: unknown, form: RegExp): boolean {
  return typeof value === "string" && form.test(value);
}
