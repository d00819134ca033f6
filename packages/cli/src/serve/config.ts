import type { CommandLineConfig, VendingConfig } from "@countersign/broker/server";
import {
  type RefuseOption,
  type Shapes,
  checkOptions,
  listOf,
  nested,
  optional,
  shape,
  text,
  wholeNumber,
} from "@countersign/signer/options";
import { CliError } from "../cli-error.ts";
import { parseJson, readTextFile } from "../input.ts";
import { lineOfPointer } from "../json-position.ts";

/** An address to serve on. */
export interface ListenConfig {
  /** Default `127.0.0.1`. */
  readonly host?: string;
  readonly port: number;
  /** PEM files. They may be left out on addresses that do not leave the machine. */
  readonly certificate?: string;
  readonly key?: string;
}

/** The file of `countersign serve`. */
export interface ServeConfig {
  readonly listen: readonly ListenConfig[];
  readonly region?: string;
  readonly profile?: string;
  /** The grants that are vended over HTTP. Without it only command lines are served. */
  readonly vending?: VendingConfig;
  /** The roles for command lines of this user, over a Unix socket. */
  readonly commandLine?: CommandLineConfig & { readonly socket?: string };
}

// Loopback, and the addresses at which SDKs look for container credentials and accept plain HTTP.
// https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
const PLAIN_HOSTS: readonly string[] = ["127.0.0.1", "::1", "localhost", "169.254.170.2", "169.254.170.23"];

/** Options of `createVendingApp` that the daemon sets itself. */
const SET_BY_DAEMON = ["transport", "clock", "onEvent", "registry"];

const roleArn = shape(
  "the ARN of a role",
  (value) => typeof value === "string" && /^arn:[a-z0-9-]+:iam::\d{12}:role\/[\w+=,.@/-]{1,512}$/.test(value),
);

const LISTEN: Shapes<ListenConfig> = {
  host: optional(
    shape("a host name or address", (value) => typeof value === "string" && /^[\w.:-]{1,253}$/.test(value)),
  ),
  port: wholeNumber(0, 65_535, "ports"),
  certificate: optional(text),
  key: optional(text),
};

const FILE: Shapes<ServeConfig> = {
  listen: optional(listOf(nested(LISTEN))),
  region: optional(
    shape('a Region such as "eu-west-1"', (value) => typeof value === "string" && /^[a-z\d-]{1,63}$/.test(value)),
  ),
  profile: optional(text),
  vending: optional(
    shape("an object", (value) => typeof value === "object" && value !== null && !Array.isArray(value)),
  ),
  commandLine: optional(
    nested<Omit<NonNullable<ServeConfig["commandLine"]>, "clock">>({ roles: listOf(roleArn), socket: optional(text) }),
  ),
};

/**
 * Reads and checks the file of `countersign serve`. `createVendingApp` checks the contents of `vending`.
 *
 * @throws CliError `INVALID_CONFIG` that names file, line and field.
 */
export function readServeConfig(file: string): ServeConfig {
  const json = readTextFile(file);
  const refuse = (pointer: string, message: string): never => {
    throw invalidConfig(file, json, pointer, message);
  };
  const refuseField: RefuseOption = (message, field) => {
    const pointer =
      field === "options" ? "" : `/${field.replaceAll("[", "/").replaceAll("]", "").replaceAll(".", "/")}`;
    return refuse(
      pointer,
      message
        .slice(`${field}: `.length)
        .replace("is not an option", "is not a field")
        .replace("the options are", "the fields are"),
    );
  };
  const given = parseJson(json, file);
  if (given === undefined || given === null) refuse("", "must be an object");
  const config: Partial<ServeConfig> = checkOptions(given as ServeConfig, FILE, refuseField);
  const { listen = [], vending, commandLine } = config;
  for (const [index, { host = "127.0.0.1", certificate, key }] of listen.entries()) {
    const at = `/listen/${index}`;
    if ((certificate === undefined) !== (key === undefined))
      refuse(at, "must have both certificate and key, or neither");
    if (certificate === undefined && !PLAIN_HOSTS.includes(host)) {
      refuse(
        at,
        `must have certificate and key: other machines reach ${host}. Without TLS only ${PLAIN_HOSTS.join(", ")}`,
      );
    }
  }
  for (const name of SET_BY_DAEMON) {
    if (vending !== undefined && Object.hasOwn(vending, name))
      refuse(`/vending/${name}`, "is not a field: the daemon sets it");
  }
  if (vending !== undefined && listen.length === 0) refuse("/listen", "must have an address to vend on");
  if (vending === undefined && listen.length > 0) refuse("/listen", "must be empty without vending");
  if (vending === undefined && commandLine === undefined) refuse("", "must have vending, commandLine, or both");
  if (commandLine?.roles.length === 0) refuse("/commandLine/roles", "must name at least one role");
  return { ...config, listen };
}

/** An error about a field of the file, with the line of the field. */
export function invalidConfig(file: string, json: string, pointer: string, message: string): CliError {
  return new CliError(
    "INVALID_CONFIG",
    `${file}:${lineOfPointer(json, pointer)}: ${pointer === "" ? "the file" : pointer}: ${message}`,
  );
}
