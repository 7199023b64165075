package archive

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"

	"qiwei/internal/blob"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Export is a part of the archive that is taken out for one case: somebody asks, somebody else decides.
type Export struct {
	No        int64     `json:"no"`
	Name      string    `json:"name"` // of the case
	Question  Case      `json:"question"`
	Formats   []string  `json:"formats"`
	AskedBy   id.UserID `json:"asked_by"`
	AskedAt   time.Time `json:"asked_at"`
	State     string    `json:"state"`
	DecidedBy id.UserID `json:"decided_by,omitempty"`
	DecidedAt time.Time `json:"decided_at,omitzero"`
	EndedAt   time.Time `json:"ended_at,omitzero"`
	Size      int64     `json:"size,omitempty"`
	Records   int64     `json:"records,omitempty"`
	Sum       string    `json:"sha256,omitempty"` // of the file, hexadecimal
	Error     string    `json:"error,omitempty"`

	corpID, blob string
}

// Case says which records an export has. Empty fields do not matter.
type Case struct {
	People []string  `json:"people,omitempty"` // who take part in the conversation
	Rooms  []string  `json:"rooms,omitempty"`
	Words  []string  `json:"words,omitempty"` // all of them are said
	Since  time.Time `json:"since,omitzero"`
	Until  time.Time `json:"until,omitzero"`
}

// The states of an export.
const (
	exportAsked    = "asked"
	exportApproved = "approved"
	exportRefused  = "refused"
	exportDone     = "done"
	exportFailed   = "failed"
	exportExpired  = "expired"
)

// Formats are what an export can be written in, beside the files of the messages.
func Formats() []string { return []string{"html", "pdf", "json", "eml"} }

const (
	// exportDays is how long an export can be fetched.
	exportDays = 30
	// exportsAtOnce is how many exports a list has.
	exportsAtOnce = 200
	maxCaseName   = 200 // bytes
	maxCaseParts  = 100 // of people, of rooms, of words
)

// Errors of exports.
var (
	ErrFourEyes  = wire.ErrNoPrivilege
	ErrNoPlain   = wire.ErrParameter
	ErrNoExport  = wire.ErrParameter
	errNoOfficer = wire.ErrNoPrivilege.With("a compliance officer decides about exports")
)

// AskExport asks for an export of what the reader may read.
func (s *Service) AskExport(tx *store.Tx, by Reader, name string, c Case, formats []string) (int64, error) {
	a, err := s.kept(tx, by.CorpID)
	if err != nil {
		return 0, err
	}
	switch {
	case !by.Reads():
		return 0, ErrNotReader.With("a reader or a compliance officer asks for exports")
	case name == "" || len(name) > maxCaseName:
		return 0, wire.ErrParameter.With("name: the name of the case expected, at most %d bytes", maxCaseName)
	case len(c.People)+len(c.Rooms)+len(c.Words) == 0 && c.Since.IsZero():
		return 0, wire.ErrParameter.With("people, rooms, words or since expected: an export is of one case")
	case max(len(c.People), len(c.Rooms), len(c.Words)) > maxCaseParts:
		return 0, wire.ErrParameter.With("people, rooms, words: at most %d each", maxCaseParts)
	case !c.Until.IsZero() && !c.Since.Before(c.Until):
		return 0, wire.ErrParameter.With("until: it is not after since")
	case !a.Plain:
		return 0, ErrNoPlain.With("the plaintext is not kept here; qiwei archive set --plain keeps that of what is said from then on")
	case len(formats) == 0:
		formats = Formats()
	}
	for _, f := range formats {
		if !slices.Contains(Formats(), f) {
			return 0, wire.ErrParameter.With("formats: html, pdf, json and eml are there, %q given", f)
		}
	}
	for _, w := range c.Words {
		if len(grams(w)) == 0 {
			return 0, ErrWords.With("words: %q has not two neighbouring letters or digits", w)
		}
	}
	question, err := json.Marshal(c)
	if err != nil {
		return 0, err
	}
	in, err := json.Marshal(formats)
	if err != nil {
		return 0, err
	}
	no, err := tx.Insert(`INSERT INTO archive_export (corpid, name, question, formats, asked_by, asked_at, state, decided_by, decided_at, ended_at, blob, size, records, sum, error, holder, until)
		VALUES (?, ?, ?, ?, ?, ?, ?, '', 0, 0, '', 0, 0, '', '', '', 0)`, by.CorpID, name, string(question), string(in), string(by.UserID), tx.Now().UnixMilli(), exportAsked)
	if err != nil {
		return 0, err
	}
	return no, s.Note(tx, by, "export ask", strconv.FormatInt(no, 10)+" "+string(question))
}

// DecideExport approves or refuses an export. Whoever asked for it cannot.
func (s *Service) DecideExport(tx *store.Tx, by Reader, no int64, approve bool) error {
	if by.Role != Officer {
		return errNoOfficer
	}
	e, err := s.Export(tx, by.CorpID, no)
	if err != nil {
		return err
	}
	if e.AskedBy.Equal(by.UserID) {
		return ErrFourEyes.With("somebody else decides about what one has asked for")
	}
	state, what := exportRefused, "export refuse"
	if approve {
		state, what = exportApproved, "export approve"
	}
	n, err := tx.Exec(`UPDATE archive_export SET state = ?, decided_by = ?, decided_at = ? WHERE corpid = ? AND no = ? AND state = ?`,
		state, string(by.UserID), tx.Now().UnixMilli(), by.CorpID, no, exportAsked)
	if err == nil && n == 0 {
		err = wire.ErrParameter.With("export %d is decided already: %s", no, e.State)
	}
	if err != nil {
		return err
	}
	s.exports.Queued(tx, no, 1)
	return s.Note(tx, by, what, strconv.FormatInt(no, 10))
}

const exportColumns = `no, corpid, name, question, formats, asked_by, asked_at, state, decided_by, decided_at, ended_at, blob, size, records, sum, error`

func selectExports(tx *store.Tx, where string, args ...any) (out []Export, err error) {
	out = []Export{}
	err = tx.Each(`SELECT `+exportColumns+` FROM archive_export WHERE `+where, args, func(rows *store.Rows) error {
		var e Export
		var question, formats string
		var asked, decided, ended int64
		if err := rows.Scan(&e.No, &e.corpID, &e.Name, &question, &formats, &e.AskedBy, &asked, &e.State, &e.DecidedBy, &decided, &ended, &e.blob, &e.Size, &e.Records, &e.Sum, &e.Error); err != nil {
			return err
		}
		e.AskedAt = time.UnixMilli(asked).UTC()
		if decided != 0 {
			e.DecidedAt = time.UnixMilli(decided).UTC()
		}
		if ended != 0 {
			e.EndedAt = time.UnixMilli(ended).UTC()
		}
		err := firstOf(json.Unmarshal([]byte(question), &e.Question), json.Unmarshal([]byte(formats), &e.Formats))
		out = append(out, e)
		return err
	})
	return out, err
}

// Exports returns the corp's exports, the newest first.
func (s *Service) Exports(tx *store.Tx, corpID string) ([]Export, error) {
	return selectExports(tx, `corpid = ? ORDER BY no DESC LIMIT ?`, corpID, int64(exportsAtOnce))
}

// Export returns one of the corp's exports, or ErrNoExport.
func (s *Service) Export(tx *store.Tx, corpID string, no int64) (Export, error) {
	list, err := selectExports(tx, `corpid = ? AND no = ?`, corpID, no)
	if err != nil || len(list) == 0 {
		return Export{}, firstOf(err, ErrNoExport.With("there is no export %d", no))
	}
	return list[0], nil
}

// FetchExport notes that an export is fetched, and opens its file: for whoever asked for it, and for officers.
func (s *Service) FetchExport(ctx context.Context, by Reader, no int64) (e Export, content io.ReadCloser, err error) {
	err = s.deps.Store.Write(ctx, func(tx *store.Tx) (err error) {
		if e, err = s.Export(tx, by.CorpID, no); err != nil {
			return err
		}
		switch {
		case by.Role != Officer && !(by.Role == RangeReader && e.AskedBy.Equal(by.UserID)):
			return ErrNotReader.With("an export is for whoever has asked for it, and for compliance officers")
		case e.State != exportDone:
			return ErrNoExport.With("export %d is not there to be fetched: %s", no, firstText(e.Error, e.State))
		}
		return s.Note(tx, by, "export fetch", strconv.FormatInt(no, 10))
	})
	if err != nil {
		return e, nil, err
	}
	content, err = s.deps.Media.Content(ctx, e.blob, 0, -1)
	if errors.Is(err, blob.ErrNotFound) {
		err = fmt.Errorf("the file of export %d is gone: %w", no, err)
	}
	return e, content, err
}

// expireExports lets go of the files of old exports.
func (s *Service) expireExports(ctx context.Context) error {
	return s.deps.Store.Write(ctx, func(tx *store.Tx) error {
		list, err := selectExports(tx, `state = ? AND ended_at < ? LIMIT 100`, exportDone, tx.Now().AddDate(0, 0, -exportDays).UnixMilli())
		for _, e := range list {
			if err != nil {
				return err
			}
			if s.deps.For != nil && !s.deps.For(e.corpID) {
				continue
			}
			if _, err = tx.Exec(`UPDATE archive_export SET state = ?, blob = '' WHERE corpid = ? AND no = ?`, exportExpired, e.corpID, e.No); err == nil {
				err = s.deps.Media.Release(tx, e.blob)
			}
		}
		return err
	})
}
