export { vendedCredentials, type VendedCredentialsOptions } from "./vended/vended-credentials.ts";
