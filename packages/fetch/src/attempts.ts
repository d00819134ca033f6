export {
  type Answer,
  type Attempt,
  type AttemptedCall,
  type Attempts,
  type AttemptsOptions,
  createAttempts,
  type RetryOptions,
  type SignatureFacts,
} from "./attempts/create-attempts.ts";
export { type Repeat, type RepeatQuestion, repeatOf } from "./attempts/repeat.ts";
export { errorCode } from "./attempts/error-code.ts";
