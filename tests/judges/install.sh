#!/bin/sh
# Fetches what the judges need, from package registries only. Each step looks first whether its work
# is done, so running it again costs nothing. Data stay outside the checkout.
set -eu
home="${POSTACERT_JUDGES:-$HOME/.cache/postacert-judges}"
mkdir -p "$home"

# Programs, as Debian packages: name of a program, name of its package.
missing=""
while read -r program package; do
    command -v "$program" >/dev/null 2>&1 || missing="$missing $package"
done <<LIST
certtool gnutls-bin
cmsutil libnss3-tools
openssl openssl
pip python3-pip
s-nail s-nail
strace strace
unzip unzip
xmllint libxml2-utils
LIST
if [ -n "$missing" ]; then
    apt-get update --quiet
    # shellcheck disable=SC2086
    DEBIAN_FRONTEND=noninteractive apt-get install --yes --quiet --no-install-recommends $missing
fi

# PKITS: NIST's certificates, CRLs and signed mails, as the package cryptography-vectors carries them.
if [ ! -d "$home/pkits/smime" ]; then
    work=$(mktemp -d "$home/pkits.XXXXXX")
    trap 'rm -rf "$work"' EXIT
    pip download --quiet --no-deps --dest "$work" cryptography-vectors
    unzip -q "$work"/cryptography_vectors-*.whl 'cryptography_vectors/x509/PKITS_data/*' -d "$work"
    rm -rf "$home/pkits"
    mv "$work/cryptography_vectors/x509/PKITS_data" "$home/pkits"
fi

# What one judge alone needs.
for step in "$(dirname "$0")"/install.d/*.sh; do
    [ -f "$step" ] && sh "$step"
done
