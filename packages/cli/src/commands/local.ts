import { type LocalOptions, startLocal } from "@countersign/testing";
import { CliError, usageError } from "../cli-error.ts";
import { type Call, type Command, flag, text, texts } from "../command.ts";
import { EXIT } from "../exit-codes.ts";
import { startInBackground } from "../local/start-in-background.ts";
import { makeFolder } from "../make-folder.ts";
import { shellQuote } from "../shell-quote.ts";
import { STOPPING_IN_TERMINAL, untilStopped } from "../until-stopped.ts";
import { writeNeeded } from "../write-parts.ts";

/** Variables that would replace the key of the local AWS by another one. */
const others = ["AWS_SESSION_TOKEN", "AWS_PROFILE", "AWS_DEFAULT_PROFILE"];

export const local: Command = {
  usage: "local [--env] [--port PORT] [--role ARN]… [options]",
  details:
    "STS, SageMaker, its runtime, S3 and ECR on this machine, over TLS. It refuses what AWS refuses, with AWS's messages.\n" +
    "The lines on stdout are environment variables for other programs, quoted for a POSIX shell. With --env they are all: " +
    'the local AWS goes on in the background until `kill "$COUNTERSIGN_LOCAL_PID"`.',
  options: {
    env: { type: "boolean", help: "start it in the background, print the environment, and end" },
    port: { type: "string", value: "PORT", help: "port of all services; default: 4566; 0 takes any free one" },
    role: {
      type: "string",
      multiple: true,
      value: "ARN",
      help: "a role that may be assumed and may do everything; the first one's account is the user's; may be repeated",
    },
    region: { type: "string", value: "REGION", help: "default: us-east-1" },
    directory: { type: "string", value: "FOLDER", help: "folder for ca.pem; default: a temporary one" },
  },
  examples: [
    'eval "$(countersign local --env --port 0)"',
    "countersign local --role arn:aws:iam::123456789012:role/inference > local.env",
    "countersign local --port 0 --json",
  ],
  async run({ options, io }) {
    const port = text(options, "port") ?? "4566";
    if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535)
      throw usageError(`--port: must be 0 to 65535, not ${JSON.stringify(port)}`);
    const region = text(options, "region");
    if (flag(options, "env")) return inBackground({ options, io }, port);
    const directory = text(options, "directory");
    if (directory !== undefined) checkDirectory(directory);
    const aws = await startLocal({
      port: Number(port),
      ...rolesOf(texts(options, "role")),
      directory,
      ...(region === undefined ? {} : { regions: [region] }),
    });
    try {
      const stopped = untilStopped(STOPPING_IN_TERMINAL);
      await writeNeeded(
        io,
        flag(options, "json")
          ? `${JSON.stringify(aws.environment)}\n`
          : `unset ${others.join(" ")}\n${exported(aws.environment)}`,
      );
      io.stderr(`a local AWS is listening on ${aws.url.all}; Ctrl-C ends it\n`);
      await stopped;
      return EXIT.ok;
    } finally {
      await aws.close();
    }
  },
};

/** The user belongs to the account of the first role, and the roles of other accounts trust that account. */
function rolesOf(roles: readonly string[]): Pick<LocalOptions, "accounts" | "roles"> {
  const accounts = [...new Set(roles.flatMap((role) => /^arn:[^:]*:iam::(\d{12}):/.exec(role)?.[1] ?? []))];
  const [first] = accounts;
  if (first === undefined) return { roles };
  const Principal = { AWS: accounts.map((account) => `arn:aws:iam::${account}:root`) };
  const Action = ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"];
  const trustPolicy = { Version: "2012-10-17", Statement: { Effect: "Allow", Principal, Action } } as const;
  return { accounts, roles: roles.map((arn) => ({ arn, trustPolicy })) };
}

/** @throws CliError `FILE_UNREADABLE` for a folder that cannot be made. */
function checkDirectory(directory: string): void {
  try {
    makeFolder(directory);
  } catch (cause) {
    throw new CliError("FILE_UNREADABLE", `cannot make ${directory}`, { cause });
  }
}

type Output = Pick<Call, "options" | "io">;

async function inBackground({ options, io }: Output, port: string): Promise<number> {
  const [region, directory] = [text(options, "region"), text(options, "directory")];
  const isJson = flag(options, "json");
  const { pid, stdout, stderr, ended } = await startInBackground(
    [
      "--port",
      port,
      ...texts(options, "role").flatMap((role) => ["--role", role]),
      ...(region === undefined ? [] : ["--region", region]),
      ...(directory === undefined ? [] : ["--directory", directory]),
      ...(isJson ? ["--json"] : []),
    ],
    io,
  );
  if (ended !== undefined) {
    io.stderr(stderr);
    return ended;
  }
  const own = { COUNTERSIGN_LOCAL_PID: String(pid) };
  const environment = isJson
    ? `${JSON.stringify({ ...(JSON.parse(stdout) as object), ...own })}\n`
    : stdout + exported(own);
  try {
    await writeNeeded(io, environment);
  } catch (error) {
    process.kill(pid);
    throw error;
  }
  return EXIT.ok;
}

function exported(environment: Readonly<Record<string, string>>): string {
  return Object.entries(environment)
    .map(([name, value]) => `export ${name}=${shellQuote(value)}\n`)
    .join("");
}
