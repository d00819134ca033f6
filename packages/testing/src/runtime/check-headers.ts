import { readModel } from "../model/model.ts";
import type { StructureShape } from "../model/shape.ts";
import { validate } from "../model/validate.ts";
import { headerOf, type ReceivedHead } from "../wire/received-request.ts";
import type { Invocation } from "./endpoint.ts";

/**
 * Checks the name of the endpoint and the headers of an invocation against the model.
 *
 * @throws {AwsError} `ValidationError` that lists every failed constraint.
 */
export type HeaderCheck = (
  operation: Invocation["operation"],
  endpointName: string,
  headers: ReceivedHead["headers"],
) => void;

/** Reads the model of SageMaker Runtime. */
export function createHeaderCheck(): HeaderCheck {
  const model = readModel("sagemaker-runtime");
  return (name, endpointName, headers) => {
    const operation = model.operations.get(name);
    // The model holds the operations over HTTP/1.1 only.
    if (operation === undefined) return;
    const shape = model.shape(operation.input) as StructureShape;
    const input: Record<string, unknown> = { EndpointName: endpointName };
    for (const { name: member, shape: target, location, locationName, required } of shape.members.values()) {
      // The body is bytes, whose length the operation checks.
      if (member === shape.payload && required) input[member] = "";
      const text = location === "header" ? headerOf({ headers }, locationName.toLowerCase()) : undefined;
      if (text !== undefined) input[member] = model.shape(target).type === "integer" ? numberOf(text) : text;
    }
    validate(model, operation.input, input, "ValidationError");
  };
}

/** A number, or the text itself, which is then refused as a value of another type. */
function numberOf(text: string): unknown {
  return /^-?\d{1,9}$/.test(text) ? Number(text) : text;
}
