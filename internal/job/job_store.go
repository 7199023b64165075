package job

import (
	"encoding/json"
	"fmt"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/seal"
	"qiwei/internal/store"
	"qiwei/internal/work"
)

func (s *Service) insert(tx *store.Tx, jobID string, n New) (no int64, err error) {
	by, err := json.Marshal(n.By.Keep())
	if err != nil {
		return 0, err
	}
	input, err := json.Marshal(n.Input)
	if err != nil {
		return 0, err
	}
	no, err = tx.Insert(`INSERT INTO job (id, corpid, app, caller, kind, lane, state, input, place, done, total, errcode, errmsg, failures, holder, lease, created_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, '', 0, ?, 0, '', 0, '', 0, ?)`,
		jobID, n.By.CorpID, n.By.App, string(by), n.Kind, n.Lane, Queued, s.deps.Box.Seal(seal.Job, n.By.CorpID, input), n.Total, tx.Now().UnixMilli())
	if err != nil || n.File == nil {
		return no, err
	}
	_, err = tx.Exec(`INSERT INTO job_file (job, content) VALUES (?, ?)`, no, n.File)
	return no, err
}

func (s *Service) selectJobs(tx *store.Tx, where string, args ...any) ([]Job, error) {
	var out []Job
	err := tx.Each(`SELECT no, id, corpid, app, caller, kind, lane, state, input, place, done, total, errcode, errmsg
		FROM job WHERE `+where, args, func(rows *store.Rows) error {
		var j Job
		var by, place string
		var input []byte
		if err := rows.Scan(&j.No, &j.ID, &j.By.CorpID, &j.By.App, &by, &j.Kind, &j.Lane, &j.State, &input, &place,
			&j.Done, &j.Total, &j.ErrCode, &j.ErrMsg); err != nil {
			return err
		}
		var c access.Kept
		if err := json.Unmarshal([]byte(by), &c); err != nil {
			return fmt.Errorf("job %d: caller: %w", j.No, err)
		}
		j.By = c.Caller(j.By.CorpID, j.By.App)
		plain, err := s.deps.Box.Open(seal.Job, j.By.CorpID, input)
		if err != nil {
			return fmt.Errorf("job %d: input: %w", j.No, err)
		}
		j.Input, j.Place = plain, json.RawMessage(place)
		out = append(out, j)
		return nil
	})
	for i := 0; i < len(out) && err == nil && s.deps.Views != nil; i++ {
		out[i].By.IDs, err = s.deps.Views(tx, out[i].By)
	}
	return out, err
}

// openJob is the condition of a job that has not ended.
const openJob = `state < 2`

// waiting returns the jobs that have not ended, the oldest first.
func waiting(tx *store.Tx) (list []work.Waiting, err error) {
	err = tx.Each(`SELECT no, corpid, holder, lease FROM job WHERE `+openJob+` ORDER BY no LIMIT 1000`, nil, func(rows *store.Rows) error {
		var w work.Waiting
		var until int64
		err := rows.Scan(&w.Key, &w.CorpID, &w.Holder, &until)
		w.Until = time.UnixMilli(until)
		list = append(list, w)
		return err
	})
	return list, err
}

func backlog(tx *store.Tx) (b work.Backlog, err error) {
	var oldest int64
	_, err = tx.Get(`SELECT count(*), coalesce(min(created_at), 0) FROM job WHERE `+openJob, nil, &b.Waiting, &oldest)
	if oldest > 0 {
		b.Oldest = time.UnixMilli(oldest).UTC()
	}
	return b, err
}

// update stores the job's progress.
func update(tx *store.Tx, j Job) error {
	_, err := tx.Exec(`UPDATE job SET state = ?, place = ?, done = ?, total = ?, errcode = ?, errmsg = ? WHERE no = ?`,
		j.State, string(j.Place), j.Done, j.Total, j.ErrCode, j.ErrMsg, j.No)
	return err
}

func deleteFile(tx *store.Tx, job int64) error {
	_, err := tx.Exec(`DELETE FROM job_file WHERE job = ?`, job)
	return err
}

// clean deletes the results of ended jobs.
func clean(tx *store.Tx, where string, args ...any) error {
	ended := store.Args([]any{Done, Failed}, args)
	if _, err := tx.Exec(`DELETE FROM job_piece WHERE job IN (SELECT no FROM job WHERE state IN (?, ?) AND `+where+`)`, ended...); err != nil {
		return err
	}
	_, err := tx.Exec(`UPDATE job SET state = ? WHERE state IN (?, ?) AND `+where, append([]any{Cleaned}, ended...)...)
	return err
}

// File returns what the job works on.
func (s *Service) File(tx *store.Tx, j Job) ([]byte, error) {
	var content []byte
	found, err := tx.Get(`SELECT content FROM job_file WHERE job = ?`, []any{j.No}, &content)
	if err == nil && !found {
		err = fmt.Errorf("job %d has no file", j.No)
	}
	return content, err
}

// Write adds to the job's result: content follows the bytes already in the block.
func (s *Service) Write(tx *store.Tx, j Job, block, at int64, content []byte) error {
	if len(content) == 0 {
		return nil
	}
	_, err := tx.Exec(`INSERT INTO job_piece (job, block, at, content) VALUES (?, ?, ?, ?)`, j.No, block, at, content)
	return err
}

// Read returns the piece of a block that holds the byte at offset, from that byte on; nothing past the end.
func (s *Service) Read(tx *store.Tx, job, block, offset int64) ([]byte, error) {
	var at int64
	var content []byte
	found, err := tx.Get(`SELECT at, content FROM job_piece WHERE job = ? AND block = ? AND at <= ? ORDER BY at DESC LIMIT 1`,
		[]any{job, block, offset}, &at, &content)
	if err != nil || !found || offset-at >= int64(len(content)) {
		return nil, err
	}
	return content[offset-at:], nil
}

// EachPiece calls fn for each piece of the block, in order. fn must not use tx.
func (s *Service) EachPiece(tx *store.Tx, j Job, block int64, fn func([]byte) error) error {
	return tx.Each(`SELECT content FROM job_piece WHERE job = ? AND block = ? ORDER BY at`, []any{j.No, block}, func(rows *store.Rows) error {
		var content []byte
		if err := rows.Scan(&content); err != nil {
			return err
		}
		return fn(content)
	})
}
