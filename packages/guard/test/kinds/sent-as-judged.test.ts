import type { Fetch } from "@countersign/fetch";
import { describe, expect, it } from "vitest";
import { createGuard } from "../../src/index.ts";
import { bodies } from "../bodies.ts";

const guard = createGuard({ posture: "private" });
const refused = expect.objectContaining({ name: "GuardError", code: "POSTURE_BROKEN" });
const vpc = "https://vpce-0a1b2c3d-9x8y7z6w.api.sagemaker.eu-west-1.vpce.amazonaws.com/";
const open = "https://api.sagemaker.eu-west-1.amazonaws.com/";
const target: Readonly<Record<string, string>> = {
  "x-amz-target": "SageMaker.CreateModel",
  "content-type": "application/x-amz-json-1.1",
};
const body = JSON.stringify(bodies["CreateModel"]);

interface Sent {
  readonly url: string;
  readonly method: string;
  readonly target: string | null;
  readonly body: string;
}

function recorder(): { readonly sent: Sent[]; readonly guarded: Fetch } {
  const sent: Sent[] = [];
  const fetch: Fetch = async (input, init) => {
    // As the signer and the transport behind the guard read it.
    const url = input instanceof Request ? input.url : String(input);
    const request = new Request(input, init);
    sent.push({
      url,
      method: request.method,
      target: request.headers.get("x-amz-target"),
      body: await request.text(),
    });
    return new Response("{}");
  };
  return { sent, guarded: guard.middleware(fetch) };
}

/** Gives the first value once and the last one from then on. */
function turning<Value>(first: Value, last: Value): () => Value {
  let asked = 0;
  return () => (asked++ === 0 ? first : last);
}

describe("the middleware sends what it judged", () => {
  it.each([
    ["headers", {}, target],
    ["method", "POST", "PUT"],
    ["body", body, "{}"],
  ])("when %s is an accessor, whatever it answers later", async (name, first, last) => {
    const { sent, guarded } = recorder();
    const init = { method: "POST", headers: target, body };
    Object.defineProperty(init, name, { enumerable: true, get: turning<unknown>(first, last) });
    const url = name === "headers" ? "https://gateway.example/" : vpc;
    await guarded(url, init);
    expect(sent).toEqual([{ url, method: "POST", target: name === "headers" ? null : "SageMaker.CreateModel", body }]);
  });

  it("when headers are an iterator, which gives its pairs once", async () => {
    const { sent, guarded } = recorder();
    const pairs = Object.entries({ "x-amz-target": "Other.List" })[Symbol.iterator]();
    await guarded("https://gateway.example/", { method: "POST", headers: pairs as never });
    expect(sent).toMatchObject([{ target: "Other.List" }]);
  });

  it("when the options are of a class, whose members are inherited accessors", async () => {
    const { sent, guarded } = recorder();
    const answer = turning<object>({}, target);
    class Options {
      get method(): string {
        return "POST";
      }
      get headers(): object {
        return answer();
      }
    }
    await guarded("https://gateway.example/", new Options() as RequestInit);
    expect(sent).toMatchObject([{ method: "POST", target: null }]);
  });

  it("when a subclass of Request answers in its own way", async () => {
    const { sent, guarded } = recorder();
    const headers = turning(new Headers(), new Headers(target));
    class Turning extends Request {
      override get url(): string {
        return "https://gateway.example/";
      }
      override get headers(): Headers {
        return headers();
      }
      override clone(): Request {
        return new Request("https://gateway.example/");
      }
    }
    await expect(guarded(new Turning(open, { method: "POST", headers: target, body }))).rejects.toEqual(refused);
    await guarded(new Turning(vpc, { method: "POST", headers: target, body }));
    // With a body of its own, as a signed fetch hands a Request on whose body it read.
    const read = new Turning(vpc, { method: "POST", headers: target, body: "{" });
    await read.text();
    await guarded(read, { body });
    const expected = { url: vpc, method: "POST", target: "SageMaker.CreateModel", body };
    expect(sent).toEqual([expected, expected]);
  });

  it("and refuses an object that only looks like a Request, and one that was sent", async () => {
    const { sent, guarded } = recorder();
    const invalid = expect.objectContaining({ code: "INVALID_OPTION" });
    await expect(guarded(Object.create(Request.prototype, { url: { value: vpc } }) as Request)).rejects.toEqual(
      invalid,
    );
    const spent = new Request(vpc, { method: "POST", headers: target, body });
    await spent.text();
    await expect(guarded(spent)).rejects.toEqual(invalid);
    expect(sent).toEqual([]);
  });
});

describe("enforce judges what JSON.stringify sends", () => {
  const good = bodies["CreateModel"] ?? {};
  const toJSON = (): object => ({ ...good, EnableNetworkIsolation: false });
  const hidden = (holder: object, name: string, value: unknown): object =>
    Object.defineProperty({ ...holder }, name, { value, enumerable: false });
  const check = (input: unknown): string[] =>
    guard.check("CreateModel", input, {}).map(({ rule, path }) => `${rule} ${path}`);

  it.each<[string, object, string]>([
    ["an inherited toJSON", Object.assign(Object.create({ toJSON }) as object, good), "malformed-input "],
    ["a toJSON that is not enumerable", hidden(good, "toJSON", toJSON), "malformed-input "],
    [
      "a toJSON further down",
      { ...good, VpcConfig: hidden(good["VpcConfig"] as object, "toJSON", () => ({})) },
      "malformed-input /VpcConfig",
    ],
    ["a toJSON of a list", { ...good, Tags: Object.assign([], { toJSON: () => ["a"] }) }, "malformed-input /Tags"],
    [
      "a member that is not sent",
      hidden({ ...good, EnableNetworkIsolation: undefined }, "EnableNetworkIsolation", true),
      "malformed-input /EnableNetworkIsolation",
    ],
  ])("and refuses %s", async (_, input, finding) => {
    expect(check(input)).toContain(finding);
    await expect(guard.enforce("CreateModel", input)).rejects.toEqual(refused);
  });

  it("and takes dates and bytes, which every SDK sends as they are", () => {
    expect(check(good)).toEqual([]);
    const metric = { MetricName: "m", Timestamp: new Date(0), Value: 1 };
    const rules = (action: string, input: object) => guard.check(action, input, {}).map(({ rule }) => rule);
    expect(rules("BatchPutMetrics", { TrialComponentName: "t", MetricData: [metric] })).toEqual([]);
    expect(rules("InvokeEndpoint", { EndpointName: "e", Body: Buffer.from("a") })).toEqual([]);
  });
});

describe("the message of an error", () => {
  const controls = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u;
  const nasty = "Create\n\u001B[2J\u009B31m\u2028\u202EModel";

  it.each<[string, string, unknown]>([
    ["an action", nasty, {}],
    ["a member", "CreateModel", { ...(bodies["CreateModel"] as object), [nasty]: 1 }],
    [
      "a step",
      "CreatePipeline",
      { PipelineDefinition: JSON.stringify({ Steps: [{ Name: nasty, Type: nasty, Arguments: {} }] }) },
    ],
  ])("shows the control characters of %s as escapes", async (_, action, input) => {
    const error: unknown = await guard.enforce(action, input).catch((reason: unknown) => reason);
    expect(error).toEqual(refused);
    for (const line of (error as Error).message.split(/\n(?= {2}[a-z-]+ at ")/)) expect(line).not.toMatch(controls);
    expect((error as Error).message).toContain(String.raw`\u001b[2J`);
  });
});
