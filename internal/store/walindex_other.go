//go:build !unix

package store

import "errors"

// openWALIndex is not built for this system: nothing is kept between reads.
func openWALIndex(path string) (index, error) { return nil, errors.New("no WAL index on this system") }
