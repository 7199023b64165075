#!/bin/sh
# Runs every client against a fresh server each and prints what became of it. What a client needs
# (a Python environment, Node packages, Maven's) is fetched into its folder first. A client whose
# language is not installed here is left out, and said to be.
#
#	test/clients/run.sh [go] [browser] [python] [java] [node]
#
# QIWEI_BIN names a built program, which saves building it for each client.
cd "$(dirname "$0")" || exit 1

all="go browser python java node"
summary=
status=0

has() { command -v "$1" >/dev/null 2>&1; }

run_go() { go test -count=1 .; }
run_browser() { go test -count=1 ./browser; }
run_python() {
	has python3 || return 77
	[ -x python/venv/bin/python ] || python3 -m venv python/venv || return 1
	python/venv/bin/pip install --quiet --disable-pip-version-check --requirement python/requirements.txt || return 1
	go run ./cmd/withserver -- python/venv/bin/python -m unittest discover --start-directory python
}
run_java() {
	has mvn || return 77
	go run ./cmd/withserver -- mvn --batch-mode --no-transfer-progress --file java/pom.xml test
}
run_node() {
	has npm || return 77
	(cd node && npm ci --no-audit --no-fund --loglevel=error) || return 1
	go run ./cmd/withserver -- npm --prefix node test
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
	case " $all " in
	*" $client "*) ;;
	*)
		echo "no client $client; there are: $all" >&2
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
