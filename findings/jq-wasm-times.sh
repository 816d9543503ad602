#!/bin/sh
# How the jq that is compiled to WebAssembly writes and reads times.
#
# One would guess that jq-wasm, which is jq 1.8.2, answers as jq 1.8.2 does. Its times come from another C library:
# - strftime and strflocaltime of %Z, %k or %P are errors ("unknown system failure") that end the whole input. Built with
#   glibc 2.36, the same jq gives "GMT", "22" and "pm" for 1700000000.
# - strptime takes what a format does not name from 1970-01-01: "2024" by %Y is the first of January. With glibc it is day
#   0 of that month, which mktime makes the 31st of December of the year before; "10:20" by %H:%M is of 1900 there.
# - strptime of %Z does not match "UTC", which it does with glibc.
# - there is no `gamma`, also where nothing is asked of it but to be compiled.
# A mapping that was tried in a terminal thus may fail, or be a day off, where it runs.
#
# Fails when any of this changes. Needs npm and Node 20 or later.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{"type":"module","private":true}' > package.json
npm install --silent --no-audit --no-fund jq-wasm@3.0.0-jq-1.8.2 >/dev/null

cat > ask.mjs <<'JS'
import * as jq from "jq-wasm";
const asked = [
  ["1700000000", 'strftime("%Z")'],
  ["1700000000", 'strftime("%k")'],
  ["1700000000", 'strftime("%P")'],
  ["1700000000", 'strftime("%H")'],
  ['"2024"', 'strptime("%Y")'],
  ['"2024"', 'strptime("%Y") | mktime | todate'],
  ['"10:20"', 'strptime("%H:%M")'],
  ['"2024-02-03 UTC"', 'strptime("%Y-%m-%d %Z")'],
  ["2", "gamma"],
];
for (const [input, program] of asked) {
  const { stdout, stderr } = await jq.raw(input, program, ["-c"]);
  process.stdout.write(`${program}: ${stdout.trim() || stderr.trim()}\n`);
}
process.exit(0);
JS

seen=$(node ask.mjs)
printf '%s\n' "$seen"
expected='strftime("%Z"): jq: error (at /dev/stdin:0): strftime/1: unknown system failure
strftime("%k"): jq: error (at /dev/stdin:0): strftime/1: unknown system failure
strftime("%P"): jq: error (at /dev/stdin:0): strftime/1: unknown system failure
strftime("%H"): "22"
strptime("%Y"): [2024,0,1,0,0,0,1,0]
strptime("%Y") | mktime | todate: "2024-01-01T00:00:00Z"
strptime("%H:%M"): [1970,0,1,10,20,0,4,0]
strptime("%Y-%m-%d %Z"): jq: error (at /dev/stdin:0): date "2024-02-03 UTC" does not match format "%Y-%m-%d %Z"
gamma: jq: error (at /dev/stdin:0): Error: gamma/0 not found at build time'
[ "$seen" = "$expected" ] || { echo "This has changed." >&2; exit 1; }
