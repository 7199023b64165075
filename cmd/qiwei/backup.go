package main

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"qiwei/internal/backup"
	"qiwei/internal/blob"
	"qiwei/internal/checkup"
	"qiwei/internal/clock"
	"qiwei/internal/platform"
	"qiwei/internal/store"
)

// passphraseFlag is the passphrase of an encrypted backup. It is not given on the command line, which others on the
// machine can read.
type passphraseFlag struct {
	PassphraseFile string `help:"File with the passphrase of an encrypted backup, its first line; or QIWEI_BACKUP_PASSPHRASE." placeholder:"FILE"`
}

const passphraseEnv = "QIWEI_BACKUP_PASSPHRASE"

// passphraseLeast is how many characters a passphrase has at least. The file may lie where others can try.
const passphraseLeast = 12

func (f passphraseFlag) passphrase() (string, error) {
	text := os.Getenv(passphraseEnv)
	if f.PassphraseFile != "" {
		raw, err := os.ReadFile(f.PassphraseFile)
		if err != nil {
			return "", err
		}
		text, _, _ = strings.Cut(string(raw), "\n")
		text = strings.TrimSuffix(text, "\r")
		if text == "" {
			return "", fmt.Errorf("%s: the first line is empty", f.PassphraseFile)
		}
	}
	if n := len([]rune(text)); n > 0 && n < passphraseLeast {
		return "", usagef("the passphrase has %d characters; at least %d are needed", n, passphraseLeast)
	}
	return text, nil
}

type backupCmd struct {
	dataFlags
	jsonFlag
	passphraseFlag
	File      string `arg:"" help:"File to write, or - for standard output."`
	WithKey   bool   `help:"Put the master key into the backup, which must be encrypted."`
	Overwrite bool   `help:"Replace the file if there is one."`
}

// Run writes the backup beside its place, and moves it there when it is whole.
func (cmd backupCmd) Run(ctx context.Context, c *console) error {
	from := backup.Source{Program: versionText()}
	var err error
	if from.Passphrase, err = cmd.passphrase(); err != nil {
		return err
	}
	if cmd.WithKey {
		if from.Passphrase == "" {
			return usagef("--with-key: give a passphrase, too; whoever has the key can read everything")
		}
		if from.Key, err = cmd.key(); err != nil {
			return err
		}
	}
	if path := cmd.sqlite(); path != "" {
		if _, err := os.Stat(path); err != nil {
			return fmt.Errorf("there is no database %s; name the directory of a server with --data, or its database with --database", path)
		}
	}
	st, files, err := cmd.openForBackup(ctx)
	if err != nil {
		return err
	}
	defer st.Close()
	from.Store, from.Files, from.Now = st, files, st.Now()
	sum, err := cmd.write(ctx, c, from)
	if err != nil {
		return err
	}
	if sum.Rows > 0 { // a note in an empty database would keep a backup from being restored there
		if err := st.Write(ctx, checkup.NoteBackup); err != nil {
			fmt.Fprintf(c.err, "qiwei: the backup is whole, but that there is one could not be noted: %v\n", err)
		}
	}
	if cmd.JSON {
		return printJSON(c.err, sum)
	}
	fmt.Fprintf(c.err, "qiwei: backed up %d rows of %d tables and %d files (%s)\n", sum.Rows, sum.Tables, sum.Files, megabytes(sum.Bytes))
	for _, key := range sum.Gone {
		fmt.Fprintf(c.err, "qiwei: file %s was deleted meanwhile\n", key)
	}
	if from.Key == nil {
		fmt.Fprintln(c.err, "qiwei: the master key is not in it; keep a copy of", cmd.keyPath(), "somewhere else")
	}
	return nil
}

func megabytes(n int64) string { return fmt.Sprintf("%.1f MB", float64(n)/1e6) }

// openForBackup opens the database as it is, without bringing its schema up to date.
func (f dataFlags) openForBackup(ctx context.Context) (*store.Store, *blob.Bucket, error) {
	files, err := blob.Open(f.blobs())
	if err != nil {
		return nil, nil, err
	}
	st, err := store.Open(ctx, store.Config{URL: f.database(), Clock: clock.New()})
	return st, files, err
}

func (cmd backupCmd) write(ctx context.Context, c *console, from backup.Source) (sum backup.Sum, err error) {
	if cmd.File == "-" {
		return backup.Write(ctx, c.out, from)
	}
	if _, err := os.Stat(cmd.File); err == nil && !cmd.Overwrite {
		return sum, fmt.Errorf("there is a file %s; --overwrite replaces it", cmd.File)
	}
	part, err := os.CreateTemp(filepath.Dir(cmd.File), filepath.Base(cmd.File)+".part-*") // for its owner alone
	if err != nil {
		return sum, err
	}
	defer os.Remove(part.Name()) // it has another name when all went well
	sum, err = backup.Write(ctx, part, from)
	if err == nil {
		err = part.Sync()
	}
	if err = errors.Join(err, part.Close()); err != nil {
		return sum, fmt.Errorf("write the backup: %w", err)
	}
	return sum, os.Rename(part.Name(), cmd.File)
}

type restoreCmd struct {
	dataFlags
	passphraseFlag
	File string `arg:"" type:"existingfile" help:"The backup."`
}

// Run puts a backup into an installation that is empty, and the master key beside it if the backup has it.
func (cmd restoreCmd) Run(ctx context.Context, c *console) error {
	passphrase, err := cmd.passphrase()
	if err != nil {
		return err
	}
	if err := cmd.create(); err != nil {
		return err
	}
	st, files, err := cmd.openForBackup(ctx)
	if err != nil {
		return err
	}
	defer st.Close()
	done, err := backup.Restore(ctx, backup.Target{
		Store: st, Files: files, Rooms: platform.Migrations(), Passphrase: passphrase, Key: cmd.putKey,
		Open: func() (io.ReadCloser, error) { return os.Open(cmd.File) },
	})
	switch {
	case errors.Is(err, backup.ErrLocked) && passphrase == "":
		return fmt.Errorf("the backup is encrypted; give its passphrase by --passphrase-file or %s", passphraseEnv)
	case errors.Is(err, store.ErrNotEmpty):
		return fmt.Errorf("%w; a backup is restored into an empty one", err)
	case err != nil:
		return err
	}
	fmt.Fprintf(c.err, "qiwei: restored %d rows of %d tables and %d files (%s), as of %s\n",
		done.Sum.Rows, done.Sum.Tables, done.Sum.Files, megabytes(done.Sum.Bytes), done.Manifest.MadeAt.Local().Format("2006-01-02 15:04:05"))
	if _, err := cmd.key(); err != nil {
		fmt.Fprintf(c.err, "qiwei: put the master key of that installation at %s, or into %s, before a server starts\n", cmd.keyPath(), keyEnv)
	}
	return nil
}

// putKey writes the backup's master key, unless the same is there already.
func (f dataFlags) putKey(key []byte) error {
	have, err := f.key()
	switch {
	case err == nil && string(have) == string(key):
		return nil
	case err == nil:
		return fmt.Errorf("there is another master key in %s or %s; remove it first", f.keyPath(), keyEnv)
	case !errors.Is(err, errNoKey):
		return err
	}
	file, err := os.OpenFile(f.keyPath(), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("there is a file %s already", f.keyPath())
	}
	if err != nil {
		return err
	}
	_, err = file.WriteString(hex.EncodeToString(key) + "\n")
	return errors.Join(err, file.Sync(), file.Close())
}
