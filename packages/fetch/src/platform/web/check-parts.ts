// Pages leave these checks out; see the twin for Node.

export function checkCall<Call>(value: Call): Call {
  return value;
}
export function checkQuestion(_value: unknown): void {}
export function checkAnswer<Answer>(value: Answer): Answer {
  return value;
}
export function checkAnswerText(_value: unknown): void {}
export function checkHost(_value: unknown, _scope: unknown): void {}
export function checkGated(_value: unknown, _port: unknown): void {}
export function checkNext(_value: unknown): void {}
export function checkSource(_value: unknown): void {}
export function checkNothing(_values: readonly unknown[]): void {}
export function checkSleep(_ms: unknown, _signal: unknown): void {}
export function checkWish(_value: unknown): void {}
export function checkRejection(_value: unknown): void {}
export function checkClock(_options: { readonly clock?: unknown }): void {}
export { unchecked as wholeClock } from "@countersign/signer/options";
export function checkSettings(_service: string | undefined, _settings: unknown): void {}
export function checkPageRequest(_value: unknown): void {}
