#!/bin/sh
# What the conformance suite starts as a client: hands the scenario to the test that waits for it,
# and ends as that says. An interpreter for each scenario would load the SDK 26 times.
#   relay.sh FOLDER URL
file=$(mktemp "$1/XXXXXXXX")
printf '%s\n%s\n%s\n' "$2" "$MCP_CONFORMANCE_SCENARIO" "$MCP_CONFORMANCE_CONTEXT" > "$file"
mv "$file" "$file.wanted"
while [ ! -e "$file.done" ]; do sleep 0.1; done
exit "$(cat "$file.done")"
