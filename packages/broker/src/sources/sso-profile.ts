import type { EndpointOptions } from "@countersign/signer/endpoints";

/** What a profile says about IAM Identity Center. */
export interface SsoProfile {
  /** The name of the `[sso-session]`; absent for a profile with the settings themselves. */
  readonly session: string | undefined;
  readonly startUrl: string;
  /** The Region of Identity Center, which is not that of the calls that follow. */
  readonly region: string;
  readonly accountId: string;
  readonly roleName: string;
  /** The endpoints of the portal and of the OIDC service. */
  readonly portal: EndpointOptions;
  readonly oidc: EndpointOptions;
  /** Names the profile in errors. */
  readonly place: string;
  /** The command that signs in. */
  readonly signIn: string;
}
