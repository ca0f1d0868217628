#!/bin/sh
# Writes vectors.json anew with Go; with --check, fails if that would change it.
set -eu
cd "$(dirname "$0")"
fresh=$(mktemp)
trap 'rm -f "$fresh"' EXIT
go run . >"$fresh"
if [ "${1:-}" = "--check" ]; then
  cmp "$fresh" vectors.json && echo "vectors.json is what Go computes"
else
  cat "$fresh" >vectors.json # not cp: a temporary file is readable by its owner only
fi
