package health

import (
	"encoding/json"
	"strings"

	"qiwei/internal/id"
	"qiwei/internal/store"
)

// selectJobs returns jobs. where may order and limit them.
func selectJobs(tx *store.Tx, where string, args ...any) (list []Job, err error) {
	err = tx.Each(`SELECT no, corpid, jobid, ended, body FROM health_job WHERE `+where, args, func(rows *store.Rows) error {
		var j Job
		var body string
		if err := rows.Scan(&j.No, &j.CorpID, &j.ID, &j.Ended, &body); err != nil {
			return err
		}
		err := json.Unmarshal([]byte(body), &j.Content)
		list = append(list, j)
		return err
	})
	return list, err
}

func insertJob(tx *store.Tx, j Job) (Job, error) {
	body, err := json.Marshal(j.Content)
	if err != nil {
		return j, err
	}
	j.No, err = tx.Insert(`INSERT INTO health_job (corpid, jobid, body) VALUES (?, ?, ?)`, j.CorpID, j.ID, string(body))
	return j, err
}

func saveAnswer(tx *store.Tx, j Job, day string, a Answer) error {
	body, err := json.Marshal(a.Values)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO health_answer (corpid, job, day, userkey, userid, at, body) VALUES (?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (job, day, userkey) DO UPDATE SET at = excluded.at, body = excluded.body`, j.CorpID, j.No, day, a.UserID.Key(), string(a.UserID), a.At, string(body))
	return err
}

func selectAnswers(tx *store.Tx, j Job, day string, limit, offset int64) (list []Answer, err error) {
	err = tx.Each(`SELECT no, userid, at, body FROM health_answer WHERE job = ? AND corpid = ? AND day = ? ORDER BY no LIMIT ? OFFSET ?`, []any{j.No, j.CorpID, day, limit, offset}, func(rows *store.Rows) error {
		var a Answer
		var body string
		if err := rows.Scan(&a.No, &a.UserID, &a.At, &body); err != nil {
			return err
		}
		err := json.Unmarshal([]byte(body), &a.Values)
		list = append(list, a)
		return err
	})
	return list, err
}

// finished counts who has reported: on a day, or until a day where it is reported once.
func finished(tx *store.Tx, j Job, day string) (int64, error) {
	until := `=`
	if j.ReportType == once {
		until = `<=`
	}
	return tx.Count(`SELECT count(*) FROM health_answer WHERE job = ? AND corpid = ? AND day `+until+` ?`, j.No, j.CorpID, day)
}

// used counts how often the application was opened on a day, and by how many.
func used(tx *store.Tx, corpID, day string) (times, users int64, err error) {
	_, err = tx.Get(`SELECT coalesce(sum(times), 0), count(*) FROM health_use WHERE corpid = ? AND day = ?`, []any{corpID, day}, &times, &users)
	return times, users, err
}

// renameMember replaces the old userid by the new one everywhere.
func renameMember(tx *store.Tx, corpID string, old, renamed id.UserID) error {
	if _, err := tx.Exec(`UPDATE health_answer SET userkey = ?, userid = ? WHERE corpid = ? AND userkey = ?`, renamed.Key(), string(renamed), corpID, old.Key()); err != nil {
		return err
	}
	if _, err := tx.Exec(`UPDATE health_use SET userkey = ? WHERE corpid = ? AND userkey = ?`, renamed.Key(), corpID, old.Key()); err != nil {
		return err
	}
	list, err := selectJobs(tx, `corpid = ? AND lower(body) `+store.Like, corpID, store.Pattern("", `"`+old.Key()+`"`, ""))
	if err != nil {
		return err
	}
	for _, j := range list {
		users := []*id.UserID{&j.Creator}
		for _, l := range [][]id.UserID{j.Range.Members, j.ReportTo} {
			for i := range l {
				users = append(users, &l[i])
			}
		}
		for _, u := range users {
			if strings.EqualFold(string(*u), string(old)) {
				*u = renamed
			}
		}
		body, err := json.Marshal(j.Content)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(`UPDATE health_job SET body = ? WHERE no = ? AND corpid = ?`, string(body), j.No, corpID); err != nil {
			return err
		}
	}
	return nil
}

// reported returns which of the members, by key, have reported: on a day, or until a day where it is reported once.
func reported(tx *store.Tx, j Job, day string, keys []string) (map[string]bool, error) {
	until := `=`
	if j.ReportType == once {
		until = `<=`
	}
	out := map[string]bool{}
	err := tx.Each(`SELECT userkey FROM health_answer WHERE job = ? AND corpid = ? AND day `+until+` ? AND userkey IN (`+store.Marks(len(keys))+`)`, store.Args([]any{j.No, j.CorpID, day}, keys), func(rows *store.Rows) error {
		var key string
		err := rows.Scan(&key)
		out[key] = true
		return err
	})
	return out, err
}
