import { type Shape, shape } from "@countersign/signer/options";

/** A Region, such as `eu-west-1`. */
export const regionShape: Shape = shape(
  "a Region such as eu-west-1, often AWS_REGION",
  (value) => typeof value === "string" && /^[a-z0-9-]{1,32}$/.test(value),
);

/** Credentials, or a provider of them; `createSignedFetch` checks what is in them. */
export const credentialsShape: Shape = shape(
  "credentials or a function that returns them",
  (value) => typeof value === "function" || (typeof value === "object" && value !== null),
);

/** The URL of an endpoint. */
export const endpointShape: Shape = shape(
  "a URL such as https://vpce-0a1b-9x8y.api.ecr.eu-west-1.vpce.amazonaws.com",
  (value) => value instanceof URL || (typeof value === "string" && URL.canParse(value)),
);
