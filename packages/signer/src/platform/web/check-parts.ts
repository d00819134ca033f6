// Pages call these parts through this project alone, so they check nothing: a wrong wish or rejection is ignored there.

export function checkMs(_value: unknown, _name: string): void {}
export function checkRandom(_value: unknown): void {}
export function checkWindow(_value: unknown): void {}
export function checkState(_value: unknown): void {}
export function checkCached(_value: unknown): void {}
export function checkWish<Wish>(value: Wish): Wish {
  return value;
}
export function checkRejection(_value: unknown): void {}
export function checkKeyId(_value: unknown): void {}
export function checkSession(_value: unknown): void {}
export function checkExpiration(_value: Partial<Date> | undefined): void {}
export function checkValidityClock(_value: unknown): void {}
export function checkSignal(_signal: unknown): void {}
export function checkWait(_clock: unknown, _signal: unknown): void {}
export function checkEmitter(_onEvent: unknown, _clock: unknown): void {}
export function checkRules(_value: unknown): void {}
export function checkBytes(_value: unknown, _kind: string): void {}
