import { describe, expect, it } from "vitest";
import { createSignedFetch } from "../../src/index.ts";

describe("a method that is not a token", () => {
  const send = createSignedFetch({
    region: "eu-west-1",
    credentials: { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "example" },
    fetch: () => Promise.reject(new Error("must not be sent")),
  });

  it.each([Symbol("POST"), 5, {}, null, "", "PO ST", "GET\r\nx: y"])(
    "is refused before anything is sent",
    async (method) => {
      await expect(
        send("https://runtime.sagemaker.eu-west-1.amazonaws.com/", { method } as never),
      ).rejects.toMatchObject({ name: "FetchError", code: "INVALID_REQUEST" });
    },
  );
});
