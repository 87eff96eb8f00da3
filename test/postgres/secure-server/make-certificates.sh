#!/usr/bin/env bash
# Makes the certificates of this folder anew: `bash make-certificates.sh`. They are for tests alone, whose server they secure
# on 127.0.0.1; the keys of the authorities are thrown away.
set -euo pipefail
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

key() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1"; }

# issue CERTIFICATE KEY NAME ISSUER EXTENSION END
issue() {
  local by=(-cert "$4.crt" -keyfile "$work/$4.key")
  [ "$1" = "$4" ] && by=(-selfsign -keyfile "$work/$4.key")
  touch "$work/index"
  printf '[ca]\ndefault_ca=d\n[d]\ndatabase=%s\nnew_certs_dir=%s\nserial=%s\npolicy=p\nunique_subject=no\n[p]\ncommonName=supplied\n' "$work/index" "$work" "$work/serial" > "$work/ca.cnf"
  openssl req -new -key "$2" -subj "/CN=$3" -out "$work/request" 2>/dev/null
  openssl ca -batch -notext -md sha256 -rand_serial -config "$work/ca.cnf" "${by[@]}" -in "$work/request" -out "$1.crt" \
    -startdate 20200101000000Z -enddate "$6" -extfile <(echo "$5") 2>/dev/null
}

for authority in authority stranger; do
  key "$work/$authority.key"
  issue "$authority" "$work/$authority.key" "test $authority" "$authority" basicConstraints=critical,CA:true 21200101000000Z
done
key server.key
issue server server.key localhost authority subjectAltName=DNS:localhost 21200101000000Z
issue expired server.key localhost authority subjectAltName=DNS:localhost 20210101000000Z
key client.key
issue client client.key ada authority extendedKeyUsage=clientAuth 21200101000000Z
