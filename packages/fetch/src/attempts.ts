export { createAttempts, type AttemptsOptions } from "./attempts/create-attempts.ts";
export type { Answer, Attempt, AttemptedCall, Attempts, SignatureFacts } from "./attempts/attempt.ts";
export type { RetryOptions } from "./attempts/retry-options.ts";
export { type Repeat, type RepeatQuestion, repeatOf } from "./attempts/repeat.ts";
export { dateInText } from "./attempts/server-date.ts";
export { isAboutTime } from "./attempts/verdict.ts";
export { errorCode } from "./attempts/error-code.ts";
