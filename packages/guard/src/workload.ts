/** Where the fields that the rules read stand in a request, as pointers from the workload's own place. */
export interface Workload {
  /** Pointer of the workload in the input; `""` is the input itself. */
  readonly at: string;
  readonly vpc?: string;
  readonly isolation?: string;
  readonly encryption?: string;
  readonly instanceCount?: readonly string[];
  readonly instanceType?: readonly string[];
  readonly volumeKey?: readonly string[];
  readonly outputKey?: readonly string[];
  readonly image?: readonly string[];
}
