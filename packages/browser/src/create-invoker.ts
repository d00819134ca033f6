import { correctingClock } from "@countersign/fetch/parts";
import { type Invoker, invokerOverFetch, SageMakerError } from "@countersign/sagemaker/parts";
import { words } from "@countersign/signer";
import { hostSuffix } from "@countersign/signer/endpoints";
import {
  checkOptions,
  nested,
  optional,
  type RefuseOption,
  type Shape,
  shape,
  type Shapes,
} from "@countersign/signer/options";
import { createSignedFetch, sharedShapes, type SignedFetchOptions } from "./create-signed-fetch.ts";

/** Options of `createInvoker`. */
export interface InvokerOptions extends Omit<SignedFetchOptions, "service" | "allowedHosts"> {
  /** The address that invocations go to, such as the page's own origin. Default: the region's public endpoint. */
  readonly endpoint?: { readonly url: string | URL } | undefined;
}

/** An address that paths can follow. */
const address: Shape = shape(
  words && "an absolute URL without user, query and fragment, such as https://example.com",
  (value) => {
    const text = value instanceof URL ? value.href : value;
    return typeof text === "string" && /^https?:\/\/[^?#@]+$/i.test(text) && URL.canParse(text);
  },
);

const shapes: Shapes<InvokerOptions> = { ...sharedShapes, endpoint: optional(nested({ url: address })) };

const refuse: RefuseOption = (message) => {
  throw new SageMakerError("INVALID_OPTION", message);
};

/**
 * Makes an invoker of models, buffered and streamed.
 *
 * @throws SageMakerError `INVALID_OPTION`; as `createSignedFetch`.
 * @example
 * const sagemaker = createInvoker({ region: "eu-west-1", credentials });
 * const answer = await sagemaker.invoke("churn", { age: 42 });
 */
export function createInvoker(options: InvokerOptions): Invoker {
  const { endpoint, fetch, region, clock = correctingClock(), ...rest } = checkOptions(options, shapes, refuse);
  const suffix = (): string =>
    hostSuffix(region) ?? refuse(words ? "region: must be one such as eu-west-1" : "region", "region");
  const { href, host } = new URL(endpoint?.url ?? `https://runtime.sagemaker.${region}.${suffix()}`);
  return invokerOverFetch({
    url: href.replace(/\/+$/, ""),
    clock,
    fetch,
    signed: (limited) => createSignedFetch({ ...rest, region, clock, allowedHosts: [host], fetch: limited }),
  });
}
