package archive

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"qiwei/internal/archive/pump"
	"qiwei/internal/media"
	"qiwei/internal/store"
)

// pulledFile is a file of a record that is taken in.
type pulledFile struct {
	media.File
	id     string // sdkfileid there
	failed error  // it will never be handed out
}

// fetch takes in the files that a record names.
func (run *pulling) fetch(ctx context.Context, r *pulledRecord) error {
	ids, names := filesNamed(r.plain)
	for i, fileID := range ids {
		f := pulledFile{id: fileID}
		kept, err := run.s.deps.Media.Put(ctx, run.CorpID, func(w io.Writer) error { return run.copy(ctx, w, fileID) })
		var code pump.Code
		switch {
		case errors.As(err, &code) && code.Gone():
			f.failed = fmt.Errorf("the file of %s: %w", r.MsgID, err)
		case err != nil:
			return fmt.Errorf("the file of %s: %w", r.MsgID, err)
		default:
			f.File, f.Name = kept, names[i]
		}
		r.files = append(r.files, f)
	}
	return nil
}

// copy copies a file piece by piece. A piece that has failed is asked for again.
func (run *pulling) copy(ctx context.Context, w io.Writer, fileID string) error {
	for next := ""; ; {
		var p pump.Piece
		if err := again(func() (err error) {
			p, err = run.Origin.Media(ctx, fileID, next)
			return err
		}); err != nil {
			return err
		}
		if _, err := w.Write(p.Content); err != nil {
			return err
		}
		if p.Last {
			return nil
		}
		if p.Next == "" || p.Next == next {
			return fmt.Errorf("the library answers no next piece")
		}
		next = p.Next
		if err := run.keep(ctx); err != nil {
			return err
		}
	}
}

// filesNamed returns the sdkfileids in a plaintext, and what each file is called. Parts of a message are JSON in
// a text.
func filesNamed(plain string) (ids, names []string) {
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, one := range v {
				walk(one)
			}
		case string:
			var inner map[string]any
			if strings.HasPrefix(v, "{") && json.Unmarshal([]byte(v), &inner) == nil {
				walk(inner)
			}
		case map[string]any:
			if fileID, ok := v["sdkfileid"].(string); ok && fileID != "" && !slices.Contains(ids, fileID) {
				name, _ := v["filename"].(string)
				ids, names = append(ids, fileID), append(names, name)
			}
			for _, key := range sortedKeys(v) {
				walk(v[key])
			}
		}
	}
	var v any
	if json.Unmarshal([]byte(plain), &v) == nil {
		walk(v)
	}
	return ids, names
}

// store writes the duty to seal the records, what could not be taken, and how far the pull has come, in one
// transaction. A msgid that is here already is not taken twice.
func (run *pulling) store(tx *store.Tx, list []*pulledRecord, gaps []Gap, last int64) error {
	if err := run.renew(tx, last); err != nil {
		return err
	}
	fresh, err := run.fresh(tx, list)
	if err != nil {
		return err
	}
	var args []any
	var files int64
	for _, r := range fresh {
		for _, f := range r.files {
			if f.failed != nil {
				continue
			}
			fileID, err := run.insertFile(tx, r, f)
			if err != nil {
				return err
			}
			r.plain = strings.ReplaceAll(r.plain, f.id, fileID)
			files++
		}
		head, err := json.Marshal(r.head)
		if err != nil {
			return err
		}
		args = append(args, run.archive.no, run.CorpID, string(head), r.plain)
	}
	for some := range slices.Chunk(args, 4*rowsAtOnce) {
		if _, err := tx.Exec(`INSERT INTO archive_pending (archive, corpid, head, plain) VALUES (?, ?, ?, ?)`+strings.Repeat(`, (?, ?, ?, ?)`, len(some)/4-1), some...); err != nil {
			return fmt.Errorf("insert what is to be sealed: %w", err)
		}
	}
	for _, g := range gaps {
		if _, err := tx.Insert(`INSERT INTO archive_gap (corpid, pull, from_seq, to_seq, why, detail, found_at) VALUES (?, ?, ?, ?, ?, ?, ?)`,
			run.CorpID, run.no, g.From, g.To, g.Why, g.Detail, tx.Now().UnixMilli()); err != nil {
			return err
		}
	}
	if _, err := tx.Exec(`UPDATE archive_pull SET records = records + ?, files = files + ?, pulled_at = ? WHERE no = ? AND corpid = ?`,
		int64(len(fresh)), files, tx.Now().UnixMilli(), run.no, run.CorpID); err != nil {
		return err
	}
	now := tx.Now()
	tx.AfterCommit(func() {
		run.total.Records += int64(len(fresh))
		run.total.Files += files
		run.total.PulledAt = now
		run.total.Gaps = append(run.total.Gaps, gaps...)
	})
	if len(fresh) > 0 {
		run.s.seals.Queued(tx, run.archive.no, len(fresh))
	}
	return nil
}

// fresh returns the records whose msgid is not here yet.
func (run *pulling) fresh(tx *store.Tx, list []*pulledRecord) (out []*pulledRecord, err error) {
	here := map[string]bool{}
	for some := range slices.Chunk(list, rowsAtOnce) {
		ids := make([]string, len(some))
		for i, r := range some {
			ids[i] = r.head.MsgID
		}
		if err := tx.Each(`SELECT msgid FROM archive_record WHERE archive = ? AND corpid = ? AND msgid IN (`+store.Marks(len(ids))+`)`, store.Args([]any{run.archive.no, run.CorpID}, ids), func(rows *store.Rows) error {
			var msgID string
			err := rows.Scan(&msgID)
			here[msgID] = true
			return err
		}); err != nil {
			return nil, err
		}
	}
	for _, r := range list {
		if !here[r.head.MsgID] {
			here[r.head.MsgID] = true
			out = append(out, r)
		}
	}
	return out, nil
}

func (run *pulling) insertFile(tx *store.Tx, r *pulledRecord, f pulledFile) (fileID string, err error) {
	if err := run.s.deps.Media.Claim(tx, f.Key); err != nil {
		return "", err
	}
	no, err := tx.Insert(`INSERT INTO archive_file (corpid, msgid, blob, size, name, kept_at, erased) VALUES (?, ?, ?, ?, ?, ?, 0)`,
		run.CorpID, r.head.MsgID, f.Key, f.Size, f.Name, tx.Now().UnixMilli())
	if err != nil {
		return "", fmt.Errorf("insert file: %w", err)
	}
	return run.s.fileID(run.CorpID, no), nil
}

// Pulls returns the archives from which the corp has taken records, with the newest gaps of each.
func (s *Service) Pulls(tx *store.Tx, corpID string) (out []Pulled, err error) {
	out = []Pulled{}
	if err := tx.Each(`SELECT no, source, seq, records, files, pulled_at, holder <> '' AND until > ? FROM archive_pull WHERE corpid = ? ORDER BY no`, []any{tx.Now().UnixMilli(), corpID}, func(rows *store.Rows) error {
		var p Pulled
		var at int64
		err := rows.Scan(&p.No, &p.Source, &p.Seq, &p.Records, &p.Files, &at, &p.Running)
		p.PulledAt = time.UnixMilli(at).UTC()
		out = append(out, p)
		return err
	}); err != nil {
		return nil, err
	}
	for i := range out {
		out[i].Gaps = []Gap{}
		if err := tx.Each(`SELECT from_seq, to_seq, why, detail, found_at FROM archive_gap WHERE pull = ? AND corpid = ? ORDER BY no DESC LIMIT ?`, []any{out[i].No, corpID, int64(gapsShown)}, func(rows *store.Rows) error {
			var g Gap
			var at int64
			err := rows.Scan(&g.From, &g.To, &g.Why, &g.Detail, &at)
			g.FoundAt = time.UnixMilli(at).UTC()
			out[i].Gaps = append(out[i].Gaps, g)
			return err
		}); err != nil {
			return nil, err
		}
	}
	return out, nil
}
