#!/bin/sh
# Runs a file with Bun, whatever started it: `bun run`, `npx bun run` or `npm run`, from a fresh clone too.
# Dependencies are installed first when bun.lock has changed since they last were: all of them, or with
# --production as the first argument only the few that users need, without those of the Backstage plugin.
set -e
root=$(cd "$(dirname "$0")/.." && pwd)

if ! command -v bun >/dev/null 2>&1; then
  exec npx --yes --package=bun@1.4.5 -- sh "$0" "$@"
fi

all="$root/node_modules/.installed.lock"
few="$root/node_modules/.installed.production.lock"
if [ "$1" = "--production" ]; then
  shift
  if ! cmp -s "$root/bun.lock" "$all" && ! cmp -s "$root/bun.lock" "$few"; then
    (cd "$root" && bun install --frozen-lockfile --silent --omit=dev --omit=optional \
      --filter '!@pagerport/backstage-plugin-pagerport-backend') >&2
    cp "$root/bun.lock" "$few"
  fi
elif ! cmp -s "$root/bun.lock" "$all"; then
  (cd "$root" && bun install --frozen-lockfile --silent) >&2
  cp "$root/bun.lock" "$all"
fi

file=$1
shift
exec bun "$root/$file" "$@"
