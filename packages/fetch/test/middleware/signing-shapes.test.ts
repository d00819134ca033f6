import { expect, it } from "vitest";
import { createSignedFetch, FetchError } from "../../src/index.ts";

const options = { region: "eu-west-1", credentials: { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret" } };
const sha256 = "a".repeat(64);

it.each([
  { sha256, sha265: sha256 },
  { sha256, "": 1 },
  { sha256, trailer: "x" },
])("refuses the payload %o", (payload) => {
  expect(() => createSignedFetch({ ...options, payload })).toThrow(FetchError);
});

it("takes a payload of sha256 alone", () => {
  expect(() => createSignedFetch({ ...options, payload: { sha256 } })).not.toThrow();
});
