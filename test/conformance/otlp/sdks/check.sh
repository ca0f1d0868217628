#!/bin/sh
# Sends to a real `onbehalf up` with the official SDKs of Python, Go and Java, and holds what it answers against what was sent
# (check.ts). Needs each SDK's tools with its package registry or a filled cache, and this repository's node_modules; ends
# with 1 if anything is wrong.
#
#   ./check.sh              all three
#   ./check.sh python go    those
#
# ONBEHALF_SDKS_DIR says where to build, and keeps it for the next time; else it is a temporary folder.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
[ $# -gt 0 ] || set -- python go java
build=${ONBEHALF_SDKS_DIR:-}
if [ -z "$build" ]; then
  build=$(mktemp -d)
  trap 'rm -rf "$build"' EXIT
  trap 'exit 130' INT TERM
fi
mkdir -p "$build"
build=$(cd "$build" && pwd)

needs() { command -v "$1" >/dev/null || { echo "$1 is needed for the SDK of $2" >&2; exit 1; }; }

# Others work on this machine too: one core, and after them.
for sdk in "$@"; do
  case $sdk in
    python)
      needs python3 Python
      [ -x "$build/python/bin/python" ] || nice -n 19 python3 -m venv "$build/python"
      nice -n 19 "$build/python/bin/python" -m pip install --quiet --disable-pip-version-check -r "$here/python/requirements.txt"
      ;;
    go)
      needs go Go
      (cd "$here/go" && GOMAXPROCS=1 nice -n 19 go build -o "$build/go/emit" .)
      ;;
    java)
      needs mvn Java
      needs javac Java
      rm -rf "$build/java"
      nice -n 19 mvn --quiet --batch-mode -Dstyle.color=never -f "$here/java/pom.xml" org.apache.maven.plugins:maven-dependency-plugin:3.9.0:copy-dependencies -DoutputDirectory="$build/java/jars"
      nice -n 19 javac -Xlint:all,-try -Werror -d "$build/java/classes" -cp "$build/java/jars/*" "$here/java/Emit.java"
      ;;
    *) echo "no such SDK here: $sdk (python, go, java)" >&2; exit 2 ;;
  esac
done

# Node as the repository has it: older ones do not run TypeScript.
nice -n 19 "$here/../../../../node_modules/.bin/node" "$here/check.ts" "$build" "$@"
