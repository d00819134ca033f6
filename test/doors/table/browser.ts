import { also, maybe, open, part } from "../variants.ts";
import { answer, clock, credentials, type Doors, nothing, region } from "./shared.ts";
import { invoker, sageMakerError } from "./sagemaker.ts";
import { vended } from "./fetch.ts";

const same = (name: string): string => `is that of ${name}`;
const shared = { region, credentials, "retry?": false, "clock?": part(clock), "fetch?": answer };
const url = "https://runtime.sagemaker.eu-west-1.amazonaws.com/endpoints/e/invocations";
const OBJECTS = ["null", "{}", "bare", "{ zzz }", "map", "url", "date"] as const;
const body = also("{}", '""', "null", "url");

export const browserDoors: Doors = {
  ".": {
    createSignedFetch: same("@countersign/fetch"),
    vendedCredentials: same("@countersign/fetch/vended"),
    createInvoker: same("@countersign/sagemaker"),
    SageMakerError: same("@countersign/sagemaker"),
  },
  "./small": {
    createSignedFetch: {
      args: [{ ...shared, "service?": "sagemaker", "allowedHosts?": also([new URL(url).host, nothing], "[]") }],
      methods: {
        "()": { args: [also(url, "url"), maybe(open({ "method?": "POST", "body?": body }), ...OBJECTS)] },
      },
    },
    vendedCredentials: vended,
    createInvoker: { args: [{ ...shared, "endpoint?": { url: also("https://a.example", "url") } }], methods: invoker },
    SageMakerError: sageMakerError,
  },
};
