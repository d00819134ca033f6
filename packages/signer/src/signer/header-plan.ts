import { isToken } from "../sigv4/header-rules.ts";
import { areSame } from "./header-record.ts";
import type { ServiceRules } from "../sigv4/service-rules.ts";

/** How headers of certain names are sent and signed: everything that does not depend on their values. */
export interface HeaderPlan {
  /** A different number for each plan. */
  readonly serial: number;
  /** The names, as given. */
  readonly names: readonly string[];
  /** Whether a session token is sent. */
  readonly hasToken: boolean;
  /** Whether the payload hash must be sent, whatever the names. */
  readonly mustSendHash: boolean;
  /** Whether the payload hash is sent. */
  readonly sendsHash: boolean;
  /** The names, as sent: in lower case, in the same order. */
  readonly sent: readonly string[];
  /** All names that are sent, without the authorization: `sent`, then what signing adds. */
  readonly all: readonly string[];
  /** All names that the signature covers, sorted. */
  readonly signed: readonly string[];
  /** Where in `signed` each name is; -1: the signature does not cover its value, or another value replaces it. */
  readonly lineOf: readonly number[];
  /** The names in `signed`, joined with `;`. */
  readonly signedHeaders: string;
  /** Where in `all` and in `signed` the date is. */
  readonly dateText: number;
  readonly dateLine: number;
}

/** Names that a signature replaces, and `__proto__`, which no header can have. */
const replaced = /^(?:authorization|x-amz-date|x-amz-security-token|__proto__)$/;
export const DATE = "x-amz-date";
export const TOKEN = "x-amz-security-token";
export const PAYLOAD_HASH = "x-amz-content-sha256";

let serial = 0;

/**
 * Plans headers.
 *
 * @returns `undefined` if the names alone do not decide: invalid names, one name in two spellings, and names that
 * signing replaces. `readHeaders` turns all of these into headers that can be planned, or refuses them.
 */
export function headerPlan(
  names: readonly string[],
  hasToken: boolean,
  mustSendHash: boolean,
  rules: ServiceRules,
): HeaderPlan | undefined {
  const sent = names.map((name) => name.toLowerCase());
  const all = new Set(sent);
  if (all.size < names.length || !names.every(isToken) || sent.some((name) => replaced.test(name))) return undefined;
  const sendsHash = mustSendHash || all.has(PAYLOAD_HASH);
  all.add(DATE);
  if (sendsHash) all.add(PAYLOAD_HASH);
  if (hasToken) all.add(TOKEN);
  const covered = new Set(all).add("host");
  if (rules.sessionToken !== "signed") covered.delete(TOKEN);
  const signed = [...covered].filter((name) => rules.signs(name)).toSorted();
  const texts = [...all];
  return {
    serial: serial++,
    names,
    hasToken,
    mustSendHash,
    sendsHash,
    sent,
    all: texts,
    signed,
    lineOf: sent.map((name) => (name === PAYLOAD_HASH ? -1 : signed.indexOf(name))),
    signedHeaders: signed.join(";"),
    dateText: texts.indexOf(DATE),
    dateLine: signed.indexOf(DATE),
  };
}

/** Whether a plan is for these names, in this order, and for what signing adds now. */
export function isPlanFor(
  plan: HeaderPlan | undefined,
  names: readonly string[],
  hasToken: boolean,
  mustSendHash: boolean,
): plan is HeaderPlan {
  if (plan === undefined || plan.hasToken !== hasToken || plan.mustSendHash !== mustSendHash) return false;
  return areSame(plan.names, names);
}
