#!/bin/sh
# Drives OpenLDAP's ldapsearch and Apache's mod_authnz_ldap against a fresh `qiwei dev`: StartTLS and
# LDAPS, pages, a member's password, and a page that only members of a department may see. Ends with 77
# where one of the two is not installed (Debian: ldap-utils, apache2), or openssl. LDAP_PYTHON names a
# Python with what requirements.txt has; products.py then signs in with it.
set -eu
httpd=$(command -v apache2 || command -v httpd || ls /usr/sbin/apache2 2>/dev/null || true)
modules=${APACHE_MODULES:-/usr/lib/apache2/modules}
if ! command -v ldapsearch >/dev/null || ! command -v openssl >/dev/null || [ -z "$httpd" ] || [ ! -d "$modules" ]; then
	exit 77
fi
: "${QIWEI_BIN:?names a built program}"

dir=$(mktemp -d)
chmod 755 "$dir" # Apache drops its rights
server=
finish() {
	[ -f "$dir/httpd.pid" ] && "$httpd" -f "$dir/httpd.conf" -k stop 2>/dev/null
	[ -n "$server" ] && kill "$server" 2>/dev/null && wait "$server" 2>/dev/null
	rm -rf "$dir"
}
trap finish EXIT INT TERM

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$dir/key.pem" -out "$dir/cert.pem" \
	-days 2 -subj /CN=localhost -addext subjectAltName=IP:127.0.0.1 2>/dev/null
chmod 600 "$dir/key.pem"
"$QIWEI_BIN" dev --lang en --data "$dir/data" --listen 127.0.0.1:0 --ldap 127.0.0.1:0 --ldaps 127.0.0.1:0 \
	--ldap-cert "$dir/cert.pem" --ldap-key "$dir/key.pem" >"$dir/out" 2>&1 &
server=$!
for _ in $(seq 100); do
	grep -q '^LDAP ldaps' "$dir/out" && break
	sleep 0.1
done
ldap=$(sed -n 's/^LDAP \(ldap:.*\)/\1/p' "$dir/out")
ldaps=$(sed -n 's/^LDAP \(ldaps:.*\)/\1/p' "$dir/out")
[ -n "$ldap" ] || { cat "$dir/out"; exit 1; }

"$QIWEI_BIN" ldap account add products --data "$dir/data" >"$dir/account"
base=$(sed -n 's/^base DN *//p' "$dir/account")
secret=$(sed -n 's/^secret *//p' "$dir/account")
password='plenty of horses 9'
echo "$password" | "$QIWEI_BIN" member set-password zhangsan --data "$dir/data"
export LDAPTLS_CACERT="$dir/cert.pem"

passed=0
failed=0
expect() { # name, wanted, got
	if [ "$2" = "$3" ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "$1: $3; want $2"
	fi
}
search() { ldapsearch -LLL -o ldif-wrap=no -x -D "cn=products,ou=services,$base" -w "$secret" "$@"; }
as() { ldapwhoami -x -H "$ldap" -ZZ -D "uid=zhangsan,ou=people,$base" -w "$1" 2>/dev/null || true; }

expect "root DSE without a bind" "namingContexts: $base" "$(ldapsearch -LLL -x -H "$ldap" -s base -b '' namingContexts | sed -n 2p)"
expect "StartTLS" "uid: zhangsan" "$(search -H "$ldap" -ZZ -b "$base" '(uid=zhangsan)' uid | sed -n 2p)"
expect "LDAPS" "uid: zhangsan" "$(search -H "$ldaps" -b "ou=people,$base" '(mail=zhangsan@*)' uid | sed -n 2p)"
expect "pages of 7" 63 "$(search -H "$ldap" -E pr=7/noprompt -b "$base" '(objectClass=inetOrgPerson)' 1.1 | grep -c '^dn:')"
expect "members of a department" "$(search -H "$ldap" -b "ou=groups,$base" '(cn=研发中心)' member | grep -c '^member:')" \
	"$(search -H "$ldap" -b "ou=people,$base" "(memberOf=cn=研发中心,ou=groups,$base)" 1.1 | grep -c '^dn:')"
expect "a member's password" "dn:uid=zhangsan,ou=people,$base" "$(as "$password")"
expect "a wrong password" "" "$(as wrong)"
if [ -n "${LDAP_PYTHON:-}" ]; then
	"$LDAP_PYTHON" "$(dirname "$0")/products.py" "$ldap" "$base" "$secret" "$password" >"$dir/products" 2>&1 || cat "$dir/products"
	expect "products in Python" OK "$(tail -n 1 "$dir/products")"
fi

port=$((20000 + $$ % 20000))
mkdir "$dir/www"
echo welcome >"$dir/www/page"
conf() { # group
	cat <<-CONF
		ServerRoot $dir
		PidFile $dir/httpd.pid
		Listen 127.0.0.1:$port
		ServerName localhost
		LoadModule mpm_event_module $modules/mod_mpm_event.so
		LoadModule authn_core_module $modules/mod_authn_core.so
		LoadModule auth_basic_module $modules/mod_auth_basic.so
		LoadModule authz_core_module $modules/mod_authz_core.so
		LoadModule ldap_module $modules/mod_ldap.so
		LoadModule authnz_ldap_module $modules/mod_authnz_ldap.so
		ErrorLog $dir/error.log
		User nobody
		Group nogroup
		DocumentRoot $dir/www
		LDAPTrustedGlobalCert CA_BASE64 $dir/cert.pem
		<Directory $dir/www>
		AuthType Basic
		AuthName qiwei
		AuthBasicProvider ldap
		AuthLDAPURL "$ldap/ou=people,$base?uid?sub?(objectClass=inetOrgPerson)" STARTTLS
		AuthLDAPBindDN "cn=products,ou=services,$base"
		AuthLDAPBindPassword "$secret"
		AuthLDAPGroupAttribute member
		Require ldap-group cn=$1,ou=groups,$base
		</Directory>
	CONF
}
get() { curl -s -o /dev/null -w '%{http_code}' "$@" "http://127.0.0.1:$port/page"; }
conf 研发中心 >"$dir/httpd.conf"
"$httpd" -f "$dir/httpd.conf" -k start
sleep 1
expect "Apache: a member of the department" 200 "$(get -u "zhangsan:$password")"
expect "Apache: a wrong password" 401 "$(get -u zhangsan:wrong)"
expect "Apache: nobody" 401 "$(get -u nobody:x)"
expect "Apache: no name" 401 "$(get)"
"$httpd" -f "$dir/httpd.conf" -k stop
sleep 1
conf 市场与销售 >"$dir/httpd.conf"
"$httpd" -f "$dir/httpd.conf" -k start
sleep 1
expect "Apache: a member of another department" 401 "$(get -u "zhangsan:$password")"

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
