import { constants } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type Clock, createClock } from "@countersign/signer";
import { checkOptions, optional, type Shapes, text } from "@countersign/signer/options";
import type { Aws, AwsOptions } from "./aws.ts";
import { awsShapes } from "./check-aws-options.ts";
import { refuseOption, TestingError } from "./error.ts";
import { portShape } from "./shapes.ts";
import { startAws } from "./start-aws.ts";

/** A local AWS for programs that find it through their environment. */
export interface LocalOptions extends AwsOptions {
  /** Port of the one URL for all services; 0: any free one. Default 4566. */
  readonly port?: number | undefined;
  /** Where `ca.pem` is written, for programs to trust. Default: a temporary directory that goes with `close`. */
  readonly directory?: string | undefined;
}

/** A local AWS, and how programs find it. */
export interface Local extends Aws<Clock> {
  /**
   * What the AWS SDKs, the AWS CLI and Node read: `AWS_ENDPOINT_URL`, the first user's key, the region, and the file of
   * the certificate authority.
   */
  readonly environment: Readonly<Record<string, string>>;
}

const localShapes: Shapes<LocalOptions> = {
  ...awsShapes,
  port: optional(portShape),
  directory: optional(text),
};

/**
 * Starts a local AWS on a fixed port and on the machine's own time, for other programs to use.
 *
 * @throws {TestingError} as `startAws` does, and where `ca.pem` cannot be written; the system's own error when the port is
 *   taken.
 *
 * @example
 * const local = await startLocal({ port: 0 });
 * for (const [name, value] of Object.entries(local.environment)) console.log(`export ${name}='${value}'`);
 * await local.close();
 */
export async function startLocal(given?: LocalOptions): Promise<Local> {
  const options = checkOptions(given, localShapes, refuseOption);
  const { port = 4566, clock = createClock(), directory: wanted, ...rest } = options;
  const aws = await startAws({ ...rest, clock, ports: { ...options.ports, all: port } });
  try {
    const { caFile, remove } = await writeAuthority(aws.ca, wanted);
    const close = async (): Promise<void> => {
      await aws.close();
      await remove();
    };
    return {
      ...aws,
      close,
      [Symbol.asyncDispose]: close,
      environment: {
        ...aws.env,
        AWS_CA_BUNDLE: caFile,
        NODE_EXTRA_CA_CERTS: caFile,
      },
    };
  } catch (error) {
    await aws.close();
    throw error;
  }
}

// A link in its place is refused, since another user could have made it, and a pipe without a reader. Windows has no such
// flags.
const FLAGS = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_NOFOLLOW | constants.O_NONBLOCK;

interface Authority {
  readonly caFile: string;
  /** Removes what is temporary. */
  readonly remove: () => Promise<void>;
}

async function writeAuthority(ca: string, wanted: string | undefined): Promise<Authority> {
  let directory = wanted === undefined ? join(tmpdir(), "countersign-local-") : resolve(wanted);
  let remove = async (): Promise<void> => {};
  try {
    if (wanted === undefined) {
      directory = await mkdtemp(directory);
      remove = () => rm(directory, { recursive: true, force: true });
    }
    await mkdir(directory, { recursive: true });
    const caFile = join(directory, "ca.pem");
    await writeFile(caFile, ca, { flag: FLAGS });
    return { caFile, remove };
  } catch (cause) {
    await remove();
    const place = wanted === undefined ? `${tmpdir()}, the folder that TMPDIR names` : directory;
    throw new TestingError("INVALID_OPTION", `directory: must be able to hold ca.pem, and cannot: ${place}`, { cause });
  }
}
