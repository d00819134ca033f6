/** One TLS connection in the demo's report. */
export interface DemoHop {
  readonly to: string;
  readonly host: string;
  readonly protocol: string;
  /** IANA name. */
  readonly cipher: string;
  readonly group?: string;
  readonly forwardSecret: boolean;
}

/** One step of the job. */
export interface DemoStep {
  readonly step: string;
  readonly ok: boolean;
  readonly ms: number;
  readonly detail: string;
}

/** The output of `countersign demo --json`. */
export interface DemoResult {
  readonly target: "local" | "aws";
  readonly region: string;
  readonly steps: readonly DemoStep[];
  readonly hops: readonly DemoHop[];
  readonly stsCalls: number;
  readonly keyExpiresAt?: string;
  readonly ok: boolean;
}
