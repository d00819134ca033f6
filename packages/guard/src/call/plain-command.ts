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

/** An escape of a letter. It starts where a row of backslashes does: a search from each of them would take the square of their number. */
const letter = /(?<!\\)\\+(?:u000000([\da-f]{2})|u([\da-f]{4})|u\{0*([\da-f]{2})\}|x([\da-f]{2}))/gi;

/** JSON with the escapes of texts in it decoded: those of JSON, and those of YAML and of code, such as `\x73`. */
export function unescaped(text: string): string {
  return text.replaceAll(letter, (_, ...codes: readonly (string | undefined)[]) =>
    String.fromCharCode(Number.parseInt(codes.find((code) => code !== undefined) ?? "", 16)),
  );
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
  return /sagemaker|\\[ux]/i.test(text) && plainCommand.test(unescaped(text));
}

/** The command that a container runs, whose words are in two members. */
function wordsOf(specification: unknown): readonly unknown[] {
  return [member(specification, "ContainerEntrypoint"), member(specification, "ContainerArguments")].flat();
}
