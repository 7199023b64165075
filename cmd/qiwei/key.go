package main

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"qiwei/internal/id"
	"qiwei/internal/platform"
)

// keyEnv holds the master key where it must not be on the disk.
const keyEnv = "QIWEI_MASTER_KEY"

var errNoKey = errors.New("no master key")

func (f dataFlags) keyPath() string { return filepath.Join(f.Data, "master.key") }

// key returns the master key, from the environment or from DIR/master.key.
func (f dataFlags) key() ([]byte, error) {
	fromEnv, fromFile := os.Getenv(keyEnv), ""
	path := f.keyPath()
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return nil, fmt.Errorf("master key: %w", err)
	case info.Mode().Perm()&0o077 != 0:
		return nil, fmt.Errorf("%s can be read by others (mode %04o); chmod 600 it, and if others may have read it, treat all secrets as known", path, info.Mode().Perm())
	default:
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("master key: %w", err)
		}
		fromFile = strings.TrimSpace(string(text))
	}
	switch {
	case fromEnv != "" && fromFile != "" && fromEnv != fromFile:
		return nil, fmt.Errorf("%s and %s hold different master keys; remove the one that this database was not made with", keyEnv, path)
	case fromEnv != "":
		return parseKey(keyEnv, fromEnv)
	case fromFile != "":
		return parseKey(path, fromFile)
	}
	return nil, fmt.Errorf("%w: neither %s nor %s; put back the one that this database was made with", errNoKey, keyEnv, path)
}

func parseKey(from, text string) ([]byte, error) {
	key, err := hex.DecodeString(strings.TrimSpace(text))
	if err != nil || len(key) != 32 {
		return nil, fmt.Errorf("the master key in %s is not 64 hexadecimal digits; `openssl rand -hex 32` makes one", from)
	}
	seen := map[byte]bool{}
	for _, b := range key {
		seen[b] = true
	}
	if len(seen) < 12 { // 32 random bytes have 30 different ones, give or take a few, if they are random
		return nil, fmt.Errorf("the master key in %s is not random; `openssl rand -hex 32` makes one", from)
	}
	return key, nil
}

// keyOrNew returns the master key, and makes one if the database has never been used with any.
func (f dataFlags) keyOrNew(ctx context.Context) (key []byte, made bool, err error) {
	key, err = f.key()
	if !errors.Is(err, errNoKey) {
		return key, false, err
	}
	used, hasErr := platform.HasKey(ctx, f.database())
	switch {
	case hasErr != nil:
		return nil, false, hasErr
	case used:
		return nil, false, err
	}
	key, err = f.createKey()
	return key, err == nil, err
}

// createKey writes a new master key to DIR/master.key.
func (f dataFlags) createKey() ([]byte, error) {
	key := id.Bytes(32)
	file, err := os.OpenFile(f.keyPath(), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("write the master key: %w", err)
	}
	_, err = file.WriteString(hex.EncodeToString(key) + "\n")
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return nil, fmt.Errorf("write the master key: %w", err)
	}
	return key, nil
}
