#!/bin/sh
# Mail programs and servers of others, for tests/judges/server_*.rs: no daemon is started.
set -eu
missing=""
while read -r program package; do
    command -v "$program" >/dev/null 2>&1 || [ -x "/usr/sbin/$program" ] || missing="$missing $package"
done <<LIST
clamd clamav-daemon
fetchmail fetchmail
mpop mpop
msmtp msmtp
mutt mutt
script bsdutils
smtp-sink postfix
swaks swaks
LIST
[ -n "$missing" ] || exit 0
export DEBIAN_FRONTEND=noninteractive RUNLEVEL=1
# Debian asks this file before it starts a service.
policy=/usr/sbin/policy-rc.d
made=
if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' > "$policy"
    chmod +x "$policy"
    made=yes
fi
# shellcheck disable=SC2086
apt-get install -y --quiet --no-install-recommends $missing || {
    apt-get update --quiet
    apt-get install -y --quiet --no-install-recommends $missing
}
if [ -n "$made" ]; then
    rm "$policy"
fi
