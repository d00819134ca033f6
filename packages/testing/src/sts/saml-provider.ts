/** What a valid assertion says. */
export interface SamlSubject {
  /** The `NameID`. */
  readonly subject: string;
  /** Default `persistent`. */
  readonly subjectType?: string | undefined;
  readonly issuer: string;
  /** Default `https://signin.aws.amazon.com/saml`. */
  readonly audience?: string | undefined;
  /** The attribute `https://aws.amazon.com/SAML/Attributes/RoleSessionName`. */
  readonly sessionName: string;
  /** The roles of the attribute `https://aws.amazon.com/SAML/Attributes/Role`. */
  readonly roles: readonly string[];
  readonly notOnOrAfter?: Date | undefined;
  readonly tags?: Readonly<Record<string, string>> | undefined;
  readonly sourceIdentity?: string | undefined;
}

/** A SAML provider. The local AWS does not verify XML signatures: your function does. */
export interface SamlProvider {
  /** Such as `arn:aws:iam::123456789012:saml-provider/adfs`. */
  readonly arn: string;
  /** Receives the decoded XML. Returns undefined when its signature does not hold. */
  readonly verify: (assertion: string) => SamlSubject | undefined | Promise<SamlSubject | undefined>;
}
