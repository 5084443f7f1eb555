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
