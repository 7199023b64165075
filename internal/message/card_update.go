package message

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/seal"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Errors of updates (doc 90313).
var (
	ErrCardOwner  = wire.Code(42015, "agentid not match")
	ErrTask       = wire.Code(42016, "task_id not exist")
	ErrUnknownKey = wire.Code(42017, "button key not exist")
	ErrCode       = wire.Code(60140, "invalid response_code")
	ErrNoTarget   = wire.Code(82101, "update target missing")
	ErrTarget     = wire.Code(82102, "update target not in message")
)

// CardUpdate replaces a card, or the text of its buttons, for some or all of its receivers.
type CardUpdate struct {
	Code      string
	To        Recipients // All means every receiver
	Translate bool
	Button    string // text that replaces the buttons; or
	Card      *Card  // the whole card

	reply bool // it came as the answer to a push
}

// storedCard is a message whose card may be updated.
type storedCard struct {
	no, app int64
	msgtype string
	body    string
}

// UpdateCard makes the update and uses up the response_code. It returns the
// userids that are not receivers, in lower case. Doc 94888.
func (s *Service) UpdateCard(ctx context.Context, tx *store.Tx, by access.Caller, u CardUpdate) (bad []string, err error) {
	if !u.To.All && len(u.To.Users) == 0 && len(u.To.Parties) == 0 && len(u.To.Tags) == 0 {
		return nil, ErrNoTarget
	}
	if !u.To.All {
		if err := u.To.valid(); err != nil {
			return nil, err
		}
	}
	mac := s.deps.Box.MAC(seal.CardCode, u.Code)
	c, err := s.cardOfCode(tx, by, mac)
	if err != nil {
		return nil, err
	}
	body, err := s.newVersion(tx, by, c, u)
	if err != nil {
		return nil, err
	}
	used, err := tx.Exec(`UPDATE message_code SET used_at = ? WHERE mac = ? AND used_at = 0`, tx.Now().UnixMilli(), mac)
	if err != nil {
		return nil, err
	}
	if used == 0 {
		return nil, ErrCode
	}
	return s.replaceCard(tx, by, c, u.To, body, u.Card == nil)
}

// cardOfCode returns the card that the response_code is for.
func (s *Service) cardOfCode(tx *store.Tx, by access.Caller, mac []byte) (c storedCard, err error) {
	var expires, used, recalled int64
	found, err := tx.Get(`SELECT m.no, m.app, m.msgtype, m.body, r.expires_at, r.used_at, m.recalled_at FROM message_code r JOIN message m ON m.no = r.message
		WHERE r.mac = ? AND m.corpid = ?`, []any{mac, by.CorpID}, &c.no, &c.app, &c.msgtype, &c.body, &expires, &used, &recalled)
	switch {
	case err != nil:
		return c, err
	case !found:
		return c, ErrCode.With("it was never issued")
	case used != 0:
		return c, ErrCode.With("it has been used")
	case !tx.Now().Before(time.UnixMilli(expires)):
		return c, ErrCode.With("it was valid for 72 hours")
	case recalled != 0: // unverified
		return c, ErrCode.With("the message has been recalled")
	case c.app != by.App:
		return c, ErrCardOwner
	}
	return c, nil
}

// newVersion checks the new card or the new text of its buttons.
func (s *Service) newVersion(tx *store.Tx, by access.Caller, c storedCard, u CardUpdate) (string, error) {
	if u.Card == nil {
		var now Card
		if err := json.Unmarshal([]byte(c.body), &now); err != nil {
			return "", fmt.Errorf("card %d: %w", c.no, err)
		}
		switch {
		case u.Button == "":
			return "", wire.ErrEmpty.With("button.replace_name or template_card expected")
		case !now.interactive():
			return "", wire.ErrParameter.With("a %s has no buttons to replace", now.Type)
		}
		return u.Button, nil
	}
	co, err := s.deps.Corps.Corp(tx, by.CorpID)
	if err != nil {
		return "", err
	}
	f := sender{s: s, tx: tx, by: by, corp: co, repeats: u.reply}
	if err := f.validCard(u.Card, true); err != nil {
		return "", err
	}
	if err := s.keepFiles(tx, c.no, f.files); err != nil {
		return "", err
	}
	u.Card.TaskID = ""
	if u.Translate {
		if err := s.translate(tx, by, u.Card.texts()); err != nil {
			return "", err
		}
	}
	return encode(u.Card), nil
}

// replaceCard gives receivers a new version of a card or of its buttons.
func (s *Service) replaceCard(tx *store.Tx, by access.Caller, c storedCard, to Recipients, body string, button bool) (bad []string, err error) {
	version, err := tx.Insert(`INSERT INTO message_card (message, body) VALUES (?, ?)`, c.no, body)
	if err != nil {
		return nil, err
	}
	column := "card"
	if button {
		column = "button"
	}
	if to.All {
		_, err := tx.Exec(`UPDATE message SET `+column+` = ? WHERE no = ?`, version, c.no)
		return nil, err
	}
	if err := s.finish(tx, c.no); err != nil {
		return nil, err
	}
	reach, rejected, err := s.audience(tx, by, to)
	if err != nil {
		return nil, err
	}
	bad = rejected.Users
	given, named, err := s.giveVersion(tx, c, column, version, reach.Members)
	if err != nil {
		return nil, err
	}
	if bad, err = s.addUnnamed(tx, bad, reach.Members, named); err != nil {
		return nil, err
	}
	reach.Members = nil
	if !reach.empty() {
		others, _, err := s.page(tx, by.CorpID, reach, 0, math.MaxInt64, math.MaxInt32)
		if err != nil {
			return nil, err
		}
		n, _, err := s.giveVersion(tx, c, column, version, others)
		if err != nil {
			return nil, err
		}
		given += n
	}
	if given == 0 {
		return nil, ErrTarget.With("none of these members received the card")
	}
	return bad, nil
}

// giveVersion gives the version to those of the members who have the card, and returns those members.
func (s *Service) giveVersion(tx *store.Tx, c storedCard, column string, version int64, members []int64) (given int, named []int64, err error) {
	for some := range slices.Chunk(members, copiesAtOnce) {
		args := append(store.Args([]any{version}, some), c.app, c.no)
		err := tx.Each(`UPDATE message_copy SET `+column+` = ? WHERE member IN (`+store.Marks(len(some))+`) AND app = ? AND message = ? RETURNING member`, args,
			func(rows *store.Rows) error {
				var m int64
				err := rows.Scan(&m)
				named = append(named, m)
				return err
			})
		if err != nil {
			return 0, nil, err
		}
	}
	return len(named), named, nil
}

// addUnnamed adds to bad the userids of the members who are not among named.
func (s *Service) addUnnamed(tx *store.Tx, bad []string, members, named []int64) ([]string, error) {
	if len(members) == len(named) {
		return bad, nil
	}
	briefs, err := s.deps.Directory.Briefs(tx, members)
	for _, m := range members {
		if !slices.Contains(named, m) {
			bad = append(bad, briefs[m].UserID.Key())
		}
	}
	return bad, err
}

// finish gives every receiver a copy of a message before anything is done to some of the copies.
func (s *Service) finish(tx *store.Tx, no int64) error {
	for {
		list, err := selectPending(tx, `no = ?`, no)
		if err != nil || len(list) == 0 {
			return err
		}
		if err := s.deliverPage(tx, list[0]); err != nil {
			return err
		}
	}
}

// TaskUpdate replaces the buttons of a task card (doc 91579, withdrawn).
type TaskUpdate struct {
	TaskID string
	Users  []string
	Button string // text that replaces them; or
	Key    string // the button that has a text of its own
}

// UpdateTask makes the update and returns the userids that are not receivers.
func (s *Service) UpdateTask(ctx context.Context, tx *store.Tx, by access.Caller, u TaskUpdate) (bad []string, err error) {
	if len(u.Users) == 0 {
		return nil, ErrNoTarget
	}
	to := Recipients{Users: u.Users}
	if err := to.valid(); err != nil {
		return nil, err
	}
	var c storedCard
	found, err := tx.Get(`SELECT no, app, msgtype, body FROM message WHERE app = ? AND task_id = ? AND task_id <> ''`, []any{by.App, u.TaskID}, &c.no, &c.app, &c.msgtype, &c.body)
	if err != nil {
		return nil, err
	}
	if !found || !strings.HasSuffix(c.msgtype, "taskcard") {
		return nil, ErrTask.With("%q", u.TaskID)
	}
	if u.Button == "" {
		if u.Button, err = taskButtonText(c, u.Key); err != nil {
			return nil, err
		}
	}
	return s.replaceCard(tx, by, c, to, u.Button, true)
}

func taskButtonText(c storedCard, key string) (string, error) {
	var t taskCardContent
	if err := json.Unmarshal([]byte(c.body), &t); err != nil {
		return "", fmt.Errorf("card %d: %w", c.no, err)
	}
	for _, b := range t.Buttons {
		switch {
		case b.Key != key:
			continue
		case b.ReplaceName != "":
			return b.ReplaceName, nil
		}
		return b.Name, nil
	}
	return "", ErrUnknownKey.With("%q", key)
}
