import type { SubnetFacts } from "../facts.ts";

/**
 * Reads the answer of `DescribeSubnets`. Each subnet has exactly one id and one zone, and XML escapes text, so the elements
 * are found without a parser. When their numbers differ, no subnet is read.
 *
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Subnet.html
 */
export function readSubnets(xml: string): Readonly<Record<string, SubnetFacts>> {
  const ids = texts(xml, "subnetId");
  const zones = texts(xml, "availabilityZone");
  const addresses = texts(xml, "availableIpAddressCount").map(Number);
  if (zones.length !== ids.length) return {};
  return Object.fromEntries(
    ids.map((id, index) => {
      const free = addresses.length === ids.length ? addresses[index] : undefined;
      return [id, { zone: zones[index] ?? "", ...(Number.isInteger(free) ? { addresses: free } : {}) }];
    }),
  );
}

function texts(xml: string, element: string): readonly string[] {
  return [...xml.matchAll(new RegExp(`<${element}>([^<]+)</${element}>`, "g"))].map(([, text = ""]) => text);
}
