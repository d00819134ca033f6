import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { restOperations } from "../../src/api/rest-operations.ts";
import { plainPath } from "../../src/call/plain-path.ts";
import { createGuard, readCall } from "../../src/index.ts";

const guard = createGuard({ posture: "private", network: { vpcEndpoints: ["vpce-0"] } });
const refused = expect.objectContaining({ name: "GuardError", code: "POSTURE_BROKEN" });
const hosts = ["featurestore-runtime", "a2i-runtime", "metrics", "edge", "runtime", "api"].map(
  (label) => `${label}.sagemaker.eu-west-1.amazonaws.com`,
);
const read = (url: string, method = "POST") => readCall({ method, url, headers: {} });
const escaped = (text: string): string =>
  text.replaceAll(/./g, (character) => `%${character.charCodeAt(0).toString(16)}`);

describe("a spelling of a request is no way round the guard: hosts", () => {
  it.each(hosts.flatMap((host) => ["", ".", ":8443", ".:8443", ":80", ".."].map((end) => host + end)))(
    "%s is SageMaker's",
    async (host) => {
      for (const scheme of ["https", "http"])
        for (const path of ["/FeatureGroup/a", "/human-loops", "/BatchPutMetrics", "/any"])
          await expect(
            guard.enforceRequest({ method: "PUT", url: `${scheme}://${host}${path}`, headers: {}, body: "{}" }),
          ).rejects.toEqual(refused);
    },
  );
});

describe("a spelling of a request is no way round the guard: paths", () => {
  it.each([
    "/service/%53ageMaker/operation/CreateModel",
    "//service/SageMaker/operation/CreateModel",
    "/service//sagemaker//operation/CreateModel",
    "/%73ervice/SageMaker/operation%2FCreateModel",
    "/service%5CSageMaker/operation/CreateModel",
    "/x%2f..%2fservice/SageMaker/operation/CreateModel",
    "/service/%2553ageMaker/operation/CreateModel",
    "/service/SageMaker/operation/..%2f..%2f..",
    "/service/SageMaker/operation/%zz",
  ])("%s is a path of the control plane on every host", async (path) => {
    const url = `https://gateway.example${path}`;
    expect(read(url)?.unreadable).toMatch(/\w/);
    await expect(guard.enforceRequest({ method: "POST", url, headers: {} })).rejects.toEqual(refused);
  });

  it.each([
    "/endpoints/churn/%69nvocations",
    "//endpoints//churn/invocations",
    "/Endpoints/churn/INVOCATIONS",
    "/endpoints/churn/invocations/",
    "/endpoints%2fchurn/invocations",
    "/endpoints/c%68urn/invocations",
  ])("%s calls the endpoint churn on every host", (path) => {
    expect(read(`https://gateway.example${path}`)).toMatchObject({
      action: "InvokeEndpoint",
      input: { EndpointName: "churn" },
    });
  });

  it.each(["/endpoints/a%ff/invocations", "/endpoints/a%zz/invocations", "/endpoints/a%2Fb/invocations"])(
    "%s names no endpoint, and is refused",
    async (path) => {
      for (const host of ["gateway.example", "runtime.sagemaker.eu-west-1.amazonaws.com"])
        expect(read(`https://${host}${path}`)?.unreadable).toMatch(/escapes/);
      await expect(
        guard.enforceRequest({ method: "POST", url: `https://gateway.example${path}`, headers: {} }),
      ).rejects.toEqual(refused);
    },
  );

  it("reads each operation of the REST services however its path is spelt", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...restOperations),
        fc.array(fc.constantFrom("plain", "escaped", "doubled"), { minLength: 1, maxLength: 4 }),
        ({ name, method, path }, ways) => {
          const segments = path
            .replace(/\{\w+\}/, "orders")
            .split("/")
            .slice(1);
          const spelt = segments
            .map((segment, index) => {
              const way = ways[index % ways.length];
              return way === "escaped" ? `/${escaped(segment)}` : way === "doubled" ? `//${segment}` : `/${segment}`;
            })
            .join("");
          expect(read(`https://metrics.sagemaker.eu-west-1.amazonaws.com.${spelt}`, method)?.action).toBe(name);
        },
      ),
      { numRuns: 60 },
    );
  });

  it("takes time in proportion to the length of a path", () => {
    expect(plainPath(`/${"%25".repeat(50_000)}53`)).toContain("%");
    expect(read("https://bucket.s3.eu-west-1.amazonaws.com/a%ff/%2525")).toBeUndefined();
  });
});

describe("a spelling of a request is no way round the guard: targets", () => {
  it.each(["Foo.createNotebookInstance", "X.CREATEMODEL", "createtrainingjob", "a.b.createNotebookinstance"])(
    "%s on an unknown host is an operation of SageMaker",
    async (target) => {
      await expect(
        guard.enforceRequest({
          method: "POST",
          url: "https://gateway.example/",
          headers: { "x-amz-target": target },
          body: "{}",
        }),
      ).rejects.toEqual(refused);
    },
  );
});
