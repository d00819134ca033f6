/** Lets requests for named resources break one rule until a date. */
export interface Exception {
  /** Id of the rule. */
  readonly rule: string;
  /**
   * Glob (`*` and `?`) over `type/name`, such as `training-job/nightly-*`; a pattern without `/` is compared with the name
   * alone. Of an ARN only the resource part is compared: a request names neither account nor region.
   */
  readonly resource: string;
  /** From this instant on the exception fails. RFC 3339; a bare date is its first moment in UTC. */
  readonly until: string | Date;
  /** Why; shown to who reviews the configuration. */
  readonly reason: string;
}
