package main

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"

	"qiwei/internal/access"
	"qiwei/internal/platform"
	"qiwei/internal/seed"
	"qiwei/internal/store"
)

// archiveCredentials are of an enterprise's archive.
type archiveCredentials struct {
	Secret string         `json:"secret"` // of the library, and of msgaudit
	Keys   []archiveKeyAt `json:"keys"`
	Rooms  []string       `json:"rooms"`
}

// archiveKeyAt says where a private key is, relative to the data directory; nowhere if it is not there.
type archiveKeyAt struct {
	Version int64  `json:"publickey_ver"`
	File    string `json:"private_key_file,omitempty"`
}

// keyFile is the name of a private key in the data directory of qiwei dev.
func keyFile(version int64) string { return fmt.Sprintf("archive-%d.pem", version) }

// seedArchive draws a key pair, leaves the private one in the data directory, and has the demo's people talk.
func seedArchive(ctx context.Context, s *platform.Server, corpID, dir string) error {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return err
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	public, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, keyFile(1)), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}), 0o600); err != nil {
		return err
	}
	return seed.Talk(ctx, s, corpID, string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public})))
}

// collectArchive returns what programs need to read the corp's archive; nil if it is off.
func collectArchive(tx *store.Tx, s *platform.Server, corpID string, apps []appCredentials, old credentials) (*archiveCredentials, error) {
	status, err := s.Archive.Status(tx, corpID)
	if err != nil || !status.Enabled {
		return nil, err
	}
	out := &archiveCredentials{Keys: []archiveKeyAt{}, Rooms: []string{}}
	for _, a := range apps {
		if a.Kind == access.ChatArchive {
			out.Secret = a.Secret
		}
	}
	for _, k := range status.Keys {
		at := archiveKeyAt{Version: k.Version}
		if c := old.corp(corpID); c != nil && c.Archive != nil {
			for _, before := range c.Archive.Keys {
				if before.Version == k.Version {
					at.File = before.File
				}
			}
		}
		out.Keys = append(out.Keys, at)
	}
	groups, err := s.Chats.Groups(tx, corpID, listedRooms)
	for _, g := range groups {
		out.Rooms = append(out.Rooms, g.ChatID)
	}
	return out, err
}

// listedRooms is how many internal groups of a corp the file names.
const listedRooms = 100

// findKeys names the private keys that are in the data directory: that of the demo's own archive.
func (c *credentials) findKeys(dir string) {
	for _, cc := range c.Corps {
		if cc.Archive == nil {
			continue
		}
		for i, k := range cc.Archive.Keys {
			if _, err := os.Stat(filepath.Join(dir, keyFile(k.Version))); err == nil && k.Version == 1 {
				cc.Archive.Keys[i].File = keyFile(k.Version)
			}
		}
	}
}
