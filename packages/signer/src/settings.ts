import { words } from "#words";
import { refuse } from "./refuse.ts";
import { type ServiceRules, serviceRules } from "./service-rules.ts";

/**
 * Where services differ. Leave everything out: the defaults follow the service. The modes are for services that this
 * library does not know.
 */
export interface SigningSettings {
  /**
   * How the path is encoded in the canonical request. `double`: encoded again as it travels, so `%20` becomes `%2520`;
   * every service but Amazon S3. `single`: once; Amazon S3.
   */
  readonly pathEncoding?: "double" | "single";
  /**
   * `rfc3986`: dot segments and repeated slashes are resolved in the canonical request; every service but Amazon S3.
   * `none`: nothing is touched; Amazon S3, where `a/../b` is a key of its own.
   */
  readonly pathNormalization?: "rfc3986" | "none";
  /**
   * Which headers are covered by the signature besides those that signing adds. `robust`: host, content-type,
   * content-md5, `x-amz-*` and `x-amzn-sagemaker-*`: nothing that proxies or tracing agents add or rewrite. `all`: all
   * but those that are known to change on the way. A list adds to and removes from `robust`.
   */
  readonly signedHeaders?: "robust" | "all" | { readonly also?: readonly string[]; readonly never?: readonly string[] };
  /**
   * `signed`: the session token is part of what is signed. `appended`: it is added afterwards; AWS IoT's WebSocket
   * endpoint.
   */
  readonly sessionToken?: "signed" | "appended";
  /** Whether the payload hash is sent in `x-amz-content-sha256`. `always`: Amazon S3. */
  readonly payloadHeader?: "never" | "always";
}

const modes =
  /^(?:pathEncoding=(?:double|single)|pathNormalization=(?:rfc3986|none)|signedHeaders=(?:robust|all|\[object Object\])|sessionToken=(?:signed|appended)|payloadHeader=(?:never|always))$/;

/**
 * The rules of the service, with the caller's settings in their place.
 *
 * @throws SignerError `INVALID_OPTION` for a setting or mode that does not exist.
 */
export function resolveSettings(service: string, settings: SigningSettings = {}): ServiceRules {
  const given = Object.entries(settings).filter(([, mode]) => mode !== undefined);
  for (const [name, mode] of given) {
    if (!modes.test(`${name}=${mode}`))
      refuse("INVALID_OPTION", words ? `settings.${name}: no such setting or mode` : name);
  }
  return { ...serviceRules(service), ...Object.fromEntries(given) };
}
