package clients

import (
	"os"
	"testing"

	"qiwei/test/clients/devserver"
)

// intercepted reports whether the environment leads WeCom's own hosts to the server.
func intercepted() bool { return os.Getenv(devserver.EnvIntercepted) != "" }

// TestIntercepted runs the tests of the library whose addresses are constants once more, in a process
// in which nothing is said to the library at all.
func TestIntercepted(t *testing.T) {
	if intercepted() {
		return // this is that process
	}
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd, err := server.Intercepted("go", program, "-test.run", "Silenceper", "-test.v")
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	t.Logf("%s", out)
}
