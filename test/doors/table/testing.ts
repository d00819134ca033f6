import { createManualClock } from "@countersign/testing";
import type { Door } from "../door.ts";
import { also, anything, ignored, maybe, open, part } from "../variants.ts";
import { type Doors, close, region, nothing, ms, error, arn, EMPTY } from "./shared.ts";

const manual = createManualClock();
/** A policy is checked by IAM's own rules and messages. */
const document = open({
  Version: maybe("2012-10-17", "symbol"),
  Statement: also([open({ Effect: "Allow", Action: "sagemaker:*", Resource: "*" })]),
});
const awsOptions = {
  "regions?": [region],
  "accounts?": ["123456789012"],
  "users?": also([{ name: "a", "policies?": also([document], "[]") }], "[]"),
  "roles?": also([{ arn, "maxSessionDuration?": 3600 }], "[]"),
  "clock?": part(manual),
  "tls?": also("pfs", "{}", "bare"),
  "http2?": false,
  "replay?": "accept",
  "seed?": "a",
  "progress?": "manual",
  "cors?": also("any", "[]"),
};
const session = {
  "sessionName?": "ab",
  "durationSeconds?": also(900, "5"),
  "policies?": also([document], "[]"),
  "tags?": also(open({ a: also("b", '""') }), ...EMPTY),
};
const aws: Door["methods"] = {
  tokenKeys: { args: [] },
  role: {
    args: [arn],
    methods: {
      update: { args: [maybe({ "maxSessionDuration?": 3600 }, ...EMPTY)] },
      remove: "ends the role",
      session: { args: [maybe(session, ...EMPTY)] },
      tradeInToken: { args: [maybe({ ...session, "expiresIn?": also(900, "5") }, ...EMPTY)] },
    },
  },
  image: { args: [{ repository: "a", "tags?": also(["a"], "[]"), "scanMs?": ms(5) }] },
  endpoint: { args: ["mine", also("echo", "[]", "{}", "bare")] },
  resource: { args: [{ kind: "Model", members: also(open({ ModelName: anything("m") }), "{}", "{ zzz }", "bare") }] },
  object: { args: ["s3://bucket/key", also("body", '""')] },
  setStatus: {
    args: ["a", "b", maybe(open({}), "{}", "{ zzz }", "bare")],
    passed: ["UNKNOWN_RESOURCE"],
  },
  calls: { args: [maybe({ "service?": "sts", "operation?": "AssumeRole" }, ...EMPTY)] },
  fault: {
    args: [{ kind: "delay", ms: ms(5), "service?": "sts", "operation?": "AssumeRole", "times?": also(1, "5") }],
    methods: { remove: { args: [] } },
  },
  revoke: { args: [{ "accessKeyId?": "AKIDEXAMPLE", "roleArn?": arn }] },
  reset: { args: [maybe({ "resources?": false }, ...EMPTY)] },
  close: "ends it",
};
const OBJECTS = ["{}", "{ zzz }", "bare"] as const;
const policy = open({ Statement: also([open({ Effect: "Allow", Action: "*", Resource: "*" })], "[]") });
export const testingDoors: Doors = {
  ".": {
    TestingError: error("INVALID_OPTION"),
    createManualClock: {
      args: [maybe(0, "5", "date")],
      methods: {
        advance: { args: [ms(5)] },
        jump: { args: [ms(5)] },
        now: { args: [] },
        wall: { args: [] },
        monotonic: { args: [] },
        sleep: "waits for the test",
        observe: {
          args: [
            ignored(
              open({
                date: anything(new Date(0)),
                sentAt: anything(1),
                receivedAt: anything(2),
                "ageS?": anything(0),
                "confirmed?": anything(true),
              }),
            ),
          ],
        },
      },
    },
    evaluate: {
      args: [
        {
          action: "sagemaker:CreateModel",
          resource: "*",
          policies: also([also(policy, ...OBJECTS)], "[]"),
          "context?": also(open({}), ...OBJECTS),
          "principal?": arn,
        },
      ],
    },
    conditionKeys: { args: ["CreateModel", also(open({}), "{}", "{ zzz }", "bare")] },
    startAws: { args: [maybe(awsOptions, ...EMPTY)], after: close, methods: aws },
    startMetadata: "see below",
    startLocal: { args: [maybe({ ...awsOptions, "port?": also(0, "5") }, ...EMPTY)], after: close, methods: aws },
    useAws: {
      args: [
        { afterEach: nothing, "beforeAll?": nothing, "before?": nothing, "afterAll?": nothing, "after?": nothing },
        maybe({ "seed?": "a", "http2?": false }, ...EMPTY),
      ],
      methods: { "()": "waits for the hook" },
    },
  },
};
