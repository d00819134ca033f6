import { type Shape, checkOptions, contract, flag, nested, optional, shape, text } from "@countersign/signer/options";
import { refuseOption } from "../error.ts";
import type { FactSource, Facts, HostFacts } from "../facts.ts";

const record = optional(contract("an object"));
const shapes = {
  models: record,
  subnetZones: record,
  subnetAddresses: record,
  host: optional(nested<HostFacts>({ name: text, vpcEndpoint: flag, private: optional(flag) })),
  images: record,
};

/** Checks the facts of a call: a misspelt name would leave the fact unknown, and its rule would be skipped. */
export function checkFacts(facts: Facts | undefined): Facts {
  return checkOptions<Facts>(facts, shapes, refuseOption);
}

const lookUps = ["model", "subnets", "resolvesPrivately"] as const;

/** A source of facts: an object or an instance of a class with at least one of the three look-ups. */
export const factSource: Shape = (value, field, refuse) => {
  const must = `an object with at least one of ${lookUps.join(", ")}, each a function`;
  shape(must, (source) => typeof source === "object" && source !== null)(value, field, refuse);
  const found: Record<string, unknown> = {};
  for (const name of lookUps) {
    const method = ownOrClassMember(value as object, name);
    if (method === undefined) continue;
    shape(must, (candidate) => typeof candidate === "function")(method, `${field}.${name}`, refuse);
    found[name] = (method as (...args: unknown[]) => unknown).bind(value);
  }
  const stray = Object.keys(value as object).filter(
    (name) => !Object.hasOwn(found, name) && typeof (value as Record<string, unknown>)[name] === "function",
  );
  shape(must, () => stray.length === 0 && Object.keys(found).length > 0)(value, field, refuse);
  return Object.assign(Object.create(null) as FactSource, found);
};

/** A member of the object or of its class. What `Object.prototype` offers is not the caller's. */
function ownOrClassMember(source: object, name: string): unknown {
  for (
    let link: object | null = source;
    link !== null && link !== Object.prototype;
    link = Object.getPrototypeOf(link) as object | null
  )
    if (Object.hasOwn(link, name)) return (link as Readonly<Record<string, unknown>>)[name];
  return undefined;
}
