export { vendedCredentials } from "./vended/vended-credentials.ts";
export type { VendedCredentials, VendedCredentialsOptions } from "./vended/vended-with.ts";
