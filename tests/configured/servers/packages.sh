#!/usr/bin/env bash
# The Debian packages of the servers that tests marked `lab` talk to; they start no service.
#   packages.sh install   installs what is missing, as root on Debian; elsewhere it says what is
#   packages.sh missing   prints what is missing
#   packages.sh marker    prints what leaves these tests out, where anything is missing
set -euo pipefail
list=$(dirname "$0")/packages.txt

missing() {
  command -v dpkg-query >/dev/null || { grep -v '^#' "$list"; return; }
  while read -r package; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || echo "$package"
  done < <(grep -v '^#' "$list")
}

absent=$(missing)
case ${1:-missing} in
  missing) echo "$absent" ;;
  marker) if [ -n "$absent" ]; then echo ' and not lab'; fi ;;
  install)
    if [ -z "$absent" ]; then exit 0; fi
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
      # shellcheck disable=SC2086  # a word each
      { apt-get update -qq || true; DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 \
        apt-get install -y -qq --no-install-recommends $absent; } >/dev/null
    else
      echo "Tests marked \`lab\` are left out. They need (Debian, as root):" $absent >&2
    fi ;;
esac
