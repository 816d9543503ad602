#!/bin/sh
# Follows the README's first command on a fresh clone in an empty HOME, with Node and npm only: no Bun
# on the PATH, nothing installed.
set -e
root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

git clone --quiet "$root" "$work/pagerport"
mkdir "$work/home" "$work/bin"
for tool in node npm npx sh git cat cp cmp dirname env mkdir rm uname sed grep ldd; do
  path=$(command -v "$tool") && ln -s "$path" "$work/bin/$tool"
done
# The registry's address is the machine's own business.
registry=$(npm config get registry)

cd "$work/pagerport"
for command in "npx --yes bun@1.4.5 run demo" "npm run demo"; do
  rm -rf output.json*
  env -i HOME="$work/home" PATH="$work/bin" npm_config_registry="$registry" sh -c "$command" >&2
  lines=$(wc -l <output.json)
  if [ "$lines" -ne 25040 ]; then
    echo "'$command' wrote $lines lines instead of 25040" >&2
    exit 1
  fi
  echo "ok: $command wrote $lines lines" >&2
done
