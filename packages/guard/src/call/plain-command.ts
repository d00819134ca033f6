import { member } from "../evaluate/pointer.ts";

/** White space, a comma or quotes between the words of a command, in JSON or in a list of JSON. */
const gap = String.raw`(?:[\s,"'\\]|\\[nrt])+`;
const option = String.raw`--?[a-z][\w-]*(?:=[\w.:/-]+|${gap}[\w.:/][\w.:/-]*)?${gap}`;
const makes = "(?:add|associate|attach|batch|create|import|put|register|retry|send|start|update)";

/**
 * A command or a call that makes a resource of SageMaker, in the text of a resource or a step of any type. It is narrow, because
 * descriptions and policies name SageMaker too.
 */
export const plainCommand: RegExp = new RegExp(
  [
    String.raw`aws2?(?:\.exe)?${gap}(?:${option}){0,6}sagemaker${gap}${makes}-[a-z]`,
    String.raw`\b(?:client|resource)\(\s*(?:service_name\s*=\s*)?\\*["'\x60]sagemaker\\*["'\x60]`,
    String.raw`SageMakerClient\(`,
    // Manifests of the controllers for Kubernetes.
    String.raw`\bsagemaker\.services\.k8s\.aws/v`,
    String.raw`\bSageMaker\.(?:Create|Put|Register|Start|Update)[A-Z]`,
  ].join("|"),
);

/** JSON with escapes of JSON in JSON decoded. */
export function unescaped(text: string): string {
  return text.replaceAll(/\\+u([\da-f]{4})/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
}

/** Whether the arguments of a step hold a command that makes a resource of SageMaker. */
export function holdsCommand(args: unknown): boolean {
  let text: string;
  try {
    text = JSON.stringify([
      args,
      wordsOf(member(args, "AppSpecification")),
      wordsOf(member(args, "AlgorithmSpecification")),
    ]);
  } catch {
    // Nested too deeply to be written: nothing is known of it.
    return true;
  }
  return /sagemaker|\\u/i.test(text) && plainCommand.test(unescaped(text));
}

/** The command that a container runs, whose words are in two members. */
function wordsOf(specification: unknown): readonly unknown[] {
  return [member(specification, "ContainerEntrypoint"), member(specification, "ContainerArguments")].flat();
}
