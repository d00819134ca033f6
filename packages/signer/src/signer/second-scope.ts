import type { SigningKey } from "../sigv4/signing-key.ts";
import type { HmacScope, SigningScope } from "../sigv4/signing-scope.ts";
import type { DaySigner } from "./day-signer.ts";

/**
 * A scope whose next second costs little. A constructor and a method, because this runs once a second: V8 does not compile
 * it for long, and what it interprets makes closures and object literals slowly.
 */
export class SecondScope implements HmacScope {
  readonly algorithm: string;
  readonly accessKeyId: string;
  readonly sessionToken: string | undefined;
  readonly tokenParameter: () => string;
  readonly rules: SigningScope["rules"];
  readonly timestamp: string;
  readonly credentialScope: string;
  readonly signedAt: number;
  readonly key: SigningKey;
  /** Signs with the same key in any second. */
  readonly day: DaySigner;
  /** Another one for each set of credentials and day: tells these apart without holding a key. */
  readonly serial: number;

  constructor(scope: HmacScope, day: DaySigner, serial: number, timestamp: string, signedAt: number) {
    this.algorithm = scope.algorithm;
    this.accessKeyId = scope.accessKeyId;
    this.sessionToken = scope.sessionToken;
    this.tokenParameter = scope.tokenParameter;
    this.rules = scope.rules;
    this.timestamp = timestamp;
    this.credentialScope = scope.credentialScope;
    this.signedAt = signedAt;
    this.key = scope.key;
    this.day = day;
    this.serial = serial;
  }

  sign(hash: string): string {
    return this.day.sign(this.timestamp, hash);
  }
}
