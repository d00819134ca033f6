export { diagnose } from "./diagnose/diagnose.ts";
export type { Diagnosis, DiagnosisCause, Difference } from "./diagnose/diagnosis.ts";
export type { ErrorAnswer } from "./diagnose/error-answer.ts";
export { explain } from "./diagnose/explain.ts";
export { explainSigned } from "./diagnose/explain-signed.ts";
export type { ExplainOptions, Explanation } from "./diagnose/explanation.ts";
export { readAnswerText } from "./diagnose/read-answer-text.ts";
export { readRequestText } from "./diagnose/read-request-text.ts";
export { redactToken } from "./diagnose/redact.ts";
