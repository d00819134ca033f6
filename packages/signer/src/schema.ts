export type { JsonSchema } from "./schema/check-schema.ts";
export { type CheckBySchema, createSchemaCheck, type RefuseField } from "./schema/check-value.ts";
