package archive

import (
	"archive/zip"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"qiwei/internal/id"
	"qiwei/internal/media"
	"qiwei/internal/store"
	"qiwei/internal/work"
)

// exportWork is the writing of exports as the engine sees it: an export is a key.
func (s *Service) exportWork() work.Kind {
	return work.Kind{
		Name: "archive export", Slots: 1, Every: 5 * time.Second, For: s.deps.For, Hold: true,
		Lease:   work.Lease{Table: "archive_export", Key: "no", Holder: "holder", Until: "until", Length: time.Minute},
		Retry:   work.Retry{After: work.Doubling(5*time.Second, time.Minute)},
		Waiting: waitingExports, Take: s.takeExport,
	}
}

func waitingExports(tx *store.Tx) (list []work.Waiting, err error) {
	err = tx.Each(`SELECT no, corpid, holder, until FROM archive_export WHERE state = 'approved'`, nil, func(rows *store.Rows) error {
		var w work.Waiting
		var until int64
		err := rows.Scan(&w.Key, &w.CorpID, &w.Holder, &until)
		w.Until = time.UnixMilli(until)
		list = append(list, w)
		return err
	})
	return list, err
}

// exporting is an export being written.
type exporting struct {
	s *Service
	Export
	archive archived
	by      Reader
	file    media.File
	failed  error
	names   map[string]string
	within  *reach     // the conversations of the case; nil is all, or too many to be gone through
	end     Checkpoint // the chain's end when it began: what comes later is not in it
}

func (s *Service) takeExport(tx *store.Tx, t *work.Turn) (work.Batch, time.Time, error) {
	list, err := selectExports(tx, `no = ? AND state = ?`, t.Key, exportApproved)
	if err != nil || len(list) == 0 {
		return nil, time.Time{}, err
	}
	x := &exporting{s: s, Export: list[0], names: map[string]string{}}
	if x.archive, err = s.kept(tx, x.corpID); err != nil {
		return nil, time.Time{}, err
	}
	// Whoever has lost the role meanwhile gets nothing.
	if x.by, err = s.ReaderNamed(tx.Context(), tx, x.corpID, x.AskedBy); err != nil || !x.by.Reads() {
		x.failed = fmt.Errorf("%s no longer reads the archive", x.AskedBy)
	}
	var hash []byte
	if _, err = tx.Get(`SELECT seq, hash FROM archive_chain WHERE archive = ? AND corpid = ?`, []any{x.archive.no, x.corpID}, &x.end.Seq, &hash); err != nil {
		return nil, time.Time{}, err
	}
	x.end.Hash = hexOf(hash)
	x.within, err = reachOfCase(tx, x.archive, x.Question)
	return x, time.Time{}, err
}

// Do writes the file. What fails is told to whoever asked.
func (x *exporting) Do(ctx context.Context) error {
	if x.failed != nil {
		return nil
	}
	sum := sha256.New()
	x.file, x.failed = x.s.deps.Media.Put(ctx, x.corpID, func(w io.Writer) error { return x.write(ctx, io.MultiWriter(w, sum)) })
	x.Sum = hexOf(sum.Sum(nil))
	return ctx.Err()
}

// Record notes the outcome.
func (x *exporting) Record(ctx context.Context, tx *store.Tx, r work.Result) error {
	if r.Err != nil {
		return nil
	}
	state, text := exportDone, ""
	if x.failed != nil {
		state, text, x.Sum = exportFailed, x.failed.Error(), ""
		x.s.deps.Log.Error("export of the archive", "corpid", x.corpID, "export", x.No, "err", x.failed)
	} else if err := x.s.deps.Media.Claim(tx, x.file.Key); err != nil {
		return err
	}
	_, err := tx.Exec(`UPDATE archive_export SET state = ?, error = ?, ended_at = ?, blob = ?, size = ?, records = ?, sum = ? WHERE corpid = ? AND no = ? AND state = ?`,
		state, text, tx.Now().UnixMilli(), x.file.Key, x.file.Size, x.Records, x.Sum, x.corpID, x.No, exportApproved)
	return err
}

// ExportAll writes the exports that are approved, and returns.
func (s *Service) ExportAll(ctx context.Context) error { return s.exports.Drain(ctx, nil) }

// write writes the archive file: each format once through the records, then their files, so that memory does
// not grow with the case.
func (x *exporting) write(ctx context.Context, w io.Writer) error {
	z := zip.NewWriter(w)
	x.Records = 0
	writers := map[string]func(context.Context, *zip.Writer) error{"html": x.writeHTML, "pdf": x.writePDF, "json": x.writeJSON, "eml": x.writeEML}
	if err := x.each(ctx, func(Shown, []exportedFile) error { x.Records++; return nil }); err != nil {
		return err
	}
	for _, f := range Formats() {
		if slices.Contains(x.Formats, f) {
			if err := writers[f](ctx, z); err != nil {
				return fmt.Errorf("%s: %w", f, err)
			}
		}
	}
	if err := x.writeFiles(ctx, z); err != nil {
		return err
	}
	if err := x.writeSummary(z); err != nil {
		return err
	}
	return z.Close()
}

// create begins an entry with the time of the export.
func (x *exporting) create(z *zip.Writer, name string) (io.Writer, error) {
	return z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: x.DecidedAt})
}

// exportedFile is a file of a message, by the name that it has in the export.
type exportedFile struct {
	stored
	path, name string
}

// exportedAtOnce is how many records one transaction reads.
const exportedAtOnce = 200

// each calls fn for each record of the case, in order.
func (x *exporting) each(ctx context.Context, fn func(Shown, []exportedFile) error) error {
	for after, more := int64(0), true; more; {
		var list []Shown
		files := map[int64][]exportedFile{}
		if err := x.s.deps.Store.Read(ctx, func(tx *store.Tx) (err error) {
			if list, after, more, err = x.some(tx, after); err != nil {
				return err
			}
			if err := x.learn(tx, list); err != nil {
				return err
			}
			for _, r := range list {
				if files[r.Seq], err = x.filesOf(tx, r); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			return err
		}
		for _, r := range list {
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := fn(r, files[r.Seq]); err != nil {
				return err
			}
		}
	}
	return nil
}

// some reads the next records of the case: those behind after. more is false at the end.
func (x *exporting) some(tx *store.Tx, after int64) (out []Shown, last int64, more bool, err error) {
	q := x.Question
	if after == 0 && !q.Since.IsZero() {
		// Nothing is kept before it is said; a day is for clocks that were set back.
		first, _, err := keptSince(tx, x.archive, q.Since.AddDate(0, 0, -1))
		if err != nil {
			return nil, 0, false, err
		}
		after = first - 1
	}
	having, to, err := x.candidates(tx, after)
	if err != nil {
		return nil, 0, false, err
	}
	where, args := `archive = ? AND corpid = ? AND seq > ? AND seq <= ?`, []any{x.archive.no, x.corpID, after, to}
	and := func(condition string, values ...any) {
		where += ` AND ` + condition
		args = append(args, values...)
	}
	if having != nil {
		and(`seq IN (`+store.Marks(len(having))+`)`, store.Args([]any{}, having)...)
	}
	if len(q.People) > 0 {
		and(`conversation IN (SELECT conversation FROM archive_participant WHERE archive = ? AND person IN (`+store.Marks(len(q.People))+`))`, store.Args([]any{x.archive.no}, q.People)...)
	}
	if len(q.Rooms) > 0 {
		and(`roomid IN (`+store.Marks(len(q.Rooms))+`)`, store.Args([]any{}, q.Rooms)...)
	}
	if !q.Since.IsZero() {
		and(`at >= ?`, q.Since.UnixMilli())
	}
	if !q.Until.IsZero() {
		and(`at < ?`, q.Until.UnixMilli())
	}
	list, err := selectRecords(tx, where+` ORDER BY seq LIMIT ?`, append(args, int64(exportedAtOnce))...)
	if err != nil {
		return nil, after, false, err
	}
	if last = to; len(list) == exportedAtOnce {
		last = list[len(list)-1].Seq
	}
	more = last < x.end.Seq
	seen, err := x.s.visible(tx, x.archive, x.by, conversationsOf(list))
	if err != nil {
		return nil, 0, false, err
	}
	out, err = x.s.shown(tx, x.archive, slices.DeleteFunc(list, func(r Record) bool { return !seen[r.Conversation] }))
	if len(q.Words) > 0 {
		markHits(out, q.Words)
		out = slices.DeleteFunc(out, func(r Shown) bool { return len(r.Hits) == 0 })
	}
	return out, last, more, err
}

// candidates returns the next records behind after that may be of the case, nil for all of them, and up to where it has
// looked.
func (x *exporting) candidates(tx *store.Tx, after int64) (seqs []int64, to int64, err error) {
	switch {
	case len(x.Question.Words) > 0:
		return x.s.behind(tx, x.archive, x.Question.Words, after, x.end.Seq, exportedAtOnce)
	case x.within != nil:
		return x.within.next(tx, x.archive, after, x.end.Seq, exportedAtOnce)
	}
	return nil, min(after+widest, x.end.Seq), nil
}

// learn finds out what people in the records are called.
func (x *exporting) learn(tx *store.Tx, list []Shown) error {
	var unknown []string
	add := func(p string) {
		if _, known := x.names[p]; p != "" && !known && !slices.Contains(unknown, p) {
			unknown = append(unknown, p)
		}
	}
	for _, r := range list {
		if _, known := x.names[r.RoomID]; r.RoomID != "" && !known {
			name, err := x.s.roomName(tx, x.corpID, r.RoomID)
			if err != nil {
				return err
			}
			x.names[r.RoomID] = name
		}
		add(r.From)
		add(r.Peer)
		for _, p := range addressees(r) {
			add(p)
		}
	}
	names, err := x.s.Names(tx, x.corpID, unknown)
	for _, p := range unknown {
		x.names[p] = names[p]
	}
	return err
}

// named returns what to call somebody, with their id.
func (x *exporting) named(p string) string {
	if n := x.names[p]; n != "" && n != p {
		return n + " (" + p + ")"
	}
	return p
}

// filesOf returns the files of a record.
func (x *exporting) filesOf(tx *store.Tx, r Shown) (out []exportedFile, err error) {
	type row struct {
		no int64
		exportedFile
	}
	var rows []row
	err = tx.Each(`SELECT no, blob, size, name FROM archive_file WHERE corpid = ? AND erased = 0 AND (msgid = ? OR no IN (SELECT file FROM archive_shared WHERE corpid = ? AND msgid = ?)) ORDER BY no`,
		[]any{x.corpID, r.MsgID, x.corpID, r.MsgID}, func(scan *store.Rows) error {
			var f row
			err := scan.Scan(&f.no, &f.blob, &f.size, &f.name)
			rows = append(rows, f)
			return err
		})
	for i, f := range rows {
		if err == nil && f.blob == "" {
			_, err = tx.Get(`SELECT content FROM archive_picture WHERE file = ? AND corpid = ?`, []any{f.no, x.corpID}, &f.inline)
		}
		f.path = fmt.Sprintf("files/%d-%d-%s", r.Seq, i+1, safeName(f.name))
		out = append(out, f.exportedFile)
	}
	return out, err
}

// safeName is a file's name without what a path or a system takes for something else.
func safeName(name string) string {
	name = strings.Map(func(r rune) rune {
		if r < ' ' || strings.ContainsRune(`/\:*?"<>|`, r) {
			return '_'
		}
		return r
	}, name)
	name = strings.Trim(name, ". ")
	if len(name) > 120 {
		name = name[len(name)-120:]
		name = strings.ToValidUTF8(name, "")
	}
	if name == "" {
		return "file"
	}
	return name
}

// Names returns what members, applications and robots are called, by their ids.
func (s *Service) Names(tx *store.Tx, corpID string, ids []string) (map[string]string, error) {
	out := map[string]string{}
	if len(ids) == 0 {
		return out, nil
	}
	numbers, err := s.deps.Directory.MemberNumbers(tx, corpID, ids)
	if err != nil {
		return nil, err
	}
	var list []int64
	for _, no := range numbers {
		list = append(list, no)
	}
	names, err := s.deps.Directory.Names(tx, corpID, list)
	if err != nil {
		return nil, err
	}
	var externals []id.ExternalID
	for _, one := range ids {
		switch no := numbers[one]; {
		case no != 0:
			out[one] = names[no]
		case strings.HasPrefix(one, "wb"):
			info, _, err := s.robotInfo(tx, corpID, one)
			if err != nil {
				return nil, err
			}
			out[one] = info.Name
		default:
			externals = append(externals, id.ExternalID(one))
		}
	}
	if len(externals) == 0 {
		return out, nil
	}
	called, err := s.deps.Outside().Called(tx, corpID, externals)
	for e, name := range called {
		out[string(e)] = name
	}
	return out, err
}
