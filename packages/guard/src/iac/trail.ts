import { hiddenIn, readHidden } from "./hidden-in-plan.ts";
import type { Judged, ReadOptions } from "./judged.ts";
import { type Entry, type Node, type Position, entry, textOf } from "./node.ts";
import { definesCalls, namesPlainCommand } from "./hidden-calls.ts";
import { judgedOf, replace } from "./requests.ts";
import { type Reason, unjudgedResource } from "./unjudged-resource.ts";

const EVENT = "CloudTrail event";

/** Whether a file holds events of CloudTrail: a log, a single event, or one that EventBridge delivered. */
export function isTrail(root: Node): boolean {
  return eventsOf(root).some(
    (event) => entry(event, "eventName") !== undefined && entry(event, "eventSource") !== undefined,
  );
}

/** Services whose resources call others, as their definition says: it is in the parameters of the event. */
const callers = /^(?:apigateway|appsync|cloudformation|codebuild|events|pipes|scheduler|servicecatalog|ssm|states)\./;
/** Operations that tell such a service what to do; operations that only ask are left out. `TestState` runs a state. */
const defines = /^(?:Create|Update|Put|Start|Execute|Import|Reimport|Provision|TestState$)/;

/** Reads the calls of SageMaker among events of CloudTrail, and the calls of other services that define some. */
export function readTrail(root: Node, { file }: ReadOptions, positionOf: (offset: number) => Position): Judged[] {
  return eventsOf(root).flatMap((event) => {
    const source = textOf(entry(event, "eventSource"))?.toLowerCase();
    const name = textOf(entry(event, "eventName")) ?? "";
    const given = entry(event, "requestParameters");
    const address = textOf(entry(event, "eventID")) ?? name;
    const unjudged = (expression: string, decidedBy: string): Judged[] => {
      const reason: Reason = { expression, decidedBy };
      return [unjudgedResource(address, EVENT, reason, file, positionOf(event.at))];
    };
    if (source === undefined) return unjudged("an event without an eventSource", "an event as CloudTrail writes it");
    // CloudTrail writes null for a call without parameters.
    const input =
      given === undefined || (given.kind === "scalar" && given.value === null) ? undefined : withHidden(given);
    if (source.startsWith("cloudcontrolapi."))
      return readCloudControl(address, name, input, file, positionOf(event.at));
    // CloudTrail leaves out parameters that are too large, and says so in their place.
    const omitted = entry(given, "omitted");
    const isOmitted = omitted?.kind === "scalar" && omitted.value === true;
    if (callers.test(source) && defines.test(name)) {
      if (isOmitted) return unjudged("parameters that CloudTrail omits", "the request itself");
      if (definesCalls(source, input)) return unjudged("a definition that calls SageMaker", "a review of the calls");
      const definition = source.startsWith("states.") ? "definition" : source.startsWith("ssm.") ? "content" : "";
      if (entry(input, definition)?.kind === "unknown")
        return unjudged("a definition that CloudTrail hides", "the definition itself");
    }
    if (!source.includes("sagemaker") && namesPlainCommand(input))
      return unjudged("a command that calls SageMaker", "a review of the command");
    if (!source.includes("sagemaker")) return [];
    if (!/^(?:[a-z0-9-]+\.)?sagemaker[a-z0-9-]*\.amazonaws\.com(?:\.cn)?$/.test(source))
      return unjudged("a source that the guard does not know", "a release of the guard that knows the source");
    if (isOmitted) return unjudged("parameters that CloudTrail omits", "the request itself");
    return [judgedOf(address, EVENT, name, input, event.at, { file, loose: true }, positionOf)];
  });
}

/** A request to the Cloud Control API, which makes resources of every service by their type of CloudFormation. */
function readCloudControl(
  address: string,
  name: string,
  input: Node | undefined,
  file: string | undefined,
  position: Position,
): Judged[] {
  if (name !== "CreateResource" && name !== "UpdateResource") return [];
  const type = entry(input, "typeName");
  const state = entry(input, "desiredState");
  if (name === "CreateResource" && state !== undefined) {
    const values = mapOf([
      ["type_name", type],
      ["desired_state", state],
    ]);
    return readHidden(address, "aws_cloudcontrolapi_resource", values, file, position);
  }
  if (!hiddenIn(textOf(type) ?? "")) return [];
  const reason = { expression: "a change that the event does not show", decidedBy: "the resource after the change" };
  return [unjudgedResource(address, EVENT, reason, file, position)];
}

function mapOf(entries: readonly (readonly [string, Node | undefined])[]): Node {
  const given = entries.filter((pair): pair is readonly [string, Node] => pair[1] !== undefined);
  const at = given[0]?.[1].at ?? 0;
  return { kind: "map", at, entries: new Map(given.map(([name, value]): [string, Entry] => [name, { at, value }])) };
}

function eventsOf(root: Node): readonly Node[] {
  const list = entry(root, "Records") ?? root;
  const events = list.kind === "list" ? list.items : [list];
  return events.map((event) => entry(event, "detail") ?? event);
}

/** CloudTrail replaces values that may be secret. */
function withHidden(node: Node): Node {
  return replace(node, (candidate) =>
    textOf(candidate) === "HIDDEN_DUE_TO_SECURITY_REASONS" || textOf(candidate) === "***OMITTED***"
      ? {
          kind: "unknown",
          expression: "a value that CloudTrail hides",
          decidedBy: "the request itself",
          at: candidate.at,
        }
      : undefined,
  );
}
