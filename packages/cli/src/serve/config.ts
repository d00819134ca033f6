import type { CommandLineConfig, VendingConfig } from "@countersign/broker/server";
import { CliError } from "../cli-error.ts";
import { parseJson, readTextFile } from "../input.ts";
import { lineOfPointer } from "../json-position.ts";

/** An address to serve on. */
export interface ListenConfig {
  /** Default `127.0.0.1`. */
  readonly host?: string;
  readonly port: number;
  /** Files in PEM. May be left out on addresses that do not leave the machine. */
  readonly certificate?: string;
  readonly key?: string;
}

/** The file of `countersign serve`. */
export interface ServeConfig {
  readonly listen: readonly ListenConfig[];
  readonly region?: string;
  readonly profile?: string;
  /** What is vended over HTTP; without it, only the command line is served. */
  readonly vending?: VendingConfig;
  /** What is given to command lines of this user, over a Unix socket. */
  readonly commandLine?: CommandLineConfig & { readonly socket?: string };
}

// Loopback, and the addresses at which SDKs look for container credentials and accept plain HTTP.
// https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
const PLAIN_HOSTS: readonly string[] = ["127.0.0.1", "::1", "localhost", "169.254.170.2", "169.254.170.23"];

/** The fields there are, by the place of their object; `*` is any name. */
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  "": ["listen", "region", "profile", "vending", "commandLine"],
  "/listen/*": ["host", "port", "certificate", "key"],
  "/commandLine": ["roles", "socket"],
  "/vending": ["grants", "hosts", "identityProvider", "origins", "audience", "identityRegions", "limits"],
  "/vending/identityProvider": ["issuer", "audience", "jwksUrl", "algorithms", "tokenType", "maxAgeSeconds"],
  "/vending/limits": ["perSubject", "perAddress", "rejectedPerAddress", "maxInFlight"],
  "/vending/grants/*": [
    "kind",
    "roleArn",
    "externalId",
    "allow",
    "durationSeconds",
    "claims",
    "tags",
    "tenantClaim",
    "tokenSha256",
    "principals",
  ],
  "/vending/grants/*/allow/*": ["actions", "resources"],
};

/** Places whose entries have names or numbers of the user's own. */
function isNamed(place: string): boolean {
  return `${place}/*` in FIELDS;
}

/** The first field that is none, as a JSON pointer: a limit that is misspelt would otherwise be no limit. */
function strangeField(
  value: unknown,
  pointer = "",
  place = "",
): readonly [pointer: string, known: readonly string[]] | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const known = FIELDS[place];
  for (const [name, inner] of Object.entries(value)) {
    const at = `${pointer}/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`;
    if (known !== undefined && !Array.isArray(value) && !known.includes(name)) return [at, known];
    const found = strangeField(inner, at, `${place}/${isNamed(place) ? "*" : name}`);
    if (found !== undefined) return found;
  }
  return undefined;
}

/**
 * Reads and checks the file of `countersign serve`.
 *
 * @throws CliError `INVALID_CONFIG` that names file, line and field.
 */
export function readServeConfig(file: string): ServeConfig {
  const json = readTextFile(file);
  const config = parseJson(json, file) as Partial<ServeConfig> | null;
  const refuse = (pointer: string, message: string): never => {
    throw invalidConfig(file, json, pointer, message);
  };
  if (typeof config !== "object" || config === null || Array.isArray(config)) return refuse("", "expected an object");
  const strange = strangeField(config);
  if (strange !== undefined) refuse(strange[0], `not a field; there are ${strange[1].join(", ")}`);
  const { listen = [], vending, commandLine } = config;
  if (!Array.isArray(listen)) refuse("/listen", "expected a list of { host, port, certificate, key }");
  for (const [index, { host = "127.0.0.1", port, certificate, key }] of listen.entries()) {
    const at = `/listen/${index}`;
    if (!Number.isInteger(port) || port < 0 || port > 65_535) refuse(`${at}/port`, "expected 0 to 65535");
    if ((certificate === undefined) !== (key === undefined)) refuse(at, "certificate and key go together");
    if (certificate === undefined && !PLAIN_HOSTS.includes(host)) {
      refuse(
        at,
        `${host} is reached from elsewhere: certificate and key are needed; without TLS only ${PLAIN_HOSTS.join(", ")}`,
      );
    }
  }
  if (vending !== undefined && listen.length === 0) refuse("/listen", "needed to vend over HTTP");
  if (vending === undefined && listen.length > 0)
    refuse("/vending", "needed: there is nothing to serve on these addresses");
  if (vending === undefined && commandLine === undefined) refuse("", "needs vending, commandLine, or both");
  if (commandLine !== undefined) {
    const { roles } = commandLine;
    if (!Array.isArray(roles) || roles.length === 0)
      refuse("/commandLine/roles", "name the roles command lines may have");
    for (const [index, role] of (roles ?? []).entries()) {
      if (!/^arn:[a-z0-9-]+:iam::\d{12}:role\/\S+$/.test(role))
        refuse(`/commandLine/roles/${index}`, "expected the ARN of a role");
    }
  }
  return { ...config, listen };
}

/** An error about a field of the file, where it stands. */
export function invalidConfig(file: string, json: string, pointer: string, message: string): CliError {
  return new CliError(
    "INVALID_CONFIG",
    `${file}:${lineOfPointer(json, pointer)}: ${pointer === "" ? "the file" : pointer}: ${message}`,
  );
}
