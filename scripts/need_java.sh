#!/usr/bin/env bash
# Stops with the command that helps where the JDK 17 or Maven is missing.
set -euo pipefail

missing() {
    printf 'set-up: expected %s, got %s\n  try: %s\n' "$1" "$2" "$3" >&2
    exit 4
}

java_home_bin=${JAVA_HOME:+$JAVA_HOME/bin/}
for tool in java javac jar; do
    command -v "${java_home_bin}$tool" >/dev/null ||
        missing "a JDK 17 ($tool)" "no such program" "apt-get install openjdk-17-jdk-headless"
done
version=$("${java_home_bin}javac" -version 2>&1 | sed -n 's/^javac \([0-9]*\).*/\1/p')
if [[ "$version" != 17 ]]; then
    missing "a JDK 17" "version ${version:-unknown} (${java_home_bin}javac)" \
        "apt-get install openjdk-17-jdk-headless, and set JAVA_HOME to its folder"
fi
command -v mvn >/dev/null || missing "Maven (mvn)" "no such program" "apt-get install maven"
