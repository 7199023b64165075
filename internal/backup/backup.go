// Package backup writes everything that an installation has into one file, beside running servers, and puts it back
// into an empty one: on SQLite or PostgreSQL, whichever it came from.
//
// The file is a tar archive, compressed with gzip and, if asked for, encrypted with age (https://age-encryption.org),
// so that it can be read without qiwei, too. In it are
//
//	manifest.json        the form of the file, when and by which program it was made, the schema's migrations
//	tables/NAME.N.jsonl  rows, in the order in which they can be inserted; the first line has the columns
//	numbers.json         the last number that each numbered table's rows were given
//	files/KEY            the content of uploaded files
//	key                  the master key, in encrypted files that were asked to have it
//	end.json             how much there was, so that a file that was cut short is noticed
package backup

import (
	"errors"
	"time"
)

// Form is the form of the file. A program reads its own and older ones.
const Form = 1

// Manifest is the beginning of a backup.
type Manifest struct {
	Form     int       `json:"form"`
	Program  string    `json:"program"`
	MadeAt   time.Time `json:"made_at"`
	Versions []int64   `json:"migrations"`
}

// Sum is the end of a backup: how much there was.
type Sum struct {
	Tables int   `json:"tables"`
	Rows   int64 `json:"rows"`
	Files  int64 `json:"files"`
	Bytes  int64 `json:"bytes"` // of files
	// Gone are files that were deleted while the backup was made.
	Gone []string `json:"gone,omitempty"`
}

// Errors of reading a backup.
var (
	// ErrCut says that the file ends before its end, or was changed.
	ErrCut = errors.New("the backup is incomplete")
	// ErrForm says that the file is not a backup, or one of a newer form.
	ErrForm = errors.New("this is not a backup that this program can read")
	// ErrLocked says that the file is encrypted, and no passphrase or another one was given.
	ErrLocked = errors.New("the backup is encrypted, and this passphrase does not open it")
)

// The names of entries.
const (
	manifestEntry = "manifest.json"
	numbersEntry  = "numbers.json"
	keyEntry      = "key"
	endEntry      = "end.json"
	tablesFolder  = "tables/"
	filesFolder   = "files/"
)
