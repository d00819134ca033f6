/** A limit of AWS on the length of a policy. */
export interface Quota {
  /** The most characters of the minified JSON. */
  readonly characters: number;
  /** The page that states the limit. */
  readonly source: string;
  /** The day on which the page was read. */
  readonly asOf: string;
}

const iamPage = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html";
const organizationsPage = "https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html";

/** The limits of AWS by kind of policy. AWS raises them at times: the limit of SCPs was 5,120 until May 2026. */
export const quotas: Readonly<Record<"managed" | "scp" | "rcp" | "session" | "endpoint", Quota>> = {
  managed: { characters: 6_144, source: iamPage, asOf: "2026-11-29" },
  scp: { characters: 10_240, source: organizationsPage, asOf: "2026-11-29" },
  rcp: { characters: 5_120, source: organizationsPage, asOf: "2026-11-29" },
  session: {
    characters: 2_048,
    source: "https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html",
    asOf: "2026-11-29",
  },
  endpoint: {
    characters: 20_480,
    source: "https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html",
    asOf: "2026-11-29",
  },
};
