import { readTextFile } from "../input.ts";
import { invalidConfig, readConfigText } from "../daemon/config-file.ts";
import type { ServeConfig } from "./config.ts";

/**
 * Checks that the key sets of identity providers that are in files can be used.
 *
 * @throws CliError `FILE_UNREADABLE`, `INVALID_CONFIG` with file and line.
 */
export function checkKeyFiles({ vending }: ServeConfig, file: string): void {
  const { identityProvider, identityProviders = [] } = vending ?? {};
  const placed = [
    ["/vending/identityProvider", identityProvider] as const,
    ...identityProviders.map((provider, index) => [`/vending/identityProviders/${index}`, provider] as const),
  ];
  for (const [at, provider] of placed) {
    const { jwksFile } = provider ?? {};
    if (jwksFile === undefined || hasKeys(readTextFile(jwksFile))) continue;
    throw invalidConfig(
      file,
      readConfigText(file),
      `${at}/jwksFile`,
      'must be a file with { "keys": [ … ] }, such as kubectl get --raw /openid/v1/jwks prints',
    );
  }
}

function hasKeys(text: string): boolean {
  try {
    const { keys } = Object(JSON.parse(text)) as { readonly keys?: unknown };
    return Array.isArray(keys) && keys.length > 0;
  } catch {
    return false;
  }
}
