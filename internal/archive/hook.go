package archive

import (
	"context"
	"encoding/json"
	"net/url"
	"strings"

	"qiwei/internal/id"
	"qiwei/internal/seal"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Hook is where records are sent as they come, in order, until the receiver has taken them.
type Hook struct {
	No  int64  `json:"no"`
	URL string `json:"url"`
	// Words are those of which one must be said; none means every record. They need the plaintext to be kept.
	Words []string `json:"words,omitempty"`
	// Secret signs what is sent.
	Secret string `json:"secret,omitempty"`
	// Seq is up to where records were sent or passed over.
	Seq      int64  `json:"seq"`
	Failures int64  `json:"failures"` // in a row
	Error    string `json:"error,omitempty"`
}

// AddHook sends the records that come from now on. The answer has the secret.
func (s *Service) AddHook(ctx context.Context, tx *store.Tx, corpID, target string, words []string) (Hook, error) {
	u, err := url.Parse(target)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil {
		return Hook{}, wire.ErrParameter.With("url: http:// or https:// with a host expected")
	}
	a, err := s.kept(tx, corpID)
	if err != nil {
		return Hook{}, err
	}
	if len(words) > 0 && !a.Plain {
		return Hook{}, wire.ErrParameter.With("words: what is said is not kept; see plain")
	}
	h := Hook{URL: target, Words: words, Secret: id.Secret()}
	text, err := json.Marshal(words)
	if err != nil {
		return Hook{}, err
	}
	if _, err := tx.Get(`SELECT seq FROM archive_chain WHERE archive = ? AND corpid = ?`, []any{a.no, corpID}, &h.Seq); err != nil {
		return Hook{}, err
	}
	h.No, err = tx.Insert(`INSERT INTO archive_hook (corpid, archive, url, secret, words, seq, failures, error, holder, until) VALUES (?, ?, ?, ?, ?, ?, 0, '', '', 0)`,
		corpID, a.no, target, s.deps.Box.Seal(seal.ArchiveHook, corpID, []byte(h.Secret)), string(text), h.Seq)
	return h, err
}

// RemoveHook sends nothing more.
func (s *Service) RemoveHook(ctx context.Context, tx *store.Tx, corpID string, no int64) error {
	n, err := tx.Exec(`DELETE FROM archive_hook WHERE corpid = ? AND no = ?`, corpID, no)
	if err == nil && n == 0 {
		err = wire.ErrParameter.With("there is no hook %d", no)
	}
	return err
}

// Hooks returns the corp's hooks, without their secrets.
func (s *Service) Hooks(tx *store.Tx, corpID string) (out []Hook, err error) {
	out = []Hook{}
	err = tx.Each(`SELECT no, url, words, seq, failures, error FROM archive_hook WHERE corpid = ? ORDER BY no`, []any{corpID}, func(rows *store.Rows) error {
		var h Hook
		var words string
		if err := rows.Scan(&h.No, &h.URL, &words, &h.Seq, &h.Failures, &h.Error); err != nil {
			return err
		}
		err := json.Unmarshal([]byte(words), &h.Words)
		out = append(out, h)
		return err
	})
	return out, err
}

// wants reports whether the record is sent.
func (h Hook) wants(one Shown) bool {
	if one.Erased != 0 {
		return false
	}
	if len(h.Words) == 0 {
		return true
	}
	text := strings.ToLower(said(string(one.Message)))
	for _, w := range h.Words {
		if strings.Contains(text, strings.ToLower(w)) {
			return true
		}
	}
	return false
}
