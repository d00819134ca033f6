export { assembleFetch, type FetchParts, type PartHost } from "./parts/assemble-fetch.ts";
export { readUpTo } from "./call/read-up-to.ts";
export { awsHosts } from "./parts/aws-hosts.ts";
export { type CorrectingClock, correctingClock } from "./parts/correcting-clock.ts";
export { renewing } from "./parts/renewing.ts";
export { retrying } from "./parts/retrying.ts";
export { vendedCredentials } from "./parts/vended-credentials.ts";
export type { VendedCredentials, VendedCredentialsOptions } from "./vended/vended-with.ts";
