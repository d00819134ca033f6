import { afterEach, describe, expect, it } from "vitest";
import { type Aws, startAws } from "../../src/index.ts";
import { invoke, send } from "../send.ts";

let aws: Aws;
afterEach(() => aws.close());

const preflight = (origin: string) =>
  send(aws, `${aws.url.runtime}/endpoints/e/invocations`, {
    method: "OPTIONS",
    credentials: null,
    headers: {
      origin,
      "access-control-request-method": "POST",
      "access-control-request-headers": "authorization,x-amz-date",
    },
  });

describe("a preflight", () => {
  it("is answered for the pages that may call, and for no other", async () => {
    aws = await startAws({ cors: ["https://app.example"] });
    const allowed = await preflight("https://app.example");
    expect([
      allowed.status,
      allowed.headers["access-control-allow-origin"],
      allowed.headers["access-control-allow-headers"],
    ]).toEqual([204, "https://app.example", "authorization,x-amz-date"]);
    expect((await preflight("https://evil.example")).headers["access-control-allow-origin"]).toBeUndefined();
    const answer = await invoke(aws, "e", "x", { headers: { origin: "https://app.example" } });
    expect([answer.status, answer.headers["access-control-allow-origin"]]).toEqual([200, "https://app.example"]);
    const refused = await invoke(aws, "e", "x", { headers: { origin: "https://app.example" }, credentials: null });
    expect([refused.status, refused.headers["access-control-allow-origin"]]).toEqual([403, "https://app.example"]);
  });

  it("is not, unless asked for", async () => {
    aws = await startAws();
    expect((await preflight("https://app.example")).status).toBe(404);
  });
});
