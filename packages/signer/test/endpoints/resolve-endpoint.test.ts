import { describe, expect, it } from "vitest";
import { type EndpointKind, type EndpointRequest, resolveEndpoint } from "../../src/endpoints.ts";
import { SignerError } from "../../src/index.ts";

const host = (service: EndpointKind, region: string, o: Partial<EndpointRequest> = {}): string =>
  resolveEndpoint({ service, region, ...o }).host;

describe("resolveEndpoint", () => {
  it.each([
    ["sagemaker", "us-east-1", {}, "api.sagemaker.us-east-1.amazonaws.com"],
    ["sagemaker", "us-east-1", { fips: true }, "api-fips.sagemaker.us-east-1.amazonaws.com"],
    ["sagemaker", "us-gov-west-1", { fips: true }, "api-fips.sagemaker.us-gov-west-1.amazonaws.com"],
    ["sagemaker", "cn-north-1", { fips: true }, "api.sagemaker-fips.cn-north-1.amazonaws.com.cn"],
    ["sagemaker", "eu-west-1", { dualStack: true }, "api.sagemaker.eu-west-1.api.aws"],
    ["sagemaker", "us-east-1", { fips: true, dualStack: true }, "api.sagemaker-fips.us-east-1.api.aws"],
    ["sagemaker-runtime", "eusc-de-east-1", {}, "runtime.sagemaker.eusc-de-east-1.amazonaws.eu"],
    ["sagemaker-runtime", "us-iso-east-1", {}, "runtime.sagemaker.us-iso-east-1.c2s.ic.gov"],
    ["sagemaker-runtime", "us-isob-east-1", {}, "runtime.sagemaker.us-isob-east-1.sc2s.sgov.gov"],
    ["sagemaker-runtime", "eu-isoe-west-1", {}, "runtime.sagemaker.eu-isoe-west-1.cloud.adc-e.uk"],
    ["sagemaker-runtime", "us-isof-south-1", {}, "runtime.sagemaker.us-isof-south-1.csp.hci.ic.gov"],
    ["sagemaker-runtime-http2", "us-west-2", {}, "runtime.sagemaker.us-west-2.amazonaws.com:8443"],
    ["sagemaker-runtime-http2", "us-west-2", { fips: true }, "runtime-fips.sagemaker.us-west-2.amazonaws.com:8443"],
    ["sagemaker-runtime-http2", "us-west-2", { dualStack: true }, "runtime.sagemaker.us-west-2.api.aws:8443"],
    ["sagemaker-a2i-runtime", "us-east-1", { fips: true }, "a2i-runtime.sagemaker-fips.us-east-1.amazonaws.com"],
    ["sagemaker-featurestore-runtime", "eu-west-1", {}, "featurestore-runtime.sagemaker.eu-west-1.amazonaws.com"],
    ["sagemaker-metrics", "us-east-1", { fips: true }, "metrics-fips.sagemaker.us-east-1.amazonaws.com"],
    ["sagemaker-metrics", "us-gov-west-1", { fips: true }, "metrics.sagemaker-fips.us-gov-west-1.amazonaws.com"],
    ["sagemaker-edge", "eu-west-1", {}, "edge.sagemaker.eu-west-1.amazonaws.com"],
    ["sagemaker-geospatial", "us-west-2", { fips: true }, "sagemaker-geospatial-fips.us-west-2.amazonaws.com"],
    ["sagemaker-job-runtime", "us-west-2", {}, "job-runtime.sagemaker.us-west-2.api.aws"],
    ["sagemaker-job-runtime", "us-west-2", { fips: true }, "job-runtime.sagemaker-fips.us-west-2.api.aws"],
    ["sts", "eu-central-1", {}, "sts.eu-central-1.amazonaws.com"],
    ["sts", "us-east-1", { fips: true }, "sts-fips.us-east-1.amazonaws.com"],
    ["sts", "us-gov-east-1", { fips: true }, "sts.us-gov-east-1.amazonaws.com"],
    ["ec2", "us-gov-west-1", { fips: true }, "ec2.us-gov-west-1.amazonaws.com"],
    ["ec2", "us-east-1", { dualStack: true }, "ec2.us-east-1.api.aws"],
    ["ecr", "us-east-1", {}, "api.ecr.us-east-1.amazonaws.com"],
    ["ecr", "us-east-1", { dualStack: true }, "ecr.us-east-1.api.aws"],
    ["s3", "eu-west-1", { dualStack: true }, "s3.dualstack.eu-west-1.amazonaws.com"],
    ["s3", "us-east-1", { fips: true, dualStack: true }, "s3-fips.dualstack.us-east-1.amazonaws.com"],
  ] as const)("names %s in %s with %j %s", (service, region, options, expected) => {
    expect(host(service, region, options)).toBe(expected);
  });

  it("signs every SageMaker host but the geospatial one for sagemaker (awslabs/aws-sigv4-proxy#226)", () => {
    const signingName = (service: EndpointKind): string =>
      resolveEndpoint({ service, region: "us-west-2" }).signingName;
    expect(signingName("sagemaker-runtime")).toBe("sagemaker");
    expect(signingName("sagemaker-runtime-http2")).toBe("sagemaker");
    expect(signingName("sagemaker-featurestore-runtime")).toBe("sagemaker");
    expect(signingName("sagemaker-job-runtime")).toBe("sagemaker");
    expect(signingName("sagemaker-geospatial")).toBe("sagemaker-geospatial");
    expect(signingName("ecr")).toBe("ecr");
  });

  it("describes what it names", () => {
    expect(resolveEndpoint({ service: "sagemaker-runtime", region: "us-west-2", fips: true })).toEqual({
      url: new URL("https://runtime-fips.sagemaker.us-west-2.amazonaws.com/"),
      host: "runtime-fips.sagemaker.us-west-2.amazonaws.com",
      service: "sagemaker-runtime",
      signingName: "sagemaker",
      signingRegion: "us-west-2",
      partition: "aws",
      fips: true,
      dualStack: false,
      published: true,
    });
  });

  it("says that GovCloud's plain runtime host is a FIPS host (boto/botocore#3097)", () => {
    const plain = resolveEndpoint({ service: "sagemaker-runtime", region: "us-gov-west-1" });
    const fips = resolveEndpoint({ service: "sagemaker-runtime", region: "us-gov-west-1", fips: true });
    expect(plain).toEqual(fips);
    expect(fips).toMatchObject({ host: "runtime.sagemaker.us-gov-west-1.amazonaws.com", fips: true });
  });

  describe("VPC endpoints (envoyproxy/ai-gateway#2416)", () => {
    it.each([
      ["sagemaker", "vpce-0a1b2c3d-e4f5", "vpce-0a1b2c3d-e4f5.api.sagemaker.eu-west-1.vpce.amazonaws.com"],
      ["sagemaker-runtime", "vpce-0a1b2c3d-e4f5", "vpce-0a1b2c3d-e4f5.runtime.sagemaker.eu-west-1.vpce.amazonaws.com"],
      [
        "sagemaker-featurestore-runtime",
        "vpce-0a1b2c3d-e4f5",
        "vpce-0a1b2c3d-e4f5.featurestore-runtime.sagemaker.eu-west-1.vpce.amazonaws.com",
      ],
      ["sts", "vpce-0a1b2c3d-e4f5", "vpce-0a1b2c3d-e4f5.sts.eu-west-1.vpce.amazonaws.com"],
      ["ecr", "vpce-0a1b2c3d-e4f5", "vpce-0a1b2c3d-e4f5.api.ecr.eu-west-1.vpce.amazonaws.com"],
      ["s3", "vpce-0a1b2c3d-e4f5", "bucket.vpce-0a1b2c3d-e4f5.s3.eu-west-1.vpce.amazonaws.com"],
    ] as const)("of %s", (service, vpcEndpoint, expected) => {
      const endpoint = resolveEndpoint({ service, region: "eu-west-1", vpcEndpoint });
      expect(endpoint).toMatchObject({ host: expected, vpcEndpoint: { id: "vpce-0a1b2c3d-e4f5" }, published: true });
    });

    it("of one zone", () => {
      const endpoint = resolveEndpoint({
        service: "sagemaker-runtime",
        region: "us-east-1",
        vpcEndpoint: "vpce-0a1b2c3d-e4f5-us-east-1a",
      });
      expect(endpoint.host).toBe("vpce-0a1b2c3d-e4f5-us-east-1a.runtime.sagemaker.us-east-1.vpce.amazonaws.com");
      expect(endpoint.vpcEndpoint).toEqual({ id: "vpce-0a1b2c3d-e4f5", zone: "us-east-1a" });
      expect(endpoint.signingName).toBe("sagemaker");
    });

    it.each([
      ["fips", { fips: true }],
      ["dualStack", { dualStack: true }],
      ["url", { url: "https://proxy.example" }],
    ])("cannot be combined with %s", (_, options) => {
      const request = { service: "sts", region: "eu-west-1", vpcEndpoint: "vpce-0a1b2c3d-e4f5", ...options } as const;
      expect(() => resolveEndpoint(request)).toThrow(/must be left out with/);
    });

    it.each(["", "vpce-0a1b2c3d", "vpce-1-2-eu-west-1a", "vpce-1-2.evil.example/", "vpce-svc-0a1b.x", "x-1-2"])(
      "need an id as in a DNS name, which %j is not",
      (vpcEndpoint) => {
        expect(() => resolveEndpoint({ service: "sts", region: "us-east-1", vpcEndpoint })).toThrow(
          /vpcEndpoint: must be/,
        );
      },
    );
  });

  describe("the global host of STS", () => {
    it("is asked for by name, and signed for us-east-1", () => {
      const endpoint = resolveEndpoint({ service: "sts", region: "aws-global" });
      expect(endpoint).toMatchObject({ host: "sts.amazonaws.com", signingRegion: "us-east-1", published: true });
    });

    it("has no FIPS or dual-stack form, and no other service has one", () => {
      expect(() => resolveEndpoint({ service: "sts", region: "aws-global", fips: true })).toThrow(
        /must be left out with/,
      );
      expect(() => resolveEndpoint({ service: "sagemaker", region: "aws-global" })).toThrow(/region: must be/);
    });
  });

  describe("a URL that the caller names", () => {
    it("is taken as it is", () => {
      const url = "https://gateway.example:8443/sagemaker";
      expect(resolveEndpoint({ service: "sagemaker-runtime", region: "eu-west-1", url })).toEqual({
        url: new URL(url),
        host: "gateway.example:8443",
        service: "sagemaker-runtime",
        signingName: "sagemaker",
        signingRegion: "eu-west-1",
        partition: "aws",
        fips: false,
        dualStack: false,
        published: false,
      });
    });

    it("may be a bare host, and http: only on this machine", () => {
      expect(host("sts", "eu-west-1", { url: "sts.internal.example" })).toBe("sts.internal.example");
      expect(host("sts", "local", { url: "http://localhost:4566" })).toBe("localhost:4566");
      expect(() => host("sts", "eu-west-1", { url: "http://sts.internal.example" })).toThrow(/https: URL/);
      expect(() => host("sts", "eu-west-1", { url: "http://localhost.evil.example" })).toThrow(/https: URL/);
      expect(() => host("sts", "eu-west-1", { url: "ftp://localhost" })).toThrow(/https: URL/);
      expect(() => host("sts", "eu-west-1", { url: "" })).toThrow(/https: URL/);
    });

    it("is recognised as a VPC endpoint, and refused when it lies in another region", () => {
      const url = "https://vpce-0a1b2c3d-e4f5.runtime.sagemaker.eu-west-1.vpce.amazonaws.com";
      const known = resolveEndpoint({ service: "sagemaker-runtime", region: "eu-west-1", url });
      expect(known.vpcEndpoint).toEqual({ id: "vpce-0a1b2c3d-e4f5" });
      const elsewhere = { service: "sagemaker-runtime", region: "us-east-1", url } as const;
      expect(() => resolveEndpoint(elsewhere)).toThrow(/must be in us-east-1, as region says/);
    });

    it("may be STS's global host whatever the region", () => {
      const url = "https://sts.amazonaws.com";
      expect(resolveEndpoint({ service: "sts", region: "eu-west-1", url }).signingRegion).toBe("us-east-1");
    });

    it.each(["https://user@gw.example", "https://:pw@gw.example", "https://gw.example/?a=1", "https://gw.example/#a"])(
      "carries no user, query or fragment: %s",
      (url) => {
        expect(() => resolveEndpoint({ service: "sts", region: "eu-west-1", url })).toThrow(/must be without user/);
      },
    );

    it("does not go with FIPS or dual-stack", () => {
      const request = { service: "sts", region: "eu-west-1", url: "https://gw.example" } as const;
      expect(() => resolveEndpoint({ ...request, fips: true })).toThrow(/fips: must be left out with url/);
      expect(() => resolveEndpoint({ ...request, dualStack: true })).toThrow(/dualStack: must be left out with url/);
    });
  });

  it.each(["", "eu-west-1.evil.example/", "eu-west-1#", "EU-WEST-1", "us_east_1", "localhost", undefined, null, 7])(
    "refuses %j as a region: it would become part of a host",
    (region) => {
      expect(() => resolveEndpoint({ service: "sts", region: region as string })).toThrow(SignerError);
      expect(() => resolveEndpoint({ service: "sts", region: region as string })).toThrow(/AWS_REGION/);
    },
  );

  it.each<[string, object]>([
    ["dualstack", { dualstack: true }],
    ["vpcEndpointId", { vpcEndpointId: "vpce-1-2" }],
    ["fips", { fips: "yes" }],
    ["url", { url: {} }],
  ])("refuses %s: a misspelt or misshapen option changes nothing silently", (field, option) => {
    const request = { service: "sts", region: "eu-west-1", ...option } as const;
    expect(() => resolveEndpoint(request)).toThrow(
      expect.objectContaining({ code: "INVALID_OPTION", message: expect.stringContaining(`${field}: `) }),
    );
  });

  it("refuses a Region that would change the scope, also beside STS's global host", () => {
    for (const region of ["eu-west-1/x", "eu-west-1#", "../x"]) {
      for (const url of ["https://sts.amazonaws.com", "https://gw.example", undefined]) {
        expect(() => resolveEndpoint({ service: "sts", region, url })).toThrow(
          expect.objectContaining({ code: "INVALID_REGION" }),
        );
      }
    }
  });

  it("refuses missing options by the same error", () => {
    for (const given of [undefined, null, "sts", []]) {
      expect(() => resolveEndpoint(given as never)).toThrow(SignerError);
    }
  });

  it.each(["iam", "", "toString", "__proto__", undefined])("refuses %j as a service", (service) => {
    expect(() => resolveEndpoint({ service: service as EndpointKind, region: "eu-west-1" })).toThrow(
      expect.objectContaining({ code: "INVALID_SERVICE" }) as Error,
    );
  });

  it("forms hosts in regions opened tomorrow, without claiming that AWS lists them", () => {
    const endpoint = resolveEndpoint({ service: "sts", region: "nz-south-1" });
    expect(endpoint).toMatchObject({ host: "sts.nz-south-1.amazonaws.com", partition: "aws", published: false });
  });

  it.each([
    ["sagemaker", "ap-east-2", {}, true],
    ["sagemaker", "eu-isoe-west-1", {}, true],
    ["sagemaker-runtime", "eu-isoe-west-1", {}, false],
    ["s3", "us-isob-east-1", { fips: true }, true],
    ["s3", "us-gov-west-1", { fips: true, dualStack: true }, false],
    ["sagemaker", "eu-west-1", { fips: true }, false],
    ["sagemaker", "ca-west-1", { fips: true }, true],
    ["sagemaker", "us-east-1", { dualStack: true }, false],
    ["sagemaker-runtime", "ca-central-1", { fips: true }, false],
    ["sagemaker-runtime", "us-gov-east-1", { fips: true }, true],
    ["sagemaker-metrics", "eu-isoe-west-1", {}, true],
    ["sagemaker-geospatial", "us-east-1", {}, false],
    ["sagemaker-geospatial", "us-west-2", {}, true],
    ["sagemaker-edge", "us-west-1", {}, false],
    ["sagemaker-edge", "us-east-2", {}, true],
    ["ecr", "ap-east-2", { dualStack: true }, false],
    ["ecr", "cn-north-1", { dualStack: true }, true],
  ] as const)("says whether AWS lists %s in %s with %j: %s", (service, region, options, published) => {
    expect(resolveEndpoint({ service, region, ...options }).published).toBe(published);
  });
});
