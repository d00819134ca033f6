import { describe, expect, it } from "vitest";
import { AwsError } from "../../src/wire/aws-error.ts";
import { readForm } from "../../src/wire/form.ts";
import type { ReceivedRequest } from "../../src/wire/received-request.ts";

const form = (body: string, method = "POST") =>
  readForm({ method, body: Buffer.from(body), url: new URL(`https://localhost/?${body}`) } as ReceivedRequest);

describe("the form of a Query request", () => {
  it("holds texts, lists in the order of their numbers, and structures", () => {
    const read = form(
      "Action=A&Name=a%20b%26c&List.member.10=z&List.member.2=y&Tags.member.1.Key=k&Tags.member.1.Value=&Id.1=plain",
    );
    expect([read.action, read.text("Name"), read.text("None")]).toEqual(["A", "a b&c", undefined]);
    expect([read.list("List"), read.list("Id")]).toEqual([["y", "z"], ["plain"]]);
    expect(read.structures("Tags", ["Key", "Value"])).toEqual([{ Key: "k", Value: "" }]);
  });

  it("is the query of a GET", () => {
    expect(form("Action=GetCallerIdentity", "GET").action).toBe("GetCallerIdentity");
  });

  it("refuses a parameter that is given twice: AWS may read the other one", () => {
    for (const body of ["Action=A&Action=B", "Action=A&N=1&N=1", "Action=A&List.member.1=a&List.member.1=b"]) {
      expect(() => form(body)).toThrow("more than once");
      expect(() => form(body, "GET")).toThrow("more than once");
    }
  });

  it("refuses a missing action and invalid numbers", () => {
    expect(() => form("Version=1")).toThrow(AwsError);
    expect(() => form("Action=A&N=1e3").integer("N")).toThrow("N is not an integer");
    expect(form("Action=A&N=-5").integer("N")).toBe(-5);
  });
});
