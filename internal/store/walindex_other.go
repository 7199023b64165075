//go:build !unix

package store

import "errors"

type heldFiles struct{}

func holdFiles(string) *heldFiles { return nil }
func (*heldFiles) release() error { return nil }

// openWALIndex is not built for this system: nothing is kept between reads.
func openWALIndex(path string, _ *heldFiles) (index, error) {
	return nil, errors.New("no WAL index on this system")
}
