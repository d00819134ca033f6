import { namedImage } from "../images/named-image.ts";
import { member } from "../evaluate/pointer.ts";
import type { Context, Rule } from "./rule.ts";
import { actionsWith } from "../api/workloads.ts";
import type { ImageVerdict } from "../images/verdict.ts";

const page = "https://docs.aws.amazon.com/sagemaker/latest/dg/infrastructure-security.html#mkt-container-scan";

/** "SageMaker Scans … Containers for Security Vulnerabilities": the same for images of your own, which AWS does not scan. */
export const imageRules: readonly Rule[] = [
  {
    id: "image-scanned",
    topic: "container-scan",
    posture: "baseline",
    severity: "critical",
    actions: actionsWith("image"),
    pointer: "image",
    // Without verdicts no image gate is configured.
    holds: (value, context) => context.facts.images === undefined || verdictOf(value, context)?.verdict === "pass",
    needs: ["images"],
    applies: ({ facts }) => facts.images !== undefined,
    message: "The container image does not pass the image gate",
    detail: (value, context) =>
      verdictOf(value, context)?.reason ??
      `the gate has no verdict on ${typeof value === "string" ? value.slice(0, 256) : "it"}`,
    advice: (value, context) => verdictOf(value, context)?.fix,
    fix: "Name an image by digest that was scanned recently and has no such vulnerability, or allow the id with a reason and a date.",
    references: [page, "https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-scanning.html"],
    policy: { unheld: "IAM does not see scan results." },
  },
  {
    id: "image-reference",
    topic: "container-scan",
    posture: "baseline",
    severity: "high",
    actions: actionsWith("imageReference"),
    pointer: "imageReference",
    // The place of a base model beside an image only says where the weights come from.
    holds: (_, { facts, up }) => facts.images === undefined || namesImage(up(1)),
    applies: ({ facts }) => facts.images !== undefined,
    judgesGivenOnly: true,
    message: "The image is named through another resource, and the image gate does not see which one will run",
    fix: "Name the image itself, by digest; or add an exception with a date for this resource, once its image was scanned.",
    references: [page, "https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-marketplace.html"],
    policy: { unheld: "No condition key shows an algorithm, a model package or a base model." },
  },
];

function namesImage(holder: unknown): boolean {
  return ["Image", "TrainingImage"].some((name) => member(holder, name) !== undefined);
}

function verdictOf(value: unknown, { facts, up }: Context): ImageVerdict | undefined {
  const image = namedImage(value, up(1));
  return image === undefined ? undefined : (member(facts.images, image) as ImageVerdict | undefined);
}
