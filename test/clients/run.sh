#!/bin/sh
# Runs every client against a fresh server each and prints what became of it. What a client needs
# (a Python environment, Node packages, Maven's) is fetched into its folder first. A client whose
# language is not installed here is left out, and said to be.
#
#	test/clients/run.sh [go] [browser] [python] [java] [node] [ldap] [scim] [keycloak]
#
# Keycloak is a product and a few hundred megabytes: it runs when it is named.
#
# QIWEI_BIN names a built program, which saves building it for each client.
cd "$(dirname "$0")" || exit 1

all="go browser python java node ldap scim"
keycloak=26.7.3 # needs Java 21 or later; JAVA_HOME says which
summary=
status=0

has() { command -v "$1" >/dev/null 2>&1; }

run_go() { go test -count=1 .; }
run_browser() { go test -count=1 ./browser; }
run_python() {
	has python3 || return 77
	[ -x python/venv/bin/python ] || python3 -m venv python/venv || return 1
	python/venv/bin/pip install --quiet --disable-pip-version-check --requirement python/requirements.txt || return 1
	go run ./cmd/withserver -- python/venv/bin/python -m unittest discover --start-directory python &&
		go run ./cmd/withserver -intercept python -- python/venv/bin/python python/intercepted/test_hosts.py
}
run_java() {
	has mvn || return 77
	go run ./cmd/withserver -- mvn --batch-mode --no-transfer-progress --file java/pom.xml test
}
run_node() {
	has npm || return 77
	(cd node && npm ci --no-audit --no-fund --loglevel=error) || return 1
	go run ./cmd/withserver -- npm --prefix node test &&
		go run ./cmd/withserver -intercept node -- node --test node/intercepted/robot.js
}

run_ldap() {
	if has python3; then
		[ -x ldap/venv/bin/python ] || python3 -m venv ldap/venv || return 1
		ldap/venv/bin/pip install --quiet --disable-pip-version-check --requirement ldap/requirements.txt || return 1
		export LDAP_PYTHON=ldap/venv/bin/python
	fi
	sh ldap/check.sh
}
run_scim() {
	has python3 || return 77
	[ -x scim/venv/bin/python ] || python3 -m venv scim/venv || return 1
	scim/venv/bin/pip install --quiet --disable-pip-version-check --requirement scim/requirements.txt || return 1
	go run ./cmd/withserver -- scim/venv/bin/python scim/conformance.py &&
		go run ./cmd/withserver -- scim/venv/bin/python scim/provision.py
}
run_keycloak() {
	has mvn || return 77
	if [ -z "$QIWEI_KEYCLOAK" ]; then
		QIWEI_KEYCLOAK=$(pwd)/java/target/keycloak-$keycloak
		export QIWEI_KEYCLOAK
		if [ ! -d "$QIWEI_KEYCLOAK" ]; then
			mvn --batch-mode --no-transfer-progress --quiet dependency:unpack \
				-Dartifact=org.keycloak:keycloak-quarkus-dist:$keycloak:zip -DoutputDirectory="$(pwd)/java/target" || return 1
			chmod +x "$QIWEI_KEYCLOAK/bin/kc.sh" || return 1
		fi
	fi
	go test -tags keycloak -count=1 -run Keycloak -v ./browser
}

if ! has go; then
	echo "Go is needed: it builds and starts the server" >&2
	exit 1
fi
if [ -z "$QIWEI_BIN" ]; then
	built=$(mktemp -d) || exit 1
	trap 'rm -rf "$built"' EXIT INT TERM
	(cd ../.. && go build -o "$built/qiwei" ./cmd/qiwei) || exit 1
	export QIWEI_BIN="$built/qiwei"
fi

for client in ${*:-$all}; do
	case " $all keycloak " in
	*" $client "*) ;;
	*)
		echo "no client $client; there are: $all keycloak" >&2
		exit 2
		;;
	esac
	echo "=== $client"
	"run_$client"
	case $? in
	0) outcome=passed ;;
	77) outcome="left out: its language is not installed" ;;
	*)
		outcome=FAILED
		status=1
		;;
	esac
	summary="$summary$(printf '%-8s %s' "$client" "$outcome")
"
done
printf '\n%s' "$summary"
exit $status
