import type { LookupFunction } from "node:net";
import { describe, expect, it } from "vitest";
import { createAddressGuard } from "../../src/connection/addresses.ts";
import { refusal, useParts, ways } from "../parts.ts";

const parts = useParts();

/** Answers every name with these addresses. */
function resolvesTo(...addresses: readonly string[]): LookupFunction {
  return (_name, options, callback) => {
    const found = addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));
    if (options.all === true) callback(null, found);
    else callback(null, found[0]?.address ?? "", found[0]?.family);
  };
}

const allows = (rule: Parameters<typeof createAddressGuard>[0], address: string): boolean => {
  try {
    createAddressGuard(rule)?.check("host", address, "resolve");
    return true;
  } catch {
    return false;
  }
};

describe("private networks", () => {
  it.each([
    "10.0.0.1",
    "10.255.255.255",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "100.64.0.1",
    "100.127.255.255",
    "fd00::1",
    "fc00::1",
    "127.0.0.1",
    "::1",
    "::ffff:10.0.0.1",
  ])("hold %s", (address) => {
    expect(allows("private", address)).toBe(true);
  });

  it.each([
    "8.8.8.8",
    "172.32.0.1",
    "172.15.255.255",
    "100.128.0.1",
    "192.169.0.1",
    "169.254.169.254",
    "2600:1f18::1",
    "fe80::1",
    "64:ff9b::808:808",
    "::ffff:8.8.8.8",
    "0.0.0.0",
    "",
    "localhost",
  ])("do not hold %j", (address) => {
    expect(allows("private", address)).toBe(false);
  });
});

it("holds to the caller's ranges", () => {
  const rule = { cidrs: ["198.51.100.0/24", "2600:1f18::/32", "203.0.113.7"] };
  expect(["198.51.100.9", "2600:1f18::9", "203.0.113.7"].map((address) => allows(rule, address))).toEqual([
    true,
    true,
    true,
  ]);
  expect(["10.0.0.1", "203.0.113.8", "127.0.0.1"].map((address) => allows(rule, address))).toEqual([
    false,
    false,
    false,
  ]);
});

it.each([["10.0.0.0/33"], ["10.0.0/8"], ["10.0.0.0/8/8"], ["::/129"], ["10.0.0.0/"], ["example"], ["10.0.0.0/ 8"]])(
  "rejects the range %j",
  (cidr) => {
    expect(() => createAddressGuard({ cidrs: [cidr] })).toThrow(expect.objectContaining({ code: "INVALID_OPTION" }));
  },
);

describe.each(Object.entries(ways))("%s", (_way, send) => {
  it("connects to a name that resolves privately", async () => {
    const { url } = await parts.server();
    expect(await send(parts.transport({ addresses: "private" }), url)).toBe("GET /");
  });

  it("refuses a name with one address outside, and does not try the others", async () => {
    const target = await parts.server();
    const t = parts.transport({
      addresses: { cidrs: ["127.0.0.0/8"] },
      lookup: resolvesTo("127.0.0.1", "203.0.113.1"),
    });
    const error = await refusal(send(t, target.url));
    expect(error).toMatchObject({ code: "PUBLIC_ADDRESS_REFUSED", phase: "resolve", sent: false });
    expect(error.message).toContain("localhost: resolves to 203.0.113.1");
    expect(target.connections()).toBe(0);
  });

  it("refuses an address that never reaches a look-up, before any attempt", async () => {
    const target = await parts.server();
    const t = parts.transport({ addresses: { cidrs: ["10.0.0.0/8"] } });
    const error = await refusal(send(t, `https://127.0.0.1:${target.port}`));
    expect(error).toMatchObject({ code: "PUBLIC_ADDRESS_REFUSED", phase: "connect" });
    expect(target.connections()).toBe(0);
  });
});

it.each([
  ["runtime.sagemaker.eu-west-1.amazonaws.com", "com.amazonaws.eu-west-1.sagemaker.runtime with private DNS"],
  ["runtime-fips.sagemaker.us-east-1.amazonaws.com", "com.amazonaws.us-east-1.sagemaker.runtime-fips"],
  ["api.sagemaker.eu-west-1.amazonaws.com", "com.amazonaws.eu-west-1.sagemaker.api"],
  ["runtime.sagemaker.cn-north-1.amazonaws.com.cn", "cn.com.amazonaws.cn-north-1.sagemaker.runtime"],
  ["sts.eu-west-1.amazonaws.com", "com.amazonaws.eu-west-1.sts"],
])("names the VPC endpoint service that %s lacks", async (host, service) => {
  const t = parts.transport({ addresses: "private", lookup: resolvesTo("52.94.1.1") });
  const error = await refusal(t.request(`https://${host}/`, { method: "GET" }));
  expect(error.code).toBe("PUBLIC_ADDRESS_REFUSED");
  expect(error.message).toContain(service);
});

it("shows whether it stays off the public internet", () => {
  expect(parts.transport().private).toBe(false);
  expect(parts.transport({ addresses: "private" }).private).toBe(true);
});

it("refuses a proxied host, whose addresses it cannot see", async () => {
  const t = parts.transport({ addresses: "private", proxy: "http://localhost:8080" });
  expect(await refusal(t.request("https://localhost/", { method: "GET" }))).toMatchObject({
    code: "PROXY_REFUSED",
    phase: "proxy",
  });
});

describe("plain HTTP", () => {
  it("is held to loopback addresses even when a resolver answers otherwise for localhost", async () => {
    const t = parts.transport({ allowLoopbackHttp: true, lookup: resolvesTo("203.0.113.1") });
    expect((await refusal(t.request("http://localhost:8080/", { method: "GET" }))).code).toBe("PUBLIC_ADDRESS_REFUSED");
  });

  it("is refused for other hosts even when loopback is allowed", async () => {
    const t = parts.transport({ allowLoopbackHttp: true });
    for (const host of ["example.com", "127.0.0.1.example.com", "localhost.example.com", "169.254.169.254"]) {
      expect((await refusal(t.request(`http://${host}/`, { method: "GET" }))).code).toBe("PLAINTEXT_REFUSED");
    }
  });
});

describe("kind: what is checked is what is used: the answers of a look-up", () => {
  const answering =
    (answer: unknown): LookupFunction =>
    (_name, _options, callback) =>
      callback(null, answer as string);

  it("are read once", () => {
    let reads = 0;
    const lying = {
      get address() {
        return reads++ === 0 ? "127.0.0.1" : "8.8.8.8";
      },
      family: 4,
    };
    let found: unknown;
    createAddressGuard("private")?.guard(answering([lying]))("a.test", { all: true }, (_error, addresses) => {
      found = addresses;
    });
    expect(found).toEqual([{ address: "127.0.0.1", family: 4 }]);
    expect(reads).toBe(1);
  });

  it.each<[string, unknown]>([
    ["no address", []],
    ["nothing", undefined],
    ["an address that is an object", [{ address: { toString: () => "127.0.0.1" }, family: 4 }]],
    ["an entry that is nothing", [null]],
  ])("with %s resolve nothing", async (_what, answer) => {
    const sent = parts.transport({ addresses: "private", lookup: answering(answer) });
    const refused = await refusal(sent.request("https://a.test/", { method: "GET" }));
    expect(refused).toMatchObject({ code: "CONNECTION_LOST", phase: "resolve", sent: false });
  });
});
