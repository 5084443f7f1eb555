#!/bin/sh
# libfaketime, for examples/server/tests/hours.rs: it moves the clock of one process.
set -eu
library=/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1
[ -e "$library" ] && exit 0
export DEBIAN_FRONTEND=noninteractive
apt-get install -y --quiet --no-install-recommends faketime || {
    apt-get update --quiet
    apt-get install -y --quiet --no-install-recommends faketime
}
