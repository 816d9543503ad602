/** What all runtimes have of `JSON` (Bun 1.4, Deno 2, Node 22), and TypeScript does not know yet. */
const engineJson = JSON as typeof JSON & { rawJSON(text: string): unknown };

/** JSON text of a number, part by part. */
const numberParts = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;

/** Digits that jq keeps of a number that it calculates with. */
const calculatedDigits = 17;

/** The largest exponent of a number that jq keeps; above it there is only infinity, as which it prints this. */
const largestExponent = 999_999_999;
const infinity = "1.7976931348623157e+308";

/** What a number comes to that has so many digits, `coefficient × 10 ^ exponent`. */
interface Decimal {
  readonly isNegative: boolean;
  /** Without zeros in front, but for a zero itself. */
  readonly digits: string;
  readonly exponent: number;
}

/**
 * A number that JavaScript would print otherwise than it was written: 4907012345678901234, 1.10, 1e2. It
 * keeps its text, as jq does with a number that is only passed on, and is written as that text again.
 */
export class ExactNumber {
  /** As jq 1.8.2 prints it: exponents are written `1E+2`. */
  readonly text: string;
  readonly #decimal: Decimal;

  /** @param source a number as JSON writes it */
  constructor(source: string) {
    this.#decimal = parseDecimal(source);
    this.text = printDecimal(this.#decimal);
  }

  /** The nearest double: what Port, and all others who read it with JavaScript, make of it. */
  get value(): number {
    return Number(this.text);
  }

  /** The double that jq calculates with: that of the first 17 digits, rounded. */
  get calculated(): number {
    const { isNegative, digits, exponent } = this.#decimal;
    if (digits.length <= calculatedDigits) return Number(this.text);
    const cut = digits.length - calculatedDigits;
    const kept = BigInt(digits.slice(0, calculatedDigits));
    const rest = digits.slice(calculatedDigits);
    const half = `5${"0".repeat(cut - 1)}`;
    const isUp = rest > half || (rest === half && kept % 2n === 1n);
    return Number(`${isNegative ? "-" : ""}${isUp ? kept + 1n : kept}e${exponent + cut}`);
  }

  /** The same without its sign. */
  abs(): ExactNumber | number {
    return readNumber(this.text.replace(/^-/, ""));
  }

  /** Written as it was read. */
  toJSON(): unknown {
    return engineJson.rawJSON(this.text);
  }

  toString(): string {
    return this.text;
  }
}

/** Reads a number as JSON writes it: one that JavaScript prints as it was written is an ordinary one. */
export function readNumber(source: string): number | ExactNumber {
  const value = Number(source);
  if (printNumber(value) === source) return value;
  const exact = new ExactNumber(source);
  return printNumber(value) === exact.text ? value : exact;
}

/** An ordinary number as jq prints one that it has read: `1E+21`. */
export function printNumber(value: number): string {
  return String(value).replace("e", "E");
}

/**
 * Compares numbers by what they come to, however they are written: 1.10 equals 1.1, and 9007199254740993 is
 * more than 9007199254740992.
 */
export function compareNumbers(a: number | ExactNumber, b: number | ExactNumber): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  const [one, other] = [parseDecimal(textOfNumber(a)), parseDecimal(textOfNumber(b))];
  const [signOfOne, signOfOther] = [signOf(one), signOf(other)];
  if (signOfOne !== signOfOther || signOfOne === 0) return signOfOne - signOfOther;
  return signOfOne * compareSizes(one, other);
}

function textOfNumber(value: number | ExactNumber): string {
  return typeof value === "number" ? String(value) : value.text;
}

function signOf({ isNegative, digits }: Decimal): number {
  if (digits === "0" || /^0+$/.test(digits)) return 0;
  return isNegative ? -1 : 1;
}

/** Compares numbers other than zero, whatever their signs. */
function compareSizes(one: Decimal, other: Decimal): number {
  const difference = one.exponent + one.digits.length - (other.exponent + other.digits.length);
  if (difference !== 0) return difference;
  const length = Math.max(one.digits.length, other.digits.length);
  const [left, right] = [one.digits.padEnd(length, "0"), other.digits.padEnd(length, "0")];
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

function parseDecimal(source: string): Decimal {
  const [, sign = "", whole = "0", fraction = "", exponent = "0"] = numberParts.exec(source) ?? [];
  const digits = `${whole}${fraction}`.replace(/^0+(?=\d)/, "");
  return {
    isNegative: sign === "-",
    digits,
    exponent: Number(exponent) - fraction.length,
  };
}

/** As the decimal arithmetic that jq is built on prints a number ("to-scientific-string"). */
function printDecimal({ isNegative, digits, exponent }: Decimal): string {
  const sign = isNegative ? "-" : "";
  const first = exponent + digits.length - 1;
  if (first > largestExponent) return sign + infinity;
  if (exponent <= 0 && first >= -6) {
    if (exponent === 0) return sign + digits;
    const padded = digits.padStart(1 - exponent, "0");
    return `${sign}${padded.slice(0, exponent)}.${padded.slice(exponent)}`;
  }
  const fraction = digits.length > 1 ? `.${digits.slice(1)}` : "";
  return `${sign}${digits[0]}${fraction}E${first < 0 ? "-" : "+"}${Math.abs(first)}`;
}
