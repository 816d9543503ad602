/**
 * What jq 1.8.2 answers on Linux and the compiled jq does not: it is built with another C library, which knows
 * fewer letters of `strftime` and `strptime`, and fails where it knows one not. So these are defined anew, in jq
 * itself, as glibc does it: in the C locale, in UTC.
 */

/** The letters that glibc's `strftime` knows, by themselves and after `E` and `O`; it writes what it does not know as it is. */
export const writtenLetters = {
  plain: "%aAbBcCdDeFgGhHIjklmMnpPrRsStTuUVwWxXyYzZ",
  E: "%cCnpPrRstTuxXyYzZ",
  O: "%bBCdegGhHIjklmMnpPrRsStTuUVwWyzZ",
} as const;

/** The letters that glibc's `strptime` knows; what it does not know never matches. */
export const readLetters = {
  plain: "%aAbBcCdDeFgGhHIjklmMnprRsStTuUVwWxXyYzZ",
  E: "cCyYxX",
  O: "bBdehHImMSUVWwy",
} as const;
