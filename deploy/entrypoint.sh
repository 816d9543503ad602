#!/bin/sh
# What the image runs. The certificate that the port-ocean chart mounts (selfSignedCertificate) is trusted
# besides the usual ones.
certificate=/usr/local/share/ca-certificates/cert.crt
if [ -z "$NODE_EXTRA_CA_CERTS" ] && [ -e "$certificate" ]; then
  export NODE_EXTRA_CA_CERTS="$certificate"
fi
exec pagerport "$@"
