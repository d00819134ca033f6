import type { SignatureClaim } from "./claim.ts";
import { VerifyError } from "./verify-error.ts";

/** Refuses a signature that is too old or not valid yet. @returns when the signature ceases to be accepted. */
export function checkTime(claim: SignatureClaim, now: number, maxSkewMs: number): number {
  const signedAt = claim.date.getTime();
  if (claim.expiresIn === undefined) {
    if (Math.abs(now - signedAt) > maxSkewMs) {
      throw new VerifyError("RequestTimeTooSkewed", skewMessage(claim, now, maxSkewMs));
    }
    return signedAt + maxSkewMs;
  }
  const expiresAt = signedAt + claim.expiresIn * 1000;
  if (now > expiresAt) {
    if (claim.scope.service === "s3") throw new VerifyError("AccessDenied", "Request has expired");
    throw new VerifyError("SignatureDoesNotMatch", skewMessage(claim, now, claim.expiresIn * 1000));
  }
  if (signedAt - now > maxSkewMs) throw new VerifyError("RequestTimeTooSkewed", skewMessage(claim, now, maxSkewMs));
  return expiresAt;
}

function skewMessage({ timestamp, date }: SignatureClaim, now: number, allowedMs: number): string {
  const basic = (time: number): string => new Date(time).toISOString().replace(/[-:]|\.\d{3}/g, "");
  const minutes = Math.round(allowedMs / 60_000);
  return date.getTime() < now
    ? `Signature expired: ${timestamp} is now earlier than ${basic(now - allowedMs)} (${basic(now)} - ${minutes} min.)`
    : `Signature not yet current: ${timestamp} is still later than ${basic(now + allowedMs)} (${basic(now)} + ${minutes} min.)`;
}
