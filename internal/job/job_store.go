package job

import (
	"encoding/json"
	"fmt"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/seal"
	"qiwei/internal/store"
)

func (s *Service) insert(tx *store.Tx, jobID string, n New) error {
	by, err := json.Marshal(n.By.Keep())
	if err != nil {
		return err
	}
	input, err := json.Marshal(n.Input)
	if err != nil {
		return err
	}
	no, err := tx.Insert(`INSERT INTO job (id, corpid, app, caller, kind, lane, state, input, place, done, total, errcode, errmsg, failures, holder, lease, created_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, '', 0, ?, 0, '', 0, '', 0, ?)`,
		jobID, n.By.CorpID, n.By.App, string(by), n.Kind, n.Lane, Queued, s.deps.Box.Seal(seal.Job, n.By.CorpID, input), n.Total, tx.Now().UnixMilli())
	if err != nil || n.File == nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO job_file (job, content) VALUES (?, ?)`, no, n.File)
	return err
}

func (s *Service) selectJobs(tx *store.Tx, where string, args ...any) ([]Job, error) {
	var out []Job
	err := tx.Each(`SELECT no, id, corpid, app, caller, kind, lane, state, input, place, done, total, errcode, errmsg, failures, holder
		FROM job WHERE `+where, args, func(rows *store.Rows) error {
		var j Job
		var by, place string
		var input []byte
		if err := rows.Scan(&j.No, &j.ID, &j.By.CorpID, &j.By.App, &by, &j.Kind, &j.Lane, &j.State, &input, &place,
			&j.Done, &j.Total, &j.ErrCode, &j.ErrMsg, &j.failures, &j.holder); err != nil {
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
	return out, err
}

// take gives the oldest job that nobody works on to a worker.
func (s *Service) take(tx *store.Tx) (j Job, found bool, err error) {
	now := tx.Now().UnixMilli()
	list, err := s.selectJobs(tx, `state < ? AND lease <= ? ORDER BY no LIMIT 1`, Done, now)
	if err != nil || len(list) == 0 {
		return Job{}, false, err
	}
	j = list[0]
	// A name for each turn: a worker of this server that has lost the job does not
	// pass for the one that has it now.
	j.State, j.holder = Running, s.node+" "+id.Hex(4)
	_, err = tx.Exec(`UPDATE job SET state = ?, holder = ?, lease = ? WHERE no = ?`, j.State, j.holder, now+lease.Milliseconds(), j.No)
	return j, true, err
}

// update writes how far the job is. It returns errLost where another worker has it.
func update(tx *store.Tx, j Job, until int64) error {
	n, err := tx.Exec(`UPDATE job SET state = ?, place = ?, done = ?, total = ?, errcode = ?, errmsg = ?, failures = ?, lease = ? WHERE no = ? AND holder = ? AND state = ?`,
		j.State, string(j.Place), j.Done, j.Total, j.ErrCode, j.ErrMsg, j.failures, until, j.No, j.holder, Running)
	if err == nil && n == 0 {
		err = errLost
	}
	return err
}

func deleteFile(tx *store.Tx, job int64) error {
	_, err := tx.Exec(`DELETE FROM job_file WHERE job = ?`, job)
	return err
}

// clean takes away what has come out of ended jobs.
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

// Write adds to what comes out of the job: content stands in the block behind the
// bytes before it.
func (s *Service) Write(tx *store.Tx, j Job, block, at int64, content []byte) error {
	if len(content) == 0 {
		return nil
	}
	_, err := tx.Exec(`INSERT INTO job_piece (job, block, at, content) VALUES (?, ?, ?, ?)`, j.No, block, at, content)
	return err
}

// Read returns the piece of a block that holds the byte at offset, from there on;
// nothing behind the end.
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
