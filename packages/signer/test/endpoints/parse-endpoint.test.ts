import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type Endpoint,
  type EndpointKind,
  parseEndpoint,
  parseSigningScope,
  resolveEndpoint,
} from "../../src/endpoints.ts";

const services: readonly EndpointKind[] = [
  "sagemaker",
  "sagemaker-runtime",
  "sagemaker-runtime-http2",
  "sagemaker-a2i-runtime",
  "sagemaker-featurestore-runtime",
  "sagemaker-metrics",
  "sagemaker-edge",
  "sagemaker-geospatial",
  "sagemaker-job-runtime",
  "sts",
  "ecr",
  "ec2",
  "s3",
];

const area = fc.constantFrom("north", "east", "southwest", "central");
const region = fc
  .tuple(
    fc.constantFrom("us", "eu", "ap", "mx", "cn", "us-gov", "eusc-de", "us-iso", "us-isob", "eu-isoe", "us-isof", "zz"),
    area,
    fc.integer({ min: 1, max: 12 }),
  )
  .map((parts) => parts.join("-"));
const word = fc.stringMatching(/^[0-9a-z]{1,17}$/);

/** What `parseSigningScope` says of a URL or a bare host. */
function scopeAt(given: string): string | undefined {
  const text = given.includes("://") ? given : `https://${given}`;
  const scope = URL.canParse(text) ? parseSigningScope(new URL(text)) : undefined;
  return scope && `${scope.region}/${scope.service}`;
}

const scopeOf = ({ signingName, signingRegion }: Endpoint): string => `${signingRegion}/${signingName}`;

describe("parseEndpoint", () => {
  it("reads back whatever resolveEndpoint forms", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...services),
        region,
        fc.constantFrom("plain", "fips", "dual", "both", "vpc", "zone"),
        word,
        word,
        (service, where, variant, id, suffix) => {
          const endpoint = resolveEndpoint({
            service,
            region: where,
            fips: variant === "fips" || variant === "both",
            dualStack: variant === "dual" || variant === "both",
            ...(variant === "vpc" && { vpcEndpoint: `vpce-${id}-${suffix}` }),
            ...(variant === "zone" && { vpcEndpoint: `vpce-${id}-${suffix}-${where}a` }),
          });
          expect(parseEndpoint(endpoint.url)).toEqual(endpoint);
          expect(parseEndpoint(endpoint.host)).toEqual(endpoint);
          expect(parseEndpoint(`${endpoint.url.href}endpoints/a/invocations?b=c`)).toEqual(endpoint);
          expect(parseEndpoint(endpoint.host.toUpperCase())).toEqual(endpoint);
          expect(scopeAt(endpoint.host)).toBe(scopeOf(endpoint));
        },
      ),
      { numRuns: 3000 },
    );
  });

  it("and what to sign for at a host of its parts, together with whether there is one", () => {
    const label = fc.constantFrom(
      "api",
      "runtime",
      "metrics",
      "sagemaker",
      "ecr",
      "s3",
      "sts",
      "vpce",
      "dualstack",
      "x",
    );
    const tail = fc.constantFrom("amazonaws.com", "amazonaws.com.cn", "api.aws", "sc2s.sgov.gov", "vpce.amazonaws.com");
    fc.assert(
      fc.property(fc.array(label, { maxLength: 3 }), region, tail, fc.constantFrom("", ":8443", ":1"), (...parts) => {
        const [labels, where, suffix, port] = parts;
        const host = `${[...labels, where, suffix].join(".")}${port}`;
        const endpoint = parseEndpoint(host);
        if (endpoint === undefined) return;
        expect(scopeAt(host)).toBe(scopeOf(endpoint));
      }),
      { numRuns: 3000 },
    );
  });

  it("tells the runtime's HTTP/2 port from its HTTPS port", () => {
    expect(parseEndpoint("runtime.sagemaker.us-west-2.amazonaws.com:8443")?.service).toBe("sagemaker-runtime-http2");
    expect(parseEndpoint("runtime.sagemaker.us-west-2.amazonaws.com:443")?.service).toBe("sagemaker-runtime");
    expect(parseEndpoint("runtime.sagemaker.us-west-2.amazonaws.com:444")).toBeUndefined();
    expect(scopeAt("runtime.sagemaker.us-west-2.amazonaws.com:444")).toBeUndefined();
    expect(scopeAt("api.sagemaker.us-west-2.amazonaws.com:8443")).toBeUndefined();
  });

  it("knows the global hosts and the buckets of S3", () => {
    expect(parseEndpoint("sts.amazonaws.com")).toEqual(resolveEndpoint({ service: "sts", region: "aws-global" }));
    expect(parseEndpoint("my.bucket.s3.eu-west-1.amazonaws.com")).toMatchObject({
      host: "my.bucket.s3.eu-west-1.amazonaws.com",
      service: "s3",
      signingRegion: "eu-west-1",
    });
    expect(parseEndpoint("us-east-1.s3.eu-west-1.amazonaws.com")?.signingRegion).toBe("eu-west-1");
    expect(scopeAt("us-east-1.s3.eu-west-1.amazonaws.com")).toBe("eu-west-1/s3");
    expect(scopeAt("sts.amazonaws.com")).toBe("us-east-1/sts");
    expect(scopeAt("my.bucket.s3.amazonaws.com")).toBe("us-east-1/s3");
    expect(scopeAt("evil.sts.amazonaws.com")).toBeUndefined();
    expect(parseEndpoint("b.bucket.vpce-1-2.s3.eu-west-1.vpce.amazonaws.com")).toMatchObject({
      service: "s3",
      vpcEndpoint: { id: "vpce-1-2" },
    });
  });

  it.each([
    // A service that anyone may offer through PrivateLink.
    "vpce-0a1b2c3d-e4f5.vpce-svc-0123456789abcdef0.us-east-1.vpce.amazonaws.com",
    "vpce-0a1b2c3d-e4f5.evil.sagemaker.us-east-1.vpce.amazonaws.com",
    "evil.vpce-0a1b2c3d-e4f5.runtime.sagemaker.us-east-1.vpce.amazonaws.com",
    "vpce-0a1b2c3d-e4f5.runtime.sagemaker.us-east-1.amazonaws.com",
    "runtime.sagemaker.us-east-1.vpce.amazonaws.com",
    // A bucket or a stranger's domain under a name that looks like ours.
    "runtime.sagemaker.us-east-1.amazonaws.com.evil.example",
    "runtime.sagemaker.us-east-1.amazonaws.com.cn",
    "runtime.sagemaker.cn-north-1.amazonaws.com",
    "runtime.sagemaker.us-east-1.evilamazonaws.com",
    "evil.runtime.sagemaker.us-east-1.amazonaws.com",
    "sts.evil.amazonaws.com",
    "sts.us-east-1.elb.amazonaws.com",
    "sagemaker.us-east-1.amazonaws.com",
    "https://sts.us-east-1.amazonaws.com@evil.example/",
    "https://evil.example/sts.us-east-1.amazonaws.com",
    "sts.us-east-1.amazonaws.com.",
    "http://sts.us-east-1.amazonaws.com",
    "amazonaws.com",
    "localhost",
    "127.0.0.1",
    "",
    "https://",
    "no host",
  ])("does not know %s", (given) => {
    expect(parseEndpoint(given)).toBeUndefined();
    expect(scopeAt(given)).toBeUndefined();
  });

  it("does not recognise a VPC endpoint in a zone of another region", () => {
    const host = "vpce-0a1b2c3d-e4f5-eu-west-1a.runtime.sagemaker.us-east-1.vpce.amazonaws.com";
    expect(parseEndpoint(host)).toBeUndefined();
    expect(scopeAt(host)).toBeUndefined();
  });

  it("takes a bucket named sts for a bucket, not for STS", () => {
    expect(parseEndpoint("sts.s3.amazonaws.com")?.service).toBe("s3");
    expect(parseEndpoint("sts.s3.us-east-1.amazonaws.com")?.service).toBe("s3");
  });

  it.each([
    "vpce-a-b.runtime.sagemaker.eu-west-1.amazonaws.vpce.com",
    "vpce-a-b.vpce.runtime.sagemaker.eu-west-1.amazonaws.com",
    "vpce-a-b.runtime.sagemaker.vpce.eu-west-1.amazonaws.com",
    "vpce-a-b.runtime.sagemaker.eu-west-1.vpce.amazonaws.com.evil.example",
    "vpce-a-b.runtime.sagemaker.eu-west-1.vpce.vpce.amazonaws.com",
    "vpce-a-b.evil.eu-west-1.vpce.amazonaws.com",
    "vpce-a-b.s3.eu-west-1.vpce.amazonaws.com",
    "bucket.vpce-a-b.sts.eu-west-1.vpce.amazonaws.com",
    "vpce-a-b.sts.eu-west-1.vpce.api.aws",
    "evil.vpce-a-b.sts.eu-west-1.vpce.amazonaws.com",
    "x.sts.amazonaws.com",
    "s3.amazonaws.com.evil.example",
    "sts.eu-west-1.amazonaws.com.",
    "runtime.sagemaker.eu-west-1.api.aws.evil.example",
    "sts.eu-west-1.dualstack.amazonaws.com",
    "sts.dualstack.eu-west-1.amazonaws.com",
    "api.ecr.eu-west-1.api.aws",
    "job-runtime.sagemaker.eu-west-1.amazonaws.com",
    "s3.dualstack.eu-west-1.api.aws",
    "runtime-fips-fips.sagemaker.eu-west-1.amazonaws.com",
    "-fips.eu-west-1.amazonaws.com",
    "evil.execute-api.eu-west-1.amazonaws.com",
    "sts.eu-west-1.amazonaws.com.cn",
    "sts.cn-north-1.amazonaws.com",
  ])("recognises a host by all of it: %s is not AWS's", (host) => {
    expect(parseEndpoint(host)).toBeUndefined();
    expect(scopeAt(host)).toBeUndefined();
  });

  it("signs for no host that is not recognised, whatever is put between or cut out of one that is", () => {
    const label = fc.constantFrom(
      "vpce",
      "amazonaws",
      "com",
      "fips",
      "dualstack",
      "s3",
      "sts",
      "bucket",
      "evil",
      "eu-west-1",
      "vpce-a-b",
    );
    fc.assert(
      fc.property(
        fc.constantFrom(...services),
        fc.constantFrom("eu-west-1", "cn-north-1", "us-gov-west-1"),
        fc.constantFrom({}, { fips: true }, { dualStack: true }, { vpcEndpoint: "vpce-a-b" }),
        fc.nat(12),
        fc.nat(2),
        fc.array(label, { maxLength: 2 }),
        (service, where, options, at, cut, put) => {
          const labels = resolveEndpoint({ service, region: where, ...options }).url.hostname.split(".");
          labels.splice(at, cut, ...put);
          const host = labels.join(".");
          const scope = scopeAt(host);
          const endpoint = parseEndpoint(host);
          // Where the FIPS mark stands depends on partition and service; for signing any of its places will do.
          const isMarked = host.includes("-fips");
          const known = endpoint !== undefined || isMarked || scope === undefined;
          expect({ host, known }).toEqual({ host, known: true });
          expect(endpoint === undefined ? scope : scopeOf(endpoint)).toBe(scope);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it("takes time in proportion to the host, however long it is", () => {
    for (const host of [
      `${"eu-west-1.".repeat(13_000)}amazonaws.com`,
      `${"a".repeat(128_000)}.sts.eu-west-1.amazonaws.com`,
      `vpce-${"a-".repeat(64_000)}b.sts.eu-west-1.vpce.amazonaws.com`,
      // Each of these could be where the id of a VPC endpoint begins, and none is.
      `${"bucket.vpce-a-a.".repeat(16_000)}_.eu-west-1.vpce.amazonaws.com`,
    ]) {
      const started = process.cpuUsage();
      expect(parseEndpoint(host)).toBeUndefined();
      expect(scopeAt(host)).toBeUndefined();
      expect(() => resolveEndpoint({ service: "sts", region: "eu-west-1", url: `https://${host}` })).toThrow(/url/);
      expect(process.cpuUsage(started).user / 1000).toBeLessThan(1000);
    }
  });

  it("answers for anything that is not a URL with undefined", () => {
    for (const given of [undefined, null, 7, {}, [], Symbol("x"), "", "/", "http://", " "]) {
      expect(parseEndpoint(given as never)).toBeUndefined();
      expect(parseSigningScope(given as never)).toBeUndefined();
    }
  });
});
