import { existsSync } from "node:fs";
import type { Located } from "@countersign/broker";
import { certificateAuthorities } from "../authorities.ts";
import { type Check, fail, pass, reasonOf, warn } from "./check.ts";
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
  const bundle = env["AWS_CA_BUNDLE"] ?? "";
  if (bundle !== "") checks.push(checkAuthorities("AWS_CA_BUNDLE", { value: bundle, from: "AWS_CA_BUNDLE" }));
  const extra = env["NODE_EXTRA_CA_CERTS"] ?? "";
  if (extra !== "") {
    checks.push(
      existsSync(extra)
        ? warn(
            "NODE_EXTRA_CA_CERTS",
            `${extra} is trusted in addition to Node's own authorities`,
            "make sure that you trust it",
          )
        : fail("NODE_EXTRA_CA_CERTS", `${extra} does not exist`, FIX),
    );
  }
  const proxy = env["https_proxy"] ?? env["HTTPS_PROXY"];
  if (proxy !== undefined && proxy !== "") checks.push(pass("HTTPS_PROXY", shownAddress(proxy)));
  return checks;
}

const FIX = "point it at a PEM file, or unset it";

/** Reads the authorities as each request does: a pipe, and a file without a certificate, fail it. */
export function checkAuthorities(name: string, caBundle: Located, shown: string = caBundle.value): Check {
  try {
    certificateAuthorities({ caBundle });
    return pass(name, shown);
  } catch (error) {
    return fail(name, reasonOf(error), FIX);
  }
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
