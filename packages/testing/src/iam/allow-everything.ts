import type { PolicyDocument } from "./policy-document.ts";

/** Allows every action: the default policy of users and roles. */
export const allowEverything: PolicyDocument = {
  Version: "2012-10-17",
  Statement: { Effect: "Allow", Action: "*", Resource: "*" },
};
