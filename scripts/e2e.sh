#!/usr/bin/env bash
# Everything that needs a browser: the tracker, the trackers of other products and the dashboard, in Chromium against the real server.
#
#   scripts/e2e.sh              fails when Node or Chromium is missing and cannot be installed
#   scripts/e2e.sh --optional   leaves it out then, and says so; a scenario that fails fails all the same
#
# CHROMIUM names a browser; otherwise one is looked for, then installed (Debian, as root). GO names the go command.
set -euo pipefail
cd "$(dirname "$0")/.."

logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT

without() { # why
  echo "e2e: $1"
  if [ "${optional:-}" = yes ]; then
    echo 'e2e: SKIPPED, the tests in a browser did not run. Everything else did.'
    exit 0
  fi
  exit 1
}

optional=no
[ "${1:-}" = --optional ] && optional=yes

# quietly runs a command within some seconds; what it printed is shown when it fails.
quietly() { # seconds command…
  local log=$logs/quietly
  timeout --kill-after=10 "$@" >"$log" 2>&1 || { tail -n 15 "$log"; return 1; }
}

install() { # package
  [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || return 1
  export DEBIAN_FRONTEND=noninteractive
  echo "e2e: installing $1"
  [ -e "$logs/updated" ] || quietly 120 apt-get update -q || return 1
  touch "$logs/updated"
  quietly 300 apt-get install -y -q --no-install-recommends "$1"
}

recent_node() { command -v node >/dev/null && node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)'; }

# runs tells whether a browser is there and can draw a page: some systems have a program of that name that only explains where to get it.
runs() {
  [ -n "$1" ] && command -v "$1" >/dev/null &&
    quietly 60 "$1" --headless --no-sandbox --disable-gpu --user-data-dir="$logs/profile" --dump-dom about:blank
}

find_chromium() {
  local name
  for name in "${CHROMIUM:-}" chromium chromium-browser google-chrome google-chrome-stable; do
    runs "$name" && { CHROMIUM=$(command -v "$name"); return; }
  done
  return 1
}

recent_node || install nodejs || without 'Node is not there and could not be installed.'
recent_node || without "Node 20 or later is required, $(node --version) is there."
command -v npm >/dev/null || install npm || without 'npm is not there and could not be installed.'
find_chromium || { install chromium && find_chromium; } || without 'Chromium is not there, or does not run, and could not be installed.'
for folder in web/tracker web/compat web/dashboard; do
  [ "$folder/node_modules/.package-lock.json" -nt "$folder/package-lock.json" ] ||
    (cd "$folder" && quietly 300 npm ci --no-audit --no-fund) || without "the packages of $folder could not be installed."
done
echo "e2e: Node $(node --version), $("$CHROMIUM" --version 2>/dev/null || echo "$CHROMIUM")"

make -s build
export CHROMIUM ZTAS=$PWD/bin/ztas ZTAS_E2E=1
failed=()

part() { # name seconds command…
  local name=$1 start=$SECONDS result=passed
  shift
  echo "=== e2e: $name"
  timeout --kill-after=20 "$@" || { result=FAILED; failed+=("$name"); }
  echo "--- e2e: $name $result in $((SECONDS - start)) s"
}

part 'the tracker' 240 npm --prefix web/tracker run -s e2e
part 'trackers of other products' 480 "${GO:-go}" test -tags nomsgpack -count=1 -run TestForeignTrackers ./cmd/ztas
part 'the dashboard' 600 npm --prefix web/dashboard run -s e2e
[ ${#failed[@]} = 0 ] || { echo "e2e: FAILED: ${failed[*]}"; exit 1; }
echo "e2e: passed in $SECONDS s"
