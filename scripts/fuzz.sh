#!/usr/bin/env bash
# Fuzzes every target of the module for the time given, one after the other.
set -euo pipefail
time=${1:-30s}
for package in $(go list -tags nomsgpack ./...); do
  dir=$(go list -f '{{.Dir}}' "$package")
  for target in $(grep -hoE '^func Fuzz[A-Za-z0-9_]+' "$dir"/*_test.go 2>/dev/null | sed 's/func //'); do
    echo "== $package $target"
    go test -tags nomsgpack -run '^$' -fuzz "^$target\$" -fuzztime "$time" -fuzzminimizetime 10x "$package"
  done
done
