package batch

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/event"
	"qiwei/internal/job"
	"qiwei/internal/seal"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// The kinds of export, as batch_job_result names them (doc 94946).
const (
	exportSimpleUser = "export_simple_user"
	exportUser       = "export_user"
	exportDepartment = "export_department"
	exportTag        = "export_tag"
)

var exportKinds = []string{exportSimpleUser, exportUser, exportDepartment, exportTag}

const (
	minBlock = 10_000
	maxBlock = 1_000_000

	membersAtOnce = 500
	urlLife       = 2 * time.Hour
	// keptExports is how long the result of an export is kept. The platform's time is not documented;
	// uploaded files are kept as long.
	keptExports = 3 * 24 * time.Hour
)

// Export is what an export was asked to do.
type Export struct {
	AESKey    string
	BlockSize int64
	TagID     int64 `json:",omitempty"`
}

func (e *Export) valid() error {
	if !isAESKey(e.AESKey) { // the code is unverified
		return wire.ErrParameter.With("encoding_aeskey: 43 letters and digits expected")
	}
	if _, err := aesKey(e.AESKey); err != nil {
		return wire.ErrParameter.With("encoding_aeskey: %v", err)
	}
	if e.BlockSize == 0 {
		e.BlockSize = maxBlock
	}
	if e.BlockSize < minBlock || e.BlockSize > maxBlock {
		return wire.ErrParameter.With("block_size: %d to %d expected", minBlock, maxBlock)
	}
	return nil
}

// StartExport enqueues an export of what the caller sees now.
func (s *Service) StartExport(ctx context.Context, tx *store.Tx, by access.Caller, kind string, e Export) (jobID string, err error) {
	if err := e.valid(); err != nil {
		return "", err
	}
	if kind == exportTag { // refused as tag/get refuses it
		if _, err := s.deps.Directory.Tag(ctx, tx, by, e.TagID); err != nil {
			return "", err
		}
	}
	if err := s.deps.Jobs.KeepSince(tx, tx.Now().Add(-keptExports)); err != nil {
		return "", err
	}
	return s.deps.Jobs.Enqueue(ctx, tx, job.New{By: by, Kind: kind, Input: e})
}

func (s *Service) exportEnded(ctx context.Context, tx *store.Tx, j job.Job) error {
	jobType := j.Kind
	if jobType == exportTag && (j.By.Kind == access.ThirdParty || j.By.Kind == access.ThirdPartyContacts) {
		jobType = "export_taguser" // doc 94956 names it so
	}
	return s.ended(ctx, tx, j, jobType, "", event.Endpoint{})
}

// exportPlace is the progress of an export: the finished blocks, the one under way, and the last member in
// it.
type exportPlace struct {
	Blocks []Block
	Open   *blockState `json:",omitempty"`
	Nodes  int64       // in the open block
	After  int64
	Over   bool
}

// exportWork writes an export.
type exportWork struct {
	s    *Service
	j    job.Job
	e    Export
	key  []byte
	next exportPlace
}

func (s *Service) openExport(ctx context.Context, j job.Job) (job.Work, error) {
	w := &exportWork{s: s, j: j}
	if err := json.Unmarshal(j.Input, &w.e); err != nil {
		return nil, err
	}
	var err error
	if w.key, err = aesKey(w.e.AESKey); err != nil {
		return nil, err
	}
	if len(j.Place) > 0 {
		err = json.Unmarshal(j.Place, &w.next)
	}
	return w, err
}

// Next returns the next step. The one before has been committed.
func (w *exportWork) Next(ctx context.Context) (job.Step, error) {
	from := w.next
	if from.Over {
		return nil, nil
	}
	return func(ctx context.Context, tx *store.Tx, j *job.Job, _ bool) error {
		to := from
		to.Blocks = append([]Block(nil), from.Blocks...)
		if err := w.write(ctx, tx, &to); err != nil {
			return err
		}
		place, err := json.Marshal(to)
		if err != nil {
			return err
		}
		j.Place, w.next = place, to
		return nil
	}, nil
}

func (w *exportWork) write(ctx context.Context, tx *store.Tx, to *exportPlace) error {
	d := w.s.deps.Directory
	switch w.j.Kind {
	case exportDepartment:
		list, err := d.ExportDepartments(ctx, tx, w.j.By)
		if err != nil {
			return err
		}
		to.Over = true
		return w.list(tx, to, "department", list, true)
	case exportTag:
		return w.tag(ctx, tx, to)
	}
	list, last, err := d.ExportMembers(ctx, tx, w.j.By, to.After, membersAtOnce, w.j.Kind == exportSimpleUser)
	if err != nil {
		return err
	}
	to.After, to.Over = last, len(list) == 0
	return w.list(tx, to, "userlist", list, to.Over)
}

// list adds elements to the open block, and closes the block if it is full or these are the last. An export
// of nobody is one block with an empty list.
func (w *exportWork) list(tx *store.Tx, to *exportPlace, name string, list [][]byte, last bool) error {
	b, err := newBlock(w.key, to.Open)
	if err != nil {
		return err
	}
	start := b.size
	begin := func() {
		if b.size == 0 && len(b.rest) == 0 {
			b.write([]byte(`{"` + name + `":[`))
		}
	}
	flush := func() error {
		err := w.s.deps.Jobs.Write(tx, w.j, int64(len(to.Blocks)), start, b.out)
		b.out = nil
		return err
	}
	for _, element := range list {
		if to.Nodes == w.e.BlockSize {
			b.write([]byte(`]}`))
			done := b.finish()
			if err := flush(); err != nil {
				return err
			}
			to.Blocks, to.Nodes, start = append(to.Blocks, done), 0, 0
			if b, err = newBlock(w.key, nil); err != nil {
				return err
			}
		}
		begin()
		if to.Nodes > 0 {
			b.write([]byte(`,`))
		}
		b.write(element)
		to.Nodes++
	}
	if !last {
		open, err := b.state()
		to.Open = &open
		return errors.Join(err, flush())
	}
	begin()
	b.write([]byte(`]}`))
	done := b.finish()
	if err := flush(); err != nil {
		return err
	}
	to.Blocks, to.Open = append(to.Blocks, done), nil
	return nil
}

// tag writes a tag: its name in each block, and members before departments.
func (w *exportWork) tag(ctx context.Context, tx *store.Tx, to *exportPlace) error {
	t, err := w.s.deps.Directory.ExportTag(ctx, tx, w.j.By, w.e.TagID)
	if err != nil {
		return err
	}
	to.Over = true
	for first := true; first || len(t.Members)+len(t.Parties) > 0; first = false {
		members := t.Members[:min(len(t.Members), int(w.e.BlockSize))]
		t.Members = t.Members[len(members):]
		parties := t.Parties[:min(len(t.Parties), int(w.e.BlockSize)-len(members))]
		t.Parties = t.Parties[len(parties):]
		b, err := newBlock(w.key, nil)
		if err != nil {
			return err
		}
		b.write(wire.AppendString([]byte(`{"tagname":`), t.Name))
		b.write(append(append([]byte(`,"userlist":[`), bytes.Join(members, []byte(","))...), `],"partylist":[`...))
		for i, p := range parties {
			if i > 0 {
				b.write([]byte(","))
			}
			b.write(strconv.AppendInt(nil, p, 10))
		}
		b.write([]byte(`]}`))
		done := b.finish()
		if err := w.s.deps.Jobs.Write(tx, w.j, int64(len(to.Blocks)), 0, b.out); err != nil {
			return err
		}
		to.Blocks = append(to.Blocks, done)
	}
	return nil
}

// ticket is the content of a link to a block.
type ticket struct {
	JobID   string
	CorpID  string
	App     int64
	Kind    string
	Block   int64
	Expires int64
}

// blockURL returns a link to a block, valid for two hours.
func (s *Service) blockURL(j job.Job, block int64, now time.Time) (string, error) {
	text, err := json.Marshal(ticket{j.ID, j.By.CorpID, j.By.App, j.Kind, block, now.Add(urlLife).Unix()})
	return s.deps.BaseURL() + "/export/" + s.deps.Box.SealText(seal.Export, "", text), err
}

// download serves a block of ciphertext, whole or in parts. An expired or forged link answers 404.
func (s *Service) download(w http.ResponseWriter, r *http.Request) {
	plain, err := s.deps.Box.OpenText(seal.Export, "", r.PathValue("block"))
	var t ticket
	if err == nil {
		err = json.Unmarshal(plain, &t)
	}
	if err != nil || t.Expires <= s.deps.Store.Now().Unix() {
		http.NotFound(w, r)
		return
	}
	var j job.Job
	var at exportPlace
	err = s.deps.Store.Read(r.Context(), func(tx *store.Tx) (err error) {
		if j, err = s.deps.Jobs.Find(tx, access.Kept{}.Caller(t.CorpID, t.App), t.JobID, t.Kind); err != nil {
			return err
		}
		return json.Unmarshal(j.Place, &at)
	})
	if err != nil || t.Block >= int64(len(at.Blocks)) {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Cache-Control", "private, no-store")
	content := &blockReader{ctx: r.Context(), s: s, job: j.No, block: t.Block, size: at.Blocks[t.Block].Size}
	http.ServeContent(w, r, "", time.Time{}, content)
}

// blockReader reads a block piece by piece. Each piece has a transaction of its own, so that a slow client
// holds none.
type blockReader struct {
	ctx        context.Context
	s          *Service
	job, block int64
	at, size   int64
	piece      []byte // read from offset at
}

func (b *blockReader) Read(p []byte) (int, error) {
	if b.at >= b.size {
		return 0, io.EOF
	}
	if len(b.piece) == 0 {
		err := b.s.deps.Store.Read(b.ctx, func(tx *store.Tx) (err error) {
			b.piece, err = b.s.deps.Jobs.Read(tx, b.job, b.block, b.at)
			return err
		})
		if err != nil {
			return 0, err
		}
		if len(b.piece) == 0 {
			return 0, io.ErrUnexpectedEOF // the export was swept away meanwhile
		}
	}
	n := copy(p, b.piece)
	b.piece, b.at = b.piece[n:], b.at+int64(n)
	return n, nil
}

func (b *blockReader) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += b.at
	case io.SeekEnd:
		offset += b.size
	}
	if offset < 0 {
		return 0, errors.New("before the beginning")
	}
	b.at, b.piece = offset, nil
	return offset, nil
}
