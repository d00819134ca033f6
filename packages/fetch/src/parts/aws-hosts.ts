import { checkHost } from "#platform/check-parts";
import { scopeOf } from "../hosts/scope-of.ts";
import type { PartHost } from "./assemble-fetch.ts";

/** Admits the hosts of the service itself in its region, VPC endpoints included. */
export const awsHosts: PartHost = (url, scope) => {
  checkHost(url, scope);
  const { region, service } = scope;
  const own = scopeOf(url);
  return own?.region === region && own.service === service;
};
