// Package clients drives WeCom's client libraries, which nobody here wrote, against a running
// qiwei. A library that stumbles here would stumble in its user's program: the server gives way,
// unless the library departs from what WeCom itself answers.
package clients

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"os"
	"testing"

	"qiwei/test/clients/devserver"
)

// server is one for all clients: they live side by side in one enterprise, as they do in a real one.
var server *devserver.Server

func TestMain(m *testing.M) {
	os.Exit(run(m))
}

func run(m *testing.M) int {
	var err error
	if server, err = devserver.Start(); err != nil {
		fmt.Fprintln(os.Stderr, "no server to test the clients against:", err)
		return 1
	}
	defer server.Stop()
	return m.Run()
}

// unique returns a userid, a name or the like that no other test or earlier run has used.
func unique(prefix string) string {
	b := make([]byte, 4)
	_, _ = rand.Read(b) // never fails
	return prefix + hex.EncodeToString(b)
}

// mobile returns a mainland mobile number that is as good as unique.
func mobile() string {
	b := make([]byte, 8)
	_, _ = rand.Read(b)
	digits := make([]byte, 8)
	for i := range digits {
		digits[i] = '0' + b[i]%10
	}
	return "139" + string(digits)
}
