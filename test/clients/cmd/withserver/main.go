// Withserver runs a command beside a fresh `qiwei dev`, and ends as the command ends. The command
// finds the server by QIWEI_CREDENTIALS, which names its credentials.json, and by
// QIWEI_CONSENTED_MEMBER a member who shows the self-built app his details; QIWEI_BIN is the program. A server that
// QIWEI_CREDENTIALS already names is used as it is.
//
//	go run ./cmd/withserver -- python/venv/bin/python python/test_wechatpy.py
package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"

	"qiwei/test/clients/devserver"
)

func main() {
	args := os.Args[1:]
	if len(args) > 0 && args[0] == "--" {
		args = args[1:]
	}
	if len(args) == 0 {
		fmt.Fprintln(os.Stderr, "usage: withserver -- command [argument ...]")
		os.Exit(2)
	}
	os.Exit(run(args))
}

func run(args []string) int {
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
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.Env = append(os.Environ(),
		devserver.EnvCredentials+"="+server.Credentials, devserver.EnvConsented+"="+consented, devserver.EnvBinary+"="+program)
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
