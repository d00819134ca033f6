export { signingInterceptor, type SigningInterceptorOptions } from "./undici/signing-interceptor.ts";
