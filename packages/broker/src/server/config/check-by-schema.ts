import { createSchemaCheck, type JsonSchema, type RefuseField } from "@countersign/signer/schema";
import { refuseOption } from "../../errors/refuse.ts";

const check = createSchemaCheck(refuseOption);

/**
 * Checks a value by a schema, and returns a copy of it that has own properties only.
 *
 * @param refuse receives the first field that is wrong.
 * @throws BrokerError `INVALID_OPTION` when the schema or another argument is wrong; what `refuse` throws.
 */
export function checkBySchema(schema: JsonSchema, value: unknown, refuse: RefuseField, pointer?: string): unknown {
  return check(schema, value, refuse, pointer);
}
