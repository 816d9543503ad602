#!/bin/sh
# Follows README and guides on a fresh clone in an empty HOME, with Node and npm only: no Bun on the PATH,
# nothing installed.
set -e
root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

git clone --quiet "$root" "$work/pagerport"
mkdir "$work/home" "$work/bin"
for tool in node npm npx sh git cat cp cmp dirname env mkdir uname sed grep ldd \
  bash chmod curl cut head rm seq sleep sort tail tee true uniq wc; do
  path=$(command -v "$tool") && ln -s "$path" "$work/bin/$tool"
done
# The registry's address is the machine's own business.
registry=$(npm config get registry)
run() {
  env -i HOME="$work/home" PATH="$work/bin" npm_config_registry="$registry" sh -c "$1" >&2
}

cd "$work/pagerport"
for command in "npx --yes bun@1.4.5 run demo" "npm run demo"; do
  rm -rf output.json*
  run "$command"
  lines=$(wc -l <output.json)
  if [ "$lines" -ne 25040 ]; then
    echo "'$command' wrote $lines lines instead of 25040" >&2
    exit 1
  fi
  echo "ok: $command wrote $lines lines" >&2
done

run "npx --yes bun@1.4.5 run docs"
echo "ok: every block of README and guides" >&2
