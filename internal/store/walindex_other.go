//go:build !unix

package store

import "errors"

type openDatabase struct{}

func openFiles(string) *openDatabase { return &openDatabase{} }

func (*openDatabase) walIndex() (index, error)         { return nil, errors.ErrUnsupported }
func (*openDatabase) lives(uint32) (alive, known bool) { return false, false }

func (*openDatabase) close() error { return nil }
