import { listAt, textAt, valueAt } from "./reading.ts";

/**
 * Grype's built-in ignore rules: package type, name, upstream name. They ignore a match of a package with kernel headers that
 * was found only through the upstream kernel, which is not in the image.
 *
 * https://github.com/anchore/grype/blob/main/cmd/grype/cli/options/grype.go; releases before 0.90 have `linux-headers-.*` and
 * the upstream name `linux`.
 */
const kernelHeaders: ReadonlySet<string> = new Set(
  [
    ["rpm", "kernel-headers", "kernel"],
    ["deb", "linux-headers-.*", "linux"],
    ["deb", "linux-headers-.*", "linux.*"],
    ["deb", "linux(-.*)?-headers-.*", "linux.*"],
    ["deb", "linux-libc-dev", "linux"],
    ["deb", "linux-kbuild-.*", "linux.*"],
  ].map((parts) => parts.join(" ")),
);

/** The reason that Grype gives when the distribution's own package already has the fix. */
const FIXED = "DistroPackageFixed";

/** The rules by which a report's matches were ignored. */
export interface IgnoreRules {
  /** Whether Grype itself made the rule. Such a match is the scanner's own judgement, and does not count. */
  isScannersOwn(rule: unknown): boolean;
  /** Whether the configuration has a rule that its author wrote. */
  readonly hasUserRules: boolean;
}

/** Reads the ignore rules of a report's configuration. */
export function readIgnoreRules(report: unknown): IgnoreRules {
  const configuration = valueAt(report, "descriptor", "configuration");
  const given = listAt(configuration, "ignore") ?? [];
  const kernelRulesOff = valueAt(configuration, "match-upstream-kernel-headers") === true;
  const isKernelRule = (rule: unknown): boolean => !kernelRulesOff && isKernelHeaderRule(rule);
  // A rule of the user's may give the same reason, and the report does not say who made a rule.
  const reasonIsGrypes = configuration !== undefined && !given.some((rule) => textAt(rule, "reason") === FIXED);
  return {
    isScannersOwn: (rule) => isKernelRule(rule) || (reasonIsGrypes && textAt(rule, "reason") === FIXED),
    hasUserRules: given.some((rule) => !isKernelRule(rule)),
  };
}

/** Only exactly the built-in rule: a rule with one field more is one that its author wrote. */
function isKernelHeaderRule(rule: unknown): boolean {
  const inPackage = valueAt(rule, "package");
  const named = [textAt(inPackage, "type"), textAt(inPackage, "name"), textAt(inPackage, "upstream-name")].join(" ");
  return (
    kernelHeaders.has(named) &&
    textAt(rule, "match-type") === "exact-indirect-match" &&
    hasOnly(rule, ["package", "match-type"]) &&
    hasOnly(inPackage, ["type", "name", "upstream-name"])
  );
}

function hasOnly(value: unknown, names: readonly string[]): boolean {
  return Object.entries(value ?? {}).every(
    ([name, field]) => names.includes(name) || field === "" || field === false || field === null,
  );
}
