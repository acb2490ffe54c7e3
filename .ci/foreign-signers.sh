#!/bin/sh
# PDF signers by others, from npm into .cache/foreign, for the round trips of the
# tests. Without node or without a registry the tests say that they leave them out.
set -eu
source=signer/signertest/foreign
target=.cache/foreign
if cmp -s "$source/package-lock.json" "$target/package-lock.json" && [ -d "$target/node_modules/@libpdf" ]; then
	exit 0
fi
command -v npm >/dev/null 2>&1 || sh .ci/install-packages.sh nodejs npm || true
command -v npm >/dev/null 2>&1 || {
	echo "npm is not installed: no round trips with @libpdf/core" >&2
	exit 0
}
mkdir -p "$target"
rm -rf "$target/node_modules" "$target/package-lock.json"
cp "$source/package.json" "$target/package.json"
cp "$source/package-lock.json" "$target/package-lock.json"
(cd "$target" && npm ci --no-audit --no-fund --ignore-scripts --loglevel error >&2) || {
	rm -f "$target/package-lock.json"
	echo "npm could not install: no round trips with @libpdf/core" >&2
}
