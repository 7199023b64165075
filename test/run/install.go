package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"strings"
)

// mayInstall reports whether programs may be installed: by root, with apt-get, and
// unless QIWEI_TEST_INSTALL is 0.
func mayInstall() bool {
	_, err := exec.LookPath("apt-get")
	return err == nil && os.Getuid() == 0 && os.Getenv("QIWEI_TEST_INSTALL") != "0"
}

// install installs the programs that it can, and says so. The others are still missing afterwards.
func install(ctx context.Context, absent []program, out io.Writer) {
	var packages []string
	asked := without()
	for _, p := range absent {
		if !contains(asked, p.name) {
			packages = append(packages, p.packages...)
		}
	}
	if len(packages) == 0 {
		return
	}
	fmt.Fprintf(out, "installing %s (QIWEI_TEST_INSTALL=0 keeps the tests from it)\n", strings.Join(packages, ", "))
	allow, err := startNothing()
	if err != nil {
		fmt.Fprintln(out, "nothing is installed:", err)
		return
	}
	defer allow()
	apt(ctx, "update") // if that fails, the known lists may do
	if _, err := apt(ctx, "install", packages...); err == nil || ctx.Err() != nil {
		return
	}
	// One unavailable package prevents the installation of all, so install them one by one.
	dpkg := exec.CommandContext(ctx, "dpkg", "--configure", "-a")
	dpkg.Run()
	for _, p := range packages {
		if said, err := apt(ctx, "install", p); err != nil {
			fmt.Fprintf(out, "%s cannot be installed: %s\n", p, lastLine(said))
		}
	}
}

func apt(ctx context.Context, action string, packages ...string) (said []byte, err error) {
	// apt waits for the lock if another program installs something.
	args := append([]string{"-qq", "-o", "DPkg::Lock::Timeout=300", "-o", "Acquire::http::Timeout=30", action}, packages...)
	if action == "install" {
		args = append(args, "--yes", "--no-install-recommends")
	}
	cmd := exec.CommandContext(ctx, "apt-get", args...)
	cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
	return cmd.CombinedOutput()
}

// startNothing keeps the packages from starting their services, which the tests do
// not use and the machine's owner has not asked for. The function returned allows
// it again.
func startNothing() (allow func(), err error) {
	const policy = "/usr/sbin/policy-rc.d"
	f, err := os.OpenFile(policy, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o755)
	if errors.Is(err, fs.ErrExist) {
		return func() {}, nil // its owner has a policy
	}
	if err != nil {
		return nil, err
	}
	_, err = f.WriteString("#!/bin/sh\nexit 101\n")
	return func() { os.Remove(policy) }, errors.Join(err, f.Close())
}

func lastLine(text []byte) []byte {
	text = bytes.TrimSpace(text)
	return text[bytes.LastIndexByte(text, '\n')+1:]
}
