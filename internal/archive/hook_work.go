package archive

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"qiwei/internal/outbound"
	"qiwei/internal/seal"
	"qiwei/internal/store"
	"qiwei/internal/work"
)

// hookWork is the sending as the engine sees it: a hook is a key, and its records go in order.
func (s *Service) hookWork() work.Kind {
	return work.Kind{
		Name: "archive hook", Slots: 8, Every: 5 * time.Second, For: s.deps.For, Hold: true,
		Lease:   work.Lease{Table: "archive_hook", Key: "no", Holder: "holder", Until: "until", Length: time.Minute},
		Retry:   work.Retry{After: work.Doubling(5*time.Second, time.Hour)},
		Waiting: waitingHooks, Take: s.takeHook,
	}
}

func newHookClient(n *outbound.Network, p outbound.Policy) *outbound.Client {
	return n.Client(outbound.Options{Purpose: "archive", Policy: p, Timeout: 10 * time.Second, Proxied: true})
}

// sentAtOnce is how many records one request has at most.
const sentAtOnce = 50

func waitingHooks(tx *store.Tx) (list []work.Waiting, err error) {
	err = tx.Each(`SELECT h.no, h.corpid, h.holder, h.until FROM archive_hook h JOIN archive_chain c ON c.archive = h.archive WHERE h.seq < c.seq`, nil, func(rows *store.Rows) error {
		var w work.Waiting
		var until int64
		err := rows.Scan(&w.Key, &w.CorpID, &w.Holder, &until)
		w.Until = time.UnixMilli(until)
		list = append(list, w)
		return err
	})
	return list, err
}

// sending is one request to a hook's receiver.
type sending struct {
	s      *Service
	hook   Hook
	corpID string
	list   []Shown
	seq    int64 // up to where it goes
}

// sentRecords is what a receiver gets. Whatever it answers with a status of 2xx, it has taken them.
type sentRecords struct {
	CorpID  string  `json:"corpid"`
	Records []Shown `json:"records"`
}

func (s *Service) takeHook(tx *store.Tx, t *work.Turn) (work.Batch, time.Time, error) {
	b := &sending{s: s, hook: Hook{No: t.Key}}
	var words string
	var secret []byte
	found, err := tx.Get(`SELECT corpid, url, words, seq, secret FROM archive_hook WHERE no = ?`, []any{t.Key}, &b.corpID, &b.hook.URL, &words, &b.hook.Seq, &secret)
	if err != nil || !found {
		return nil, time.Time{}, err
	}
	if err := json.Unmarshal([]byte(words), &b.hook.Words); err != nil {
		return nil, time.Time{}, err
	}
	plain, err := s.deps.Box.Open(seal.ArchiveHook, b.corpID, secret)
	if err != nil {
		return nil, time.Time{}, fmt.Errorf("secret of hook %d: %w", t.Key, err)
	}
	b.hook.Secret = string(plain)
	answer, err := s.Records(tx, b.corpID, Question{After: b.hook.Seq, Limit: sentAtOnce})
	if err != nil || len(answer.Records) == 0 {
		return nil, time.Time{}, err
	}
	for _, one := range answer.Records {
		b.seq = one.Seq
		if b.hook.wants(one) {
			b.list = append(b.list, one)
		}
	}
	return b, time.Time{}, nil
}

// Do sends, if there is anything that the receiver wants.
func (b *sending) Do(ctx context.Context) error {
	if len(b.list) == 0 {
		return nil
	}
	body, err := json.Marshal(sentRecords{b.corpID, b.list})
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, b.hook.URL, bytes.NewReader(body))
	if err != nil {
		return err
	}
	at := strconv.FormatInt(b.s.deps.Store.Now().Unix(), 10)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Qiwei-Timestamp", at)
	req.Header.Set("X-Qiwei-Signature", signature(b.hook.Secret, at, body))
	resp, err := b.s.outside.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	io.Copy(io.Discard, io.LimitReader(resp.Body, 64<<10)) // so that the connection can be used again
	if resp.StatusCode/100 != 2 {
		return fmt.Errorf("the receiver answered %s", resp.Status)
	}
	return nil
}

// signature is the HMAC-SHA256 over the time, a full stop, and the body, hexadecimal.
func signature(secret, at string, body []byte) string {
	h := hmac.New(sha256.New, []byte(secret))
	h.Write([]byte(at + "."))
	h.Write(body)
	return hexOf(h.Sum(nil))
}

// Record moves the hook on, or notes the failure.
func (b *sending) Record(ctx context.Context, tx *store.Tx, r work.Result) error {
	if r.Stopped {
		return nil
	}
	if r.Err != nil {
		_, err := tx.Exec(`UPDATE archive_hook SET failures = failures + 1, error = ? WHERE no = ? AND corpid = ?`, outbound.Cause(r.Err), b.hook.No, b.corpID)
		return err
	}
	_, err := tx.Exec(`UPDATE archive_hook SET seq = ?, failures = 0, error = '' WHERE no = ? AND corpid = ?`, b.seq, b.hook.No, b.corpID)
	return err
}

// SendAll sends what hooks are to be sent now, and returns.
func (s *Service) SendAll(ctx context.Context) error { return s.hooks.Drain(ctx, nil) }
