import { type Endpoint, type EndpointKind, resolveEndpoint } from "@countersign/signer/endpoints";
import { type Command, flag, text } from "../command.ts";
import { type Check, fail, reasonOf } from "../doctor/check.ts";
import { checkConnection } from "../doctor/connection.ts";
import { checkEnvironment } from "../doctor/environment.ts";
import { checkCredentials, checkIdentity } from "../doctor/identity.ts";
import { checkName } from "../doctor/names.ts";
import { checkProfiles } from "../doctor/profiles.ts";
import { checkSettings } from "../doctor/settings.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { SESSION_OPTIONS, type Session, openSession } from "../session.ts";
import { createStyle } from "../style.ts";
import { jsonText, visible } from "../visible.ts";

const SERVICES: readonly EndpointKind[] = ["sts", "sagemaker", "sagemaker-runtime"];

export const doctor: Command = {
  usage: "doctor [--region REGION] [--vpc-endpoint ID] [options]",
  details:
    "Checks the environment, the clock, the credentials, the names of STS and SageMaker, and the TLS connection to each.\n" +
    "It explains the chain: the source that is used and why, the file and line or the variable of each setting, what that\n" +
    "overrides, the expiry, and what --profile with each other profile would do.\n" +
    "With --vpc-endpoint SageMaker's names must resolve to private addresses. The only call is GetCallerIdentity.",
  options: SESSION_OPTIONS,
  examples: [
    "countersign doctor --region eu-west-1",
    "countersign doctor --vpc-endpoint vpce-0a1b2c3d4e5f6a7b8-9c0d1e2f --json",
  ],
  async run({ options, io }) {
    const style = createStyle(io);
    const checks: Check[] = [];
    const marks = { pass: style.green("✔"), warn: style.yellow("!"), fail: style.red("✘") };
    const report = (check: Check): void => {
      checks.push(check);
      if (flag(options, "json")) return;
      io.stdout(`${marks[check.status]} ${style.bold(visible(check.name))}  ${visible(check.detail)}\n`);
      if (check.fix !== undefined) io.stdout(`    → ${visible(check.fix)}\n`);
    };

    const end = (): ExitCode => {
      if (flag(options, "json")) io.stdout(`${jsonText(checks, 2)}\n`);
      return exitCodeFor(checks);
    };

    checkEnvironment(io.env, process.versions).forEach(report);
    // A transport does not start in an unsafe environment, so the report ends here.
    if (!checks.some(({ status }) => status === "fail")) {
      const session = await openSession(options, io).catch((error: unknown) => {
        report(checkOpening(error));
        return undefined;
      });
      try {
        if (session === undefined) return end();
        const { settings, region } = session;
        checkSettings(settings, SERVICES, { env: io.env, region: text(options, "region") }).forEach(report);
        checkProfiles(settings, region, io.env).forEach(report);
        const endpoints = endpointsOf(session, report);
        if (endpoints === undefined) return end();
        for (const endpoint of endpoints) {
          const name = await checkName(endpoint, {
            wantPrivate: text(options, "vpc-endpoint") !== undefined && endpoint.service !== "sts",
            isOwn: session.endpoint(endpoint.service).url !== undefined,
          });
          report(name);
          if (name.status !== "fail") report(await checkConnection(endpoint, session.transport));
        }
        const found = await checkCredentials(session);
        report(found);
        const [sts] = endpoints;
        if (found.status !== "fail" && sts !== undefined) {
          (await checkIdentity(session, sts.url, sts.signingRegion)).forEach(report);
        }
      } finally {
        await session?.close();
      }
    }
    return end();
  },
};

/** The first failure decides, because it often causes the later ones. */
function exitCodeFor(checks: readonly Check[]): ExitCode {
  const failed = checks.find(({ status }) => status === "fail");
  if (failed === undefined) return EXIT.ok;
  if (/^(name|TLS)/.test(failed.name)) return EXIT.network;
  if (/^(region|settings|authorities)/.test(failed.name)) return EXIT.usage;
  return /^(credentials|identity|profile)/.test(failed.name) ? EXIT.credentials : EXIT.refused;
}

/** Where the services are; `undefined` after the report of a wrong Region or address. */
function endpointsOf(session: Session, report: (check: Check) => void): readonly Endpoint[] | undefined {
  try {
    return SERVICES.map((service) =>
      resolveEndpoint({ service, region: session.region, ...session.endpoint(service) }),
    );
  } catch (error) {
    report(checkOpening(error));
    return undefined;
  }
}

/** What kept the settings from being read. */
function checkOpening(error: unknown): Check {
  const { code } = error as { readonly code?: unknown };
  if (code === "INVALID_CONFIG")
    return fail("settings", reasonOf(error), "correct the line or the variable that is named");
  if (code === "INVALID_REGION")
    return fail("region", reasonOf(error), "correct --region, AWS_REGION or the profile's region");
  if (code === "REGION_MISSING") return fail("region", reasonOf(error), "pass --region, or set AWS_REGION");
  if (code === "FILE_UNREADABLE") return fail("authorities", reasonOf(error), "name a PEM file, or unset the setting");
  if (code === "SOURCE_INVALID")
    return fail("profile", reasonOf(error), "correct the line or the variable that is named");
  throw error;
}
