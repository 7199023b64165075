package media

import (
	"fmt"
	"time"

	"qiwei/internal/store"
	"qiwei/internal/work"
)

func insertJob(tx *store.Tx, j Job) (no int64, err error) {
	no, err = tx.Insert(`INSERT INTO media_job (jobid, corpid, app, agentid, app_kind, kind, name, url, md5, status, errcode, errmsg, media_id, created_at, ended_at, worker, due_at, tries)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, '', '', ?, 0, '', 0, 0)`,
		j.JobID, j.By.CorpID, j.By.App, j.By.AgentID, string(j.By.Kind), string(j.Kind), j.Name, j.URL, j.MD5, int64(j.Status),
		j.CreatedAt.UnixMilli())
	if err != nil {
		return 0, fmt.Errorf("insert job: %w", err)
	}
	return no, nil
}

func selectJob(tx *store.Tx, where string, args ...any) (j Job, found bool, err error) {
	var created, ended int64
	found, err = tx.Get(`SELECT no, jobid, corpid, app, agentid, app_kind, kind, name, url, md5, status, errcode, errmsg, media_id, created_at, ended_at
		FROM media_job WHERE `+where, args,
		&j.No, &j.JobID, &j.By.CorpID, &j.By.App, &j.By.AgentID, &j.By.Kind, &j.Kind, &j.Name, &j.URL, &j.MD5, &j.Status,
		&j.Failure.Code, &j.Failure.Text, &j.MediaID, &created, &ended)
	if err != nil {
		return Job{}, false, fmt.Errorf("read job: %w", err)
	}
	j.CreatedAt, j.EndedAt = time.UnixMilli(created).UTC(), time.UnixMilli(ended).UTC()
	return j, found, nil
}

// waitingJobs returns the jobs that have not ended.
func waitingJobs(tx *store.Tx) (list []work.Waiting, err error) {
	err = tx.Each(`SELECT no, corpid, worker, due_at FROM media_job WHERE status = 1 ORDER BY due_at, no LIMIT 1000`, nil, func(rows *store.Rows) error {
		var w work.Waiting
		var until int64
		err := rows.Scan(&w.Key, &w.CorpID, &w.Holder, &until)
		w.Until = time.UnixMilli(until)
		list = append(list, w)
		return err
	})
	return list, err
}

func jobBacklog(tx *store.Tx) (b work.Backlog, err error) {
	var oldest int64
	_, err = tx.Get(`SELECT count(*), coalesce(min(created_at), 0) FROM media_job WHERE status = 1`, nil, &b.Waiting, &oldest)
	if oldest > 0 {
		b.Oldest = time.UnixMilli(oldest).UTC()
	}
	return b, err
}

// endJob stores the job's result. It clears the URL, which may let others fetch the file.
func endJob(tx *store.Tx, j Job) error {
	_, err := tx.Exec(`UPDATE media_job SET status = ?, errcode = ?, errmsg = ?, media_id = ?, ended_at = ?, url = '' WHERE no = ? AND status = 1`,
		int64(j.Status), int64(j.Failure.Code), j.Failure.Message(), j.MediaID, j.EndedAt.UnixMilli(), j.No)
	if err != nil {
		return fmt.Errorf("end job: %w", err)
	}
	return nil
}

// deleteJobs removes the jobs submitted before a time.
func deleteJobs(tx *store.Tx, before time.Time) error {
	_, err := tx.Exec(`DELETE FROM media_job WHERE created_at < ?`, before.UnixMilli())
	return err
}
