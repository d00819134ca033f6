import { readFileSync } from "node:fs";
import { type ImageGate, GuardError, grypeReport, imageGate, trivyReport } from "@countersign/guard";
import { readChoice } from "../choice-option.ts";
import { CliError, usageError } from "../cli-error.ts";
import { type OptionSpecs, type OptionValues, text, texts } from "../command.ts";

const SEVERITIES = ["LOW", "MEDIUM", "HIGH", "CRITICAL"] as const;

/** Reports on the images that files name. Without them images are not judged. */
export const IMAGE_OPTIONS: OptionSpecs = {
  trivy: { type: "string", multiple: true, value: "FILE", help: "a JSON report of Trivy on an image; may be repeated" },
  grype: { type: "string", multiple: true, value: "FILE", help: "a JSON report of Grype on an image; may be repeated" },
  severity: { type: "string", value: "LEVEL", help: "vulnerabilities of this severity and above block; default: HIGH" },
};

/** @throws CliError `USAGE`, and `FILE_UNREADABLE` for a report that is not there: no report is no reason to pass. */
export function readImageGate(options: OptionValues): ImageGate | undefined {
  const source = [
    ...texts(options, "trivy").map((file) => trivyReport(bytesOf(file))),
    ...texts(options, "grype").map((file) => grypeReport(bytesOf(file))),
  ];
  const severity = text(options, "severity")?.toUpperCase();
  const severityAtOrOver = readChoice({ severity }, "severity", SEVERITIES, "HIGH");
  if (source.length === 0) {
    if (severity !== undefined) throw usageError("--severity: name a report with --trivy or --grype");
    return undefined;
  }
  try {
    return imageGate({ source, severityAtOrOver });
  } catch (cause) {
    if (cause instanceof GuardError) throw usageError(cause.message);
    throw cause;
  }
}

function bytesOf(file: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch (cause) {
    throw new CliError("FILE_UNREADABLE", `cannot read ${file}`, { cause });
  }
}
