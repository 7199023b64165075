// Withserver runs a command beside a fresh `qiwei dev`, and ends as the command ends. The command
// finds the server by QIWEI_CREDENTIALS, which names its credentials.json, and by
// QIWEI_CONSENTED_MEMBER a member who shows the self-built app sensitive fields; QIWEI_BIN is the program; QIWEI_OIDC is a
// client of OpenID Connect, as JSON. A server that QIWEI_CREDENTIALS already names is used as it is.
//
//	go run ./cmd/withserver -- python/venv/bin/python python/test_wechatpy.py
//
// With -intercept LANGUAGE the command's environment leads WeCom's own hosts to the server, as
// `qiwei intercept env LANGUAGE` has it, and QIWEI_INTERCEPTED is set.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"

	"qiwei/test/clients/devserver"
)

func main() {
	args, language := os.Args[1:], ""
	if len(args) > 1 && args[0] == "-intercept" {
		language, args = args[1], args[2:]
	}
	if len(args) > 0 && args[0] == "--" {
		args = args[1:]
	}
	if len(args) == 0 {
		fmt.Fprintln(os.Stderr, "usage: withserver [-intercept language] -- command [argument ...]")
		os.Exit(2)
	}
	os.Exit(run(language, args))
}

func run(language string, args []string) int {
	server, err := devserver.Start()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer server.Stop()
	consented, err := server.Consented()
	if err != nil {
		fmt.Fprintln(os.Stderr, "no member could be made who shows his details:", err)
		return 1
	}

	program, err := server.Program()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	client, err := server.RegisterOIDC("--redirect-uri", "http://127.0.0.1:9/callback", "--logout-uri", "http://127.0.0.1:9/goodbye",
		"--scopes", "openid profile email phone groups wecom offline_access")
	if err != nil {
		fmt.Fprintln(os.Stderr, "no client of OpenID Connect could be registered:", err)
		return 1
	}
	oidc, err := json.Marshal(client)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	cmd := exec.Command(args[0], args[1:]...)
	if language != "" {
		if cmd, err = server.Intercepted(language, args...); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
	} else {
		cmd.Env = os.Environ()
	}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.Env = append(cmd.Env,
		devserver.EnvCredentials+"="+server.Credentials, devserver.EnvConsented+"="+consented, devserver.EnvBinary+"="+program,
		devserver.EnvOIDC+"="+string(oidc))
	err = cmd.Run()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit):
		return exit.ExitCode()
	default:
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
}
