#!/bin/sh
# Runs a file with Bun, whatever started it: `bun run`, `npx bun run` or `npm run`, from a fresh clone too.
# Dependencies are installed first when bun.lock has changed since they last were.
set -e
root=$(cd "$(dirname "$0")/.." && pwd)

if ! command -v bun >/dev/null 2>&1; then
  exec npx --yes --package=bun@1.4.5 -- sh "$0" "$@"
fi

stamp="$root/node_modules/.installed.lock"
if ! cmp -s "$root/bun.lock" "$stamp"; then
  (cd "$root" && bun install --frozen-lockfile --silent) >&2
  cp "$root/bun.lock" "$stamp"
fi

file=$1
shift
exec bun "$root/$file" "$@"
