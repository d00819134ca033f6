import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type Clock, createClock } from "@countersign/signer";
import { checkOptions, optional, type Shapes, text } from "@countersign/signer/options";
import type { Aws, AwsOptions } from "./aws.ts";
import { awsShapes } from "./check-aws-options.ts";
import { refuseOption } from "./error.ts";
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
 * @throws {TestingError} as `startAws` does; the system's own error when the port is taken.
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
  const temporary = wanted === undefined;
  try {
    const directory = temporary ? await mkdtemp(join(tmpdir(), "countersign-local-")) : resolve(wanted);
    await mkdir(directory, { recursive: true });
    const caFile = join(directory, "ca.pem");
    await writeFile(caFile, aws.ca);
    const close = async (): Promise<void> => {
      await aws.close();
      if (temporary) await rm(directory, { recursive: true, force: true });
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
