// Lets `npx vitest run PATH` work from the root.
export { default } from "./test/vitest.config.ts";
