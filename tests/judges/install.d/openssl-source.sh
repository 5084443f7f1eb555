#!/bin/sh
# OpenSSL's own test data for CMS, from Debian's source package: corner cases and certificates.
# Only these two folders are unpacked. Where the package comes from is what this machine's own lists
# say of binary packages, asked for sources in a list of our own.
set -eu
home="${POSTACERT_JUDGES:-$HOME/.cache/postacert-judges}"
target="$home/openssl-source"
[ ! -f "$target/version" ] || exit 0

mkdir -p "$home"
work=$(mktemp -d "$home/openssl-source.XXXXXX")
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/parts" "$work/lists/partial" "$work/unpacked"
for list in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
    [ -f "$list" ] || continue
    sed -n 's/^[[:blank:]]*deb[[:blank:]]/deb-src /p' "$list" >>"$work/parts/all.list"
done
for list in /etc/apt/sources.list.d/*.sources; do
    [ -f "$list" ] || continue
    { sed 's/^Types:.*/Types: deb-src/' "$list"; echo; } >>"$work/parts/all.sources"
done

set -- -o Dir::Etc::SourceList=/dev/null -o Dir::Etc::SourceParts="$work/parts" \
    -o Dir::State::Lists="$work/lists" -o APT::Sandbox::User=root
apt-get "$@" --quiet=2 update
# The newest that can be had: mirrors lag behind their lists.
for version in $(apt-cache "$@" showsrc openssl | sed -n 's/^Version: //p' | sort -Vru); do
    mkdir "$work/$version"
    cd "$work/$version"
    apt-get "$@" --quiet=2 --download-only --only-source source "openssl=$version" && break
done
tar -xf "$work/$version"/openssl_*.orig.tar.?z --directory="$work/unpacked" --strip-components=2 \
    --wildcards '*/test/recipes/80-test_cms_data' '*/test/smime-certs'
rm -rf "$target"
mkdir "$target"
mv "$work/unpacked/recipes/80-test_cms_data" "$target/cms-data"
mv "$work/unpacked/smime-certs" "$target/smime-certs"
echo "$version" >"$target/version"
