const MAX_NUMBER = 64;

/**
 * What a YAML scalar without quotes may be besides its value here. CloudFormation reads YAML 1.1, where `yes` is true and `010`
 * is 8, and it is not documented whether a number keeps its spelling when it is compared as text, such as `1.10`.
 *
 * https://yaml.org/type/bool.html, https://yaml.org/type/int.html
 */
export function otherReadings(written: string, value: unknown): readonly string[] | undefined {
  if (/^(?:yes|on)$/i.test(written)) return ["true"];
  if (/^(?:no|off)$/i.test(written)) return ["false"];
  if (!/^[-+]?\.?\d/.test(written) && typeof value !== "number") return undefined;
  const number = numberOf(written) ?? value;
  const readings = new Set([written, String(numberOf(written) ?? written)]);
  if (/[.e]/i.test(written) && typeof number === "number") readings.add(textOfDouble(number));
  readings.delete(String(value));
  return readings.size === 0 ? undefined : [...readings];
}

/** A number as YAML 1.1 writes it: with `_` between digits, in bases 2, 8, 16 and 60. */
function numberOf(written: string): number | bigint | undefined {
  if (written.length > MAX_NUMBER) return undefined;
  const [, sign, digits = ""] = /^([-+]?)([\da-fx.:+-]+)$/i.exec(written.replaceAll("_", "")) ?? [];
  const isNegative = sign === "-";
  if (/^(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?$/i.test(digits) && /\D/.test(digits))
    return isNegative ? -Number(digits) : Number(digits);
  if (/^\d+(?::[0-5]?\d)+\.\d*$/.test(digits)) return (isNegative ? -1 : 1) * inSixties(digits);
  const whole = wholeOf(digits);
  return whole === undefined || !isNegative ? whole : -whole;
}

function wholeOf(digits: string): bigint | undefined {
  if (/^0[0-7]+$/.test(digits)) return BigInt(`0o${digits}`);
  if (/^(?:0b[01]+|0x[\da-f]+|\d+)$/i.test(digits)) return BigInt(digits);
  if (!/^\d+(?::[0-5]?\d)+$/.test(digits)) return undefined;
  return digits.split(":").reduce((sum, part) => sum * 60n + BigInt(part), 0n);
}

function inSixties(digits: string): number {
  return digits.split(":").reduce((sum, part) => sum * 60 + Number(part), 0);
}

/** A number with a fraction or an exponent as Java writes it: `1e3` is 1000.0, and `1e10` is 1.0E10. */
function textOfDouble(number: number): string {
  const size = Math.abs(number);
  if (!Number.isFinite(number)) return String(number);
  if (Object.is(number, -0)) return "-0.0";
  const [digits = "", exponent] =
    size !== 0 && (size < 1e-3 || size >= 1e7) ? number.toExponential().split("e") : [String(number)];
  const fraction = digits.includes(".") ? digits : `${digits}.0`;
  return exponent === undefined ? fraction : `${fraction}E${Number(exponent)}`;
}
