#!/bin/sh
# Installs the named Debian packages that are missing, as root or through sudo.
set -eu
missing=
for package in "$@"; do
	dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
done
[ -n "$missing" ] || exit 0
echo "Cài các gói còn thiếu / installing:$missing" >&2
root=
[ "$(id -u)" = 0 ] || root=sudo
export DEBIAN_FRONTEND=noninteractive
retries="-o Acquire::Retries=3 -o DPkg::Lock::Timeout=300" # a mirror that stumbles, somebody else at it
# shellcheck disable=SC2086
$root apt-get $retries update -q >&2
# shellcheck disable=SC2086
$root apt-get $retries install -q -y --no-install-recommends $missing >&2
