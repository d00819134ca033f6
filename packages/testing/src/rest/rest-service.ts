import { fill } from "../model/fill.ts";
import type { ModelledService, ServiceModel } from "../model/model.ts";
import type { OperationModel, Shape, StructureShape } from "../model/shape.ts";
import { type Input, validate } from "../model/validate.ts";
import type { Service, ServiceName } from "../service.ts";
import { AwsError } from "../wire/aws-error.ts";
import { decodePart } from "../wire/decode-part.ts";
import { readJson } from "../wire/json-body.ts";
import { type Answer, restJson } from "../wire/protocol.ts";
import type { ReceivedHead, ReceivedRequest } from "../wire/received-request.ts";
import type { Call } from "../world.ts";

/** One operation of a REST service. */
export interface RestOperation {
  /** The ARN that the operation acts on, for policies. */
  resource(input: Input, call: Call): string;
  /** The known values for the answer. Its shape picks the members, and adds those that are required. */
  run(input: Input, call: Call): Input;
}

export interface RestServiceOptions {
  readonly name: ServiceName;
  readonly model: ModelledService;
  /** The error code for a failed constraint. */
  readonly invalid: "ValidationException" | "ValidationError";
  /** Operations by name; the model knows the same ones, which a test checks. */
  readonly operations: Readonly<Record<string, RestOperation | undefined>>;
  /** Forgets what requests have stored. */
  readonly reset?: () => void;
}

/** A service with the REST JSON protocol (https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html), from its model. */
export function restService({ name, model: modelName, invalid, operations, reset }: RestServiceOptions): Service {
  let model: ServiceModel | undefined;
  const routed = (head: ReceivedHead): Routed | undefined => (model === undefined ? undefined : routeOf(model, head));
  return {
    name,
    signingName: "sagemaker",
    protocol: restJson,
    body: "buffered",
    ...(reset === undefined ? {} : { reset }),
    async load() {
      const { readModel } = await import("../model/model.ts");
      model ??= readModel(modelName);
    },
    operationOf: (head) => routed(head)?.operation.name,
    route(request) {
      const found = routed(request);
      const run = found === undefined ? undefined : operations[found.operation.name];
      if (model === undefined || found === undefined || run === undefined) throw unknownOperation();
      const { operation, path } = found;
      const loaded = model;
      const given = inputOf(loaded, operation, request, path);
      return {
        name: operation.name,
        input: given,
        authentication: "signed",
        permission: (call) => ({ action: `sagemaker:${operation.name}`, resource: run.resource(given, call) }),
        run(call) {
          const input = validate(loaded, operation.input, given, invalid);
          return answerOf(loaded, operation, run.run(input, call), call);
        },
      };
    },
  };
}

interface Routed {
  readonly operation: OperationModel;
  readonly path: Readonly<Record<string, string>>;
}

function routeOf(model: ServiceModel, { method, url }: ReceivedHead): Routed | undefined {
  const parts = url.pathname.split("/");
  for (const operation of model.operations.values()) {
    const wanted = operation.http.path.split("/");
    if (operation.http.method !== method || wanted.length !== parts.length) continue;
    const path: Record<string, string> = {};
    const matches = wanted.every((part, index) => {
      const given = parts[index] ?? "";
      const label = /^\{(\w+)\+?\}$/.exec(part)?.[1];
      if (label === undefined) return part === given;
      path[label] = decodePart(given);
      return given !== "";
    });
    if (matches) return { operation, path };
  }
  return undefined;
}

/** The members of the input from path, query and body. */
function inputOf(
  model: ServiceModel,
  operation: OperationModel,
  request: ReceivedRequest,
  path: Readonly<Record<string, string>>,
): Input {
  const input: Record<string, unknown> = { ...readJson(request) };
  for (const { name, shape, location, locationName } of (
    model.shape(operation.input) as StructureShape
  ).members.values()) {
    if (location === "uri") input[name] = path[locationName];
    if (location !== "query") continue;
    const values = request.url.searchParams.getAll(locationName);
    if (values.length > 0) input[name] = fromQuery(model.shape(shape), values);
  }
  return input;
}

function fromQuery(shape: Shape, values: readonly string[]): unknown {
  const [first = ""] = values;
  switch (shape.type) {
    case "list":
      return values;
    case "integer":
    case "float":
      return Number(first);
    case "boolean":
      return first === "true";
    case "timestamp":
      return Date.parse(first) / 1000;
    default:
      return first;
  }
}

function answerOf(model: ServiceModel, operation: OperationModel, known: Input, call: Call): Answer {
  const body =
    operation.output === "" ? undefined : fill(model, operation.output, known, call.world.clock.now() / 1000);
  return {
    status: operation.http.status,
    headers: { "content-type": "application/json" },
    body: body === undefined ? "" : JSON.stringify(body),
  };
}

function unknownOperation(): AwsError {
  return new AwsError("UnknownOperationException", "The requested operation is not recognized by the service.", {
    status: 404,
  });
}
