package console

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"net/http"
	"os"
	"strconv"

	"qiwei/internal/sheet"
	"qiwei/internal/store"
)

// sheet answers with a CSV file that spreadsheets open as UTF-8. fill writes its rows, the header first, in a
// transaction. The transaction ends before anything is sent, so a slow client holds a file and no
// transaction.
func (v *visit) sheet(name string, fill func(tx *store.Tx, put func([]string) error) error) (any, error) {
	var sp spool
	defer func() { sp.close() }()
	err := v.look(func(tx *store.Tx) error {
		if err := sp.reset(); err != nil {
			return err
		}
		w := csv.NewWriter(&sp)
		err := fill(tx, func(row []string) error {
			cells := make([]string, len(row))
			for i, c := range row {
				cells[i] = sheet.Cell(c)
			}
			return w.Write(cells)
		})
		w.Flush()
		return errors.Join(err, w.Error())
	})
	if err != nil {
		return nil, err
	}
	content, err := sp.content()
	if err != nil {
		return nil, err
	}
	const mark = "\ufeff"
	h := v.w.Header()
	h.Set("Content-Type", "text/csv; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="`+name+`"`)
	h.Set("Content-Length", strconv.FormatInt(sp.size+int64(len(mark)), 10))
	if v.r.Method == http.MethodHead {
		return nil, nil
	}
	// The length has been announced, so the client notices a file that is cut off.
	if _, err := io.WriteString(v.w, mark); err == nil {
		io.Copy(v.w, content)
	}
	return nil, nil
}

// inMemory is how much of a sheet is kept in memory. The rest of a larger one goes to a temporary file.
const inMemory = 1 << 20

// spool keeps what is written to it until it is read.
type spool struct {
	head bytes.Buffer
	file *os.File // nil while the head holds everything
	size int64
}

func (s *spool) Write(p []byte) (n int, err error) {
	if s.file == nil && s.head.Len()+len(p) > inMemory {
		if s.file, err = os.CreateTemp("", "qiwei-sheet-*"); err != nil {
			return 0, err
		}
		// The file has no name, so a crash leaves nothing behind. Where an open file cannot be removed, close
		// removes it.
		os.Remove(s.file.Name())
	}
	if s.file != nil {
		n, err = s.file.Write(p)
	} else {
		n, err = s.head.Write(p)
	}
	s.size += int64(n)
	return n, err
}

// reset empties the spool, for a transaction that is run again.
func (s *spool) reset() error {
	err := s.close()
	*s = spool{}
	return err
}

// content returns what was written.
func (s *spool) content() (io.Reader, error) {
	if s.file == nil {
		return &s.head, nil
	}
	_, err := s.file.Seek(0, io.SeekStart)
	return io.MultiReader(&s.head, s.file), err
}

func (s *spool) close() error {
	if s.file == nil {
		return nil
	}
	err := s.file.Close()
	os.Remove(s.file.Name())
	return err
}
