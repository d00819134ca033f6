import { PROXY_SCHEMA } from "@countersign/proxy";
import type { JsonSchema } from "@countersign/signer/schema";
import { DAEMON_FIELDS } from "../daemon/daemon-schema.ts";

/** The file of `countersign proxy`. It is published as `proxy.schema.json`, for editors. */
export const PROXY_FILE_SCHEMA: JsonSchema = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  $id: "urn:countersign:proxy:1",
  title: "The configuration of countersign proxy",
  ...PROXY_SCHEMA,
  properties: {
    $schema: { type: "string", description: "For editors." },
    ...PROXY_SCHEMA.properties,
    ...DAEMON_FIELDS,
  },
};
