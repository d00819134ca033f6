/**
 * Calls back when the event loop has read what had arrived on every connection by now. A connection takes its next request
 * only then: bytes that came without a request end it, and would otherwise be taken for the next answer.
 *
 * One immediate is not enough. In the middle of a turn it comes before the next look at the connections, and a process
 * that was busy has not seen what arrived meanwhile.
 */
export function beforeReuse(then: () => void): void {
  setImmediate(() => setImmediate(then));
}
