import { describe, expect, it } from "vitest";
import { createTransport } from "../../src/index.ts";

describe("headers that fetch does not take", () => {
  const transport = createTransport();

  it.each<[string, unknown]>([
    ["null", null],
    ["a list with null", [null]],
    ["a list with a text", ["ab"]],
    ["a number", 5],
  ])("are refused by an error of the package: %s", async (_, headers) => {
    await expect(transport.fetch("https://127.0.0.1:1/", { headers } as never)).rejects.toMatchObject({
      cause: { name: "TransportError", code: "INVALID_REQUEST" },
    });
  });
});
