// Command typescript writes web/src/shared/api.ts: what the calls of the console and of the phone take and answer, as
// TypeScript. It reads that from the Go code as it stands: where a call is declared by its pattern, its handler is looked
// at for what it decodes and for what it returns. Nothing is written twice, and no handler declares anything for it.
//
//	go generate ./web
package main

import (
	"fmt"
	"os"
)

func main() {
	text, err := generate()
	if err == nil {
		err = os.WriteFile(os.Args[1], []byte(text), 0o644)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "typescript:", err)
		os.Exit(1)
	}
}
