#!/bin/sh
# libfaketime, for examples/server/tests/hours.rs: it moves the clock of one process.
set -eu
for library in /usr/lib/*/faketime/libfaketimeMT.so.1; do
    [ -e "$library" ] && exit 0
done
export DEBIAN_FRONTEND=noninteractive
apt-get install -y --quiet --no-install-recommends faketime || {
    apt-get update --quiet
    apt-get install -y --quiet --no-install-recommends faketime
}
