#!/bin/sh
# Fetches what the judges need, from package registries only. Each step looks first whether its work
# is done, so running it again costs nothing. The data stay outside the checkout.
set -eu
home="${POSTACERT_JUDGES:-$HOME/.cache/postacert-judges}"
mkdir -p "$home"

# PKITS: NIST's certificates, CRLs and signed mails, as the package cryptography-vectors carries them.
if [ ! -d "$home/pkits/smime" ]; then
    work=$(mktemp -d "$home/pkits.XXXXXX")
    trap 'rm -rf "$work"' EXIT
    pip download --quiet --no-deps --dest "$work" cryptography-vectors
    unzip -q "$work"/cryptography_vectors-*.whl 'cryptography_vectors/x509/PKITS_data/*' -d "$work"
    rm -rf "$home/pkits"
    mv "$work/cryptography_vectors/x509/PKITS_data" "$home/pkits"
fi

# OpenSSL, GnuTLS and NSS judge signatures in both directions.
missing=''
for pair in openssl:openssl certtool:gnutls-bin cmsutil:libnss3-tools; do
    command -v "${pair%%:*}" >/dev/null || missing="$missing ${pair##*:}"
done
if [ -n "$missing" ]; then
    # shellcheck disable=SC2086 # several packages
    apt-get install --yes --no-install-recommends $missing
fi

# One step for each other judge.
for step in "$(dirname "$0")"/install.d/*.sh; do
    sh "$step"
done
