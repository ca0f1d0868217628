#!/bin/sh
# Builds the Collector of infra/otel/builder.yaml and runs the sample configurations in it (check.ts). Needs Go with the Go
# module proxy or a filled module cache, a JVM for Kafka, and this repository's node_modules; ends with 1 if anything is wrong.
#
#   ./check.sh            half a minute; the first time five more, for Go
#   ./check.sh --capture  the same, and writes captured/ anew
#
# ONBEHALF_COLLECTOR names a built Collector to use instead; ONBEHALF_COLLECTOR_DIR where to build one.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$here/../../..
otel=$root/infra/otel
# Node as the repository has it: older ones do not run TypeScript.
PATH=$root/node_modules/.bin:$PATH
collector=${ONBEHALF_COLLECTOR:-}
if [ -z "$collector" ]; then
  command -v go >/dev/null || { echo "Go is needed to build the Collector: put \`go\` on the PATH, or name a built one in ONBEHALF_COLLECTOR" >&2; exit 1; }
  build=${ONBEHALF_COLLECTOR_DIR:-${TMPDIR:-/tmp}/onbehalf-collector}
  collector=$build/otelcol-onbehalf
  # The folder is one build: another builder.yaml is another one.
  if ! cmp -s "$otel/builder.yaml" "$build/built-from.yaml" || [ ! -x "$collector" ]; then
    mkdir -p "$build"
    rm -f "$build/built-from.yaml"
    version=$(sed -n 's/.*otlpreceiver \(v.*\)$/\1/p' "$otel/builder.yaml")
    sed "s#^  output_path: .*#  output_path: $build#" "$otel/builder.yaml" >"$build/builder.yaml"
    # Others work on this machine too: one core, and after them.
    GOMAXPROCS=1 nice -n 19 go run "go.opentelemetry.io/collector/cmd/builder@$version" --config "$build/builder.yaml"
    cp "$otel/builder.yaml" "$build/built-from.yaml"
  fi
fi
exec nice -n 19 node "$here/check.ts" "$collector" "$@"
