import { type ModelledService, readModel } from "../../../packages/testing/src/model/model.ts";
import type { Member, Shape } from "../../../packages/testing/src/model/shape.ts";
import type { Schema } from "./required-members.ts";

/** Scalars as the SDK's schemas number them: `@smithy/types`, `SchemaTypeSentinels`. */
const scalars = { string: 0, integer: 1, float: 1, boolean: 2, timestamp: 4, blob: 21 } as const;
const timestamps = { iso8601: 5, rfc822: 6, unixTimestamp: 7 } as const;

/**
 * The SDK's schema of an operation, made from the model's facts: what the SDK's package of the service holds. The
 * serialiser and deserialiser themselves are the SDK's, the same for every service of a protocol.
 */
export function operationSchema(service: ModelledService, operation: string): Schema {
  const model = readModel(service);
  const { input, output, http } = model.operations.get(operation) ?? { input: "", output: "", http: undefined };
  if (http === undefined) throw new Error(`${service} has no operation ${operation}.`);
  const namespace = `com.amazonaws.${service}`;
  const made = new Map<string, Schema>();
  const schemaOf = (name: string): Schema => {
    const known = made.get(name);
    if (known !== undefined) return known;
    let whole: Schema | undefined;
    const schema = (): Schema => (whole ??= written(model.shape(name)));
    made.set(name, schema);
    return schema;
  };
  const written = (shape: Shape): Schema => {
    switch (shape.type) {
      case "structure": {
        const members = [...shape.members.values()].toSorted((a, b) => Number(b.required) - Number(a.required));
        return [
          shape.union ? 4 : 3,
          namespace,
          shape.name,
          0,
          members.map(({ name }) => name),
          members.map((member) => placed(member, shape.payload === member.name)),
          members.filter(({ required }) => required).length,
        ];
      }
      case "list":
        return [1, namespace, shape.name, 0, schemaOf(shape.member)];
      case "map":
        return [2, namespace, shape.name, 0, schemaOf(shape.key), schemaOf(shape.value)];
      case "timestamp":
        return shape.format === undefined ? scalars.timestamp : timestamps[shape.format];
      default:
        return scalars[shape.type];
    }
  };
  const placed = ({ shape, location, locationName }: Member, payload: boolean): Schema => {
    const schema = schemaOf(shape);
    if (payload) return [schema, 16];
    if (location === "uri") return [schema, 1];
    if (location === "query") return [schema, { httpQuery: locationName }];
    if (location === "header") return [schema, { httpHeader: locationName }];
    return schema;
  };
  const unit = (): Schema => "unit" as unknown as Schema;
  const end = (name: string): Schema => (name === "" ? unit : schemaOf(name));
  return [9, namespace, operation, { http: [http.method, http.path, http.status] }, end(input), end(output)];
}
