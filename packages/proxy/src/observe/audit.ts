/** One request, as the operator reads it. It holds no header, no body and no key. */
export interface AuditRecord {
  /** When the request came, ISO 8601. */
  readonly time: string;
  readonly requestId: string;
  /** The client's name; `null` if it did not prove itself. */
  readonly client: string | null;
  /** As IAM names them. */
  readonly actions: readonly string[];
  readonly resource: string | null;
  readonly region: string | null;
  readonly decision: "sent" | "refused";
  /** AWS's code of a refusal or failure by the proxy; `null` for what the service answered itself. */
  readonly code: string | null;
  /** The reason for the operator. The client does not get it. */
  readonly detail: string | null;
  /** The status that the client got. */
  readonly status: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly milliseconds: number;
  /** How the connection to AWS is protected; `null` if nothing was sent. */
  readonly upstreamTls: { readonly protocol: string; readonly cipher: string; readonly group: string | null } | null;
}
