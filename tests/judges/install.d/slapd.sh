#!/bin/sh
# OpenLDAP's slapd for tests/judges/slapd.rs: only its offline tools are used, no daemon is started.
set -eu
if command -v slapadd >/dev/null && command -v ldapsearch >/dev/null; then
    exit 0
fi
export DEBIAN_FRONTEND=noninteractive RUNLEVEL=1
# Debian asks this file before it starts a service.
policy=/usr/sbin/policy-rc.d
made=
if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' > "$policy"
    chmod +x "$policy"
    made=yes
fi
apt-get install -y --no-install-recommends slapd ldap-utils || { apt-get update && apt-get install -y --no-install-recommends slapd ldap-utils; }
if [ -n "$made" ]; then
    rm "$policy"
fi
