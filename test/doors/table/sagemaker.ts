import { createSageMaker } from "@countersign/sagemaker";
import type { Door } from "../door.ts";
import { also, anything, maybe, open, part } from "../variants.ts";
import {
  type Doors,
  region,
  clock,
  nothing,
  signal,
  answer,
  ms,
  guard,
  retryOptions,
  credentials,
  keys,
  EMPTY,
} from "./shared.ts";

const sagemakerOptions = {
  region,
  credentials,
  "endpoint?": also({ "fips?": false, "dualStack?": false }, ...EMPTY),
  "fetch?": answer,
  "guard?": part(guard),
  "clock?": part(clock),
  "retry?": also(retryOptions, ...EMPTY),
  "onEvent?": nothing,
};
const callOptions = { "signal?": signal, "timeoutMs?": ms(1000) };
const invokeOptions = {
  ...callOptions,
  "contentType?": "application/json",
  "accept?": also("application/json", '""'),
  "targetVariant?": "a",
  "targetModel?": "a",
  "targetContainerHostname?": "a",
  "inferenceComponent?": "a",
  "inferenceId?": "a",
  "sessionId?": "a",
  "customAttributes?": also("a", '""'),
  "enableExplanations?": "a",
};
const endpointOf = { name: "mine" };
export const invoker = {
  invoke: {
    args: [endpointOf.name, also("{}", '""', "[]", "{}", "{ zzz }", "bare"), maybe(invokeOptions, ...EMPTY)],
    methods: { text: { args: [] }, json: { args: [] } },
  },
  invokeStream: {
    args: [
      endpointOf.name,
      also("{}", '""', "[]", "{}", "{ zzz }", "bare"),
      maybe({ ...callOptions, "accept?": also("a", '""') }, ...EMPTY),
    ],
    passed: ["STREAM_TRUNCATED"],
    methods: "are tried by the tests of streams",
  },
  close: "ends the client",
} satisfies Door["methods"];
const gone = createSageMaker({
  region,
  credentials: keys,
  fetch: async () => new Response('{"__type":"ResourceNotFound","message":"gone"}', { status: 400 }),
});
const sagemaker = createSageMaker({ region, credentials: keys, fetch: answer });

export const sageMakerError: Door = {
  construct: true,
  args: [anything("INVALID_OPTION"), anything("message"), anything({ status: 1 })],
};

export const sagemakerDoors: Doors = {
  ".": {
    SageMakerError: sageMakerError,
    createInvoker: { args: [sagemakerOptions], methods: invoker },
    createSageMaker: {
      args: [sagemakerOptions],
      methods: {
        ...invoker,
        invokeAsync: {
          args: [
            endpointOf.name,
            {
              ...callOptions,
              inputLocation: "s3://bucket/key",
              "contentType?": "a",
              "accept?": also("a", '""'),
              "inferenceId?": "a",
              "requestTtlSeconds?": ms(100),
            },
          ],
          methods: { result: "waits for S3" },
        },
        invokeBidirectional: {
          args: [endpointOf.name, maybe({ ...callOptions, "targetVariant?": "a" }, ...EMPTY)],
          passed: ["RUNTIME_UNSUPPORTED"],
        },
        call: { args: ["ListModels", also(open({}), ...EMPTY), maybe(callOptions, ...EMPTY)] },
        bearerToken: { args: [maybe({ "expiresIn?": ms(60) }, ...EMPTY)] },
        bearerTokenProvider: { args: [maybe({ "expiresIn?": ms(60) }, ...EMPTY)], methods: { "()": { args: [] } } },
      },
    },
    paginate: {
      args: [part(sagemaker), "ListModels", also(open({}), ...EMPTY, "{ zzz }"), maybe(callOptions, ...EMPTY)],
    },
    waitFor: {
      args: [
        part(gone),
        "EndpointInService",
        also(open({ EndpointName: anything("a") }), ...EMPTY, "{ zzz }"),
        maybe({ "signal?": signal, "maxWaitMs?": ms(5), "clock?": part(clock) }, ...EMPTY),
      ],
      passed: ["WAITER_TIMEOUT", "WAITER_FAILED", "UNKNOWN_ERROR", "ResourceNotFound"],
    },
  },
  "./parts": {
    SageMakerError: sageMakerError,
    invokerOverFetch: "is called by @countersign/browser only, with parts that it has checked",
  },
};
