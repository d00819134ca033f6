import { afterEach, describe, expect, it, vi } from "vitest";
import * as endpoints from "@countersign/signer/endpoints";

vi.mock("@countersign/signer/endpoints", { spy: true });
const { knownEndpoint } = await import("../../src/call/known-endpoint.ts");

const hostOf = (index: number): string => `vpce-${index}a.runtime.sagemaker.eu-west-1.vpce.amazonaws.com`;

describe("the endpoint of a host", () => {
  afterEach(() => void vi.mocked(endpoints.parseEndpoint).mockClear());

  it("is what parseEndpoint says, also the second time and for hosts that are not AWS's", () => {
    for (const host of ["runtime.sagemaker.eu-west-1.amazonaws.com", "evil.example", "", hostOf(1)]) {
      const expected = endpoints.parseEndpoint(host);
      for (let round = 0; round < 2; round++) expect(knownEndpoint(host)).toEqual(expected);
    }
  });

  it.each([".", ":8443", ".:8443", ":443", "..", ".:1"])("is the same with %j after the host", (end) => {
    for (const host of [
      "api.sagemaker.eu-west-1.amazonaws.com",
      "metrics.sagemaker.eu-west-1.amazonaws.com",
      hostOf(2),
    ])
      expect(knownEndpoint(host + end)).toEqual(endpoints.parseEndpoint(host));
    expect(knownEndpoint(`evil.example${end}`)).toBeUndefined();
  });

  it("is not parsed for every call when more hosts than the limit come in turn", () => {
    const inTurn = (): void => {
      for (let index = 0; index < 65; index++) knownEndpoint(hostOf(index));
    };
    inTurn();
    vi.mocked(endpoints.parseEndpoint).mockClear();
    for (let round = 0; round < 10; round++) inTurn();
    expect(vi.mocked(endpoints.parseEndpoint).mock.calls.length).toBeLessThan(65 * 5);
  });
});
