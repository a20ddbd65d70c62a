#!/bin/sh
# Each line NAME=value of the secret `settings` becomes a variable of this process, taken as it is; an empty one is not set.
set -eu
if [ -e /run/secrets/settings ]; then
    while read -r line || [ -n "$line" ]; do
        case $line in
            [A-Z]*=?*) export "${line%%=*}=${line#*=}" ;;
        esac
    done < /run/secrets/settings
fi
exec "$@"
