import { type ImageGate, type ImageSource, GuardError, grypeReport, imageGate, trivyReport } from "@countersign/guard";
import { readChoice } from "../choice-option.ts";
import { CliError, usageError } from "../cli-error.ts";
import { type OptionSpecs, type OptionValues, text, texts } from "../command.ts";
import { readLimited } from "../read-limited.ts";

const SEVERITIES = ["LOW", "MEDIUM", "HIGH", "CRITICAL"] as const;

/** Reports on the images that files name. Without them images are not judged. */
export const IMAGE_OPTIONS: OptionSpecs = {
  trivy: { type: "string", multiple: true, value: "FILE", help: "a JSON report of Trivy on an image; may be repeated" },
  grype: { type: "string", multiple: true, value: "FILE", help: "a JSON report of Grype on an image; may be repeated" },
  severity: { type: "string", value: "LEVEL", help: "vulnerabilities of this severity and above block; default: HIGH" },
};

/** A report that the command line names. */
interface NamedReport {
  readonly file: string;
  readonly source: ImageSource;
}

/** The reports of the command line, and the gate that judges by them. */
export interface Reports {
  readonly gate: ImageGate;
  /** @throws CliError `INVALID_CONFIG` for a report that shows no scan: without an image in the files nothing asked for it. */
  check(): Promise<void>;
}

/** @throws CliError `USAGE`, and `FILE_UNREADABLE` for a report that is not there: no report is no reason to pass. */
export function readReports(options: OptionValues): Reports | undefined {
  const reports: readonly NamedReport[] = [
    ...texts(options, "trivy").map((file) => ({ file, source: trivyReport(bytesOf(file)) })),
    ...texts(options, "grype").map((file) => ({ file, source: grypeReport(bytesOf(file)) })),
  ];
  const severity = text(options, "severity")?.toUpperCase();
  const severityAtOrOver = readChoice({ severity }, "severity", SEVERITIES, "HIGH");
  if (reports.length === 0) {
    if (severity !== undefined) throw usageError("--severity: name a report with --trivy or --grype");
    return undefined;
  }
  try {
    const gate = imageGate({ source: reports.map(({ source }) => source), severityAtOrOver });
    return { gate, check: () => checkReports(reports) };
  } catch (cause) {
    if (cause instanceof GuardError) throw usageError(cause.message);
    throw cause;
  }
}

/** A report is read for the image that it is asked about, and says with any image that it has no scan at all. */
const ANY_IMAGE = { text: "", registry: "", repository: "", tag: undefined, digest: undefined, ecr: undefined };

async function checkReports(reports: readonly NamedReport[]): Promise<void> {
  for (const { file, source } of reports) {
    const scan = await source.scan(ANY_IMAGE, undefined);
    if (scan.kind === "none") throw new CliError("INVALID_CONFIG", `${file}: ${scan.reason}; scan the image again`);
  }
}

function bytesOf(file: string): Uint8Array {
  try {
    return readLimited(file);
  } catch (cause) {
    throw new CliError("FILE_UNREADABLE", `cannot read ${file}`, { cause });
  }
}
