import { existsSync } from "node:fs";
import { type Check, fail, pass, warn } from "./check.ts";
import { shownAddress } from "./shown-address.ts";

/** Checks the runtime, and the variables and flags that weaken TLS. @param flags Node's own arguments. */
export function checkEnvironment(
  env: Readonly<Record<string, string | undefined>>,
  versions: NodeJS.ProcessVersions,
  flags: readonly string[] = process.execArgv,
): Check[] {
  const checks = [checkRuntime(versions)];
  if (env["NODE_TLS_REJECT_UNAUTHORIZED"] === "0") {
    checks.push(
      fail(
        "NODE_TLS_REJECT_UNAUTHORIZED",
        "0: this process accepts any certificate",
        "unset it; trust a private authority with AWS_CA_BUNDLE instead",
      ),
    );
  }
  if ([...flags, ...(env["NODE_OPTIONS"] ?? "").split(/\s+/)].some(isKeyLog)) {
    checks.push(fail("NODE_OPTIONS", "--tls-keylog writes the keys of every connection to a file", "remove it"));
  }
  for (const name of ["AWS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"]) {
    const file = env[name];
    if (file === undefined || file === "") continue;
    if (!existsSync(file)) checks.push(fail(name, `${file} does not exist`, "point it at a PEM file, or unset it"));
    else if (name === "AWS_CA_BUNDLE") checks.push(pass(name, file));
    else
      checks.push(
        warn(name, `${file} is trusted in addition to Node's own authorities`, "make sure that you trust it"),
      );
  }
  const proxy = env["https_proxy"] ?? env["HTTPS_PROXY"];
  if (proxy !== undefined && proxy !== "") checks.push(pass("HTTPS_PROXY", shownAddress(proxy)));
  return checks;
}

/** Node reads underscores in flags as dashes, and takes quotes and escapes in NODE_OPTIONS. */
function isKeyLog(flag: string): boolean {
  return /^--tls-keylog(?:$|=)/.test(flag.replaceAll(/["'\\]/g, "").replaceAll("_", "-"));
}

function checkRuntime({ node, openssl }: NodeJS.ProcessVersions): Check {
  const runtime = `Node ${node}, OpenSSL ${openssl}`;
  const [major = 0, minor = 0] = openssl.split(".").map(Number);
  if (major > 3 || (major === 3 && minor >= 5)) return pass("runtime", runtime);
  return warn(
    "runtime",
    `${runtime}: no post-quantum key exchange`,
    "run on Node 22.20 or newer to get X25519MLKEM768",
  );
}
