package media

import (
	"fmt"
	"time"

	"qiwei/internal/store"
)

func insertJob(tx *store.Tx, j Job) error {
	_, err := tx.Insert(`INSERT INTO media_job (jobid, corpid, app, agentid, app_kind, kind, name, url, md5, status, errcode, errmsg, media_id, created_at, ended_at, worker, due_at, tries)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, '', '', ?, 0, '', ?, 0)`,
		j.JobID, j.By.CorpID, j.By.App, j.By.AgentID, string(j.By.Kind), string(j.Kind), j.Name, j.URL, j.MD5, int64(j.Status),
		j.CreatedAt.UnixMilli(), j.dueAt.UnixMilli())
	if err != nil {
		return fmt.Errorf("insert job: %w", err)
	}
	return nil
}

func selectJob(tx *store.Tx, where string, args ...any) (j Job, found bool, err error) {
	var created, ended, due int64
	found, err = tx.Get(`SELECT no, jobid, corpid, app, agentid, app_kind, kind, name, url, md5, status, errcode, errmsg, media_id, created_at, ended_at, worker, due_at, tries
		FROM media_job WHERE `+where, args,
		&j.No, &j.JobID, &j.By.CorpID, &j.By.App, &j.By.AgentID, &j.By.Kind, &j.Kind, &j.Name, &j.URL, &j.MD5, &j.Status,
		&j.Failure.Code, &j.Failure.Text, &j.MediaID, &created, &ended, &j.worker, &due, &j.tries)
	if err != nil {
		return Job{}, false, fmt.Errorf("read job: %w", err)
	}
	j.CreatedAt, j.EndedAt, j.dueAt = time.UnixMilli(created).UTC(), time.UnixMilli(ended).UTC(), time.UnixMilli(due).UTC()
	return j, found, nil
}

// nextDue returns when the next job is due, if there is one.
func nextDue(tx *store.Tx) (at time.Time, found bool, err error) {
	var due int64
	found, err = tx.Get(`SELECT due_at FROM media_job WHERE status = 1 ORDER BY due_at LIMIT 1`, nil, &due)
	return time.UnixMilli(due).UTC(), found, err
}

// takeJob gives the worker the job that has been due for longest, until a time.
func takeJob(tx *store.Tx, worker string, until time.Time) (j Job, found bool, err error) {
	j, found, err = selectJob(tx, `status = 1 AND due_at <= ? ORDER BY due_at, no LIMIT 1`, tx.Now().UnixMilli())
	if err != nil || !found {
		return Job{}, false, err
	}
	n, err := tx.Exec(`UPDATE media_job SET worker = ?, due_at = ?, tries = tries + 1 WHERE no = ? AND due_at = ? AND status = 1`,
		worker, until.UnixMilli(), j.No, j.dueAt.UnixMilli())
	j.worker = worker
	j.tries++
	return j, n == 1, err
}

// holdJob puts off the time when another process may take the worker's job.
func holdJob(tx *store.Tx, j Job, until time.Time) (held bool, err error) {
	n, err := tx.Exec(`UPDATE media_job SET due_at = ? WHERE no = ? AND worker = ? AND status = 1`, until.UnixMilli(), j.No, j.worker)
	return n == 1, err
}

// endJob writes down what came of the worker's job, and reports false where it
// was the worker's no longer. The URL goes: it may let others fetch the file.
func endJob(tx *store.Tx, j Job) (ended bool, err error) {
	n, err := tx.Exec(`UPDATE media_job SET status = ?, errcode = ?, errmsg = ?, media_id = ?, ended_at = ?, url = '' WHERE no = ? AND worker = ? AND status = 1`,
		int64(j.Status), int64(j.Failure.Code), j.Failure.Message(), j.MediaID, j.EndedAt.UnixMilli(), j.No, j.worker)
	if err != nil {
		return false, fmt.Errorf("end job: %w", err)
	}
	return n == 1, nil
}

// deleteJobs removes the jobs that were given before a time.
func deleteJobs(tx *store.Tx, before time.Time) error {
	_, err := tx.Exec(`DELETE FROM media_job WHERE created_at < ?`, before.UnixMilli())
	return err
}
