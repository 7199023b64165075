//go:build linux && cgo && msgaudit

// Command msgaudit reads a chat archive through silenceper/wechat, which loads WeCom's library by cgo, and prints
// how many messages of each type there are, how long the files are together, and their SHA-256. Which library it loads is the
// environment's to say: LD_LIBRARY_PATH.
package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"

	"github.com/silenceper/wechat/v2/work/config"
	"github.com/silenceper/wechat/v2/work/msgaudit"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	key, err := os.ReadFile(os.Getenv("ARCHIVE_KEY"))
	if err != nil {
		return err
	}
	client, err := msgaudit.NewClient(&config.Config{CorpID: os.Getenv("ARCHIVE_CORP"), CorpSecret: os.Getenv("ARCHIVE_SECRET"), RasPrivateKey: string(key)})
	if err != nil {
		return err
	}
	defer client.Free()
	types, bytes, sums := map[string]int{}, 0, []string{}
	for seq := uint64(0); ; {
		list, err := client.GetChatData(seq, 100, "", "", 30)
		if err != nil {
			return fmt.Errorf("behind %d: %w", seq, err)
		}
		if len(list) == 0 {
			break
		}
		for _, one := range list {
			seq = one.Seq
			m, err := client.DecryptData(one.EncryptRandomKey, one.EncryptChatMsg)
			if err != nil {
				return fmt.Errorf("seq %d: %w", seq, err)
			}
			types[m.Type]++
			if m.Type != "file" {
				continue
			}
			f, err := m.GetFileMessage()
			if err != nil {
				return err
			}
			sum := sha256.New()
			for index, last := "", false; !last; {
				part, err := client.GetMediaData(index, f.File.SdkFileID, "", "", 30)
				if err != nil {
					return fmt.Errorf("file of seq %d: %w", seq, err)
				}
				index, last = part.OutIndexBuf, part.IsFinish
				bytes += len(part.Data)
				sum.Write(part.Data)
			}
			sums = append(sums, hex.EncodeToString(sum.Sum(nil)))
		}
	}
	return json.NewEncoder(os.Stdout).Encode(map[string]any{"types": types, "bytes": bytes, "sums": sums})
}
