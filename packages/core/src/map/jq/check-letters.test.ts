import { expect, test } from "bun:test";
import { checkLetters } from "./check-letters.ts";

test("checkLetters() names the first letter that neither jq nor glibc knows, and where", () => {
  const table: [string, string | undefined][] = [
    ['.created_at | fromdate | strftime("%d %b %H:%M %Z")', undefined],
    ['.t | strftime("%-d %_H %010Y %Ey %Om %% %n")', undefined],
    ['.t | strftime("%d %J")', "strftime knows no %J (line 1, column 6)"],
    ['.t |\n  strflocaltime( "%Q" )', "strflocaltime knows no %Q (line 2, column 3)"],
    ['.t | strftime("%Ed")', "strftime knows no %Ed (line 1, column 6)"],
    ['.t | strftime("100%")', "strftime knows no % (line 1, column 6)"],
    ['.t | strptime("%Y-%m-%d %f")', "strptime knows no %f (line 1, column 6)"],
    ['.t | strptime("%P")', "strptime knows no %P (line 1, column 6)"],
    // Made while it runs, or nothing of jq's.
    ['.t | strftime("%\\(.letter)")', undefined],
    [".t | strftime(.format)", undefined],
    ['.t # strftime("%J")', undefined],
    ['"%J"', undefined],
  ];
  for (const [expression, expected] of table) {
    expect([expression, checkLetters(expression)]).toEqual([expression, expected]);
  }
});
