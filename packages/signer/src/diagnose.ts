export { diagnose } from "./diagnose/diagnose.ts";
export type { Diagnosis, DiagnosisCause, Difference } from "./diagnose/diagnosis.ts";
export type { ErrorAnswer } from "./diagnose/error-answer.ts";
export { explain, type ExplainOptions, type Explanation } from "./diagnose/explain.ts";
export { redactToken } from "./diagnose/redact.ts";
