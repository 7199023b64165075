package suite

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/seal"
	"qiwei/internal/store"
)

// The ids that a provider knows people and corps by. They are the same for all its
// suites, and others for each provider (doc 96516).
const (
	openUserHead = "wo"
	openCorpHead = "wp"
)

// ViewOf returns the ids that an application is shown: its provider's where it is
// installed, the corp's own where it is not, or was before providers had ids of their own.
// It is asked when an application is read as a caller.
func (s *Service) ViewOf(tx *store.Tx, a app.App) (seen app.Seen, err error) {
	if a.Partner == "" {
		return seen, nil
	}
	p, err := s.Provider(tx, a.Partner)
	if err != nil {
		return seen, err
	}
	seen = app.Seen{Open: s.view(p.No), Trusted: p.TrustedIPs}
	seen.IDs = seen.Open
	var plain, chats, mode int64
	found, err := tx.Get(`SELECT plain_ids, chats_at, mode FROM suite_installation WHERE app = ?`, []any{a.No}, &plain, &chats, &mode)
	seen.ByMembers = Mode(mode) == ByMembers
	switch {
	case err != nil || !found:
	case a.Kind != access.Custom || chats == 0:
		if plain == 1 {
			seen.IDs = nil
		} else if a.Kind == access.Custom {
			seen.IDs = chatView{provider: seen.Open}
		}
	case plain == 1 || tx.Now().Unix() < chats:
		seen.IDs = chatView{seen.Open, plain == 1, time.Unix(chats, 0).UTC()}
	}
	return seen, err
}

// view is one provider's.
type view struct {
	s        *Service
	provider int64
}

func (s *Service) view(provider int64) access.IDs { return view{s, provider} }

// suiteView is that of a suite by itself, which knows a corp by its own id where it was
// installed before providers had ids and has not been migrated.
type suiteView struct {
	view
	suite int64
}

// Shown returns the corps' ids as the suite knows them.
func (v suiteView) Shown(tx *store.Tx, corpID string, form access.Form, own []string) (map[string]string, error) {
	out, err := v.view.Shown(tx, corpID, form, own)
	return v.plain(tx, form, own, out, err)
}

// Own returns the corps behind the ids by which the suite knows them.
func (v suiteView) Own(tx *store.Tx, corpID string, form access.Form, shown []string) (map[string]string, error) {
	out, err := v.view.Own(tx, corpID, form, shown)
	return v.plain(tx, form, shown, out, err)
}

// plain adds the corps that the suite knows by their own ids, as they are.
func (v suiteView) plain(tx *store.Tx, form access.Form, texts []string, out map[string]string, err error) (map[string]string, error) {
	if err != nil || form != access.CorpID {
		return out, err
	}
	size := func(m map[string]bool) int { return 50 * len(m) }
	plain, err := store.RecallTable(tx, "suite_installation", "plain "+strconv.FormatInt(v.suite, 10), size, func() (map[string]bool, error) {
		plain := map[string]bool{}
		return plain, tx.Each(`SELECT corpid FROM suite_installation WHERE suite = ? AND plain_ids = 1`, []any{v.suite}, func(rows *store.Rows) error {
			var corpID string
			err := rows.Scan(&corpID)
			plain[corpID] = true
			return err
		})
	})
	mine := false
	for _, text := range texts {
		if own := strings.ToLower(text); plain[own] {
			if !mine { // others share what was read before
				out, mine = maps.Clone(out), true
			}
			if out == nil {
				out = map[string]string{}
			}
			out[text] = own
		}
	}
	return out, err
}

// Shown returns the provider's ids. Without a corp no member is known: a userid says
// nothing by itself.
func (v view) Shown(tx *store.Tx, corpID string, form access.Form, own []string) (map[string]string, error) {
	if form == access.CorpID {
		return v.openCorps(tx, own)
	}
	if corpID == "" {
		return nil, nil
	}
	if form == access.MemberID { // as most are
		return v.keep(tx, "shown ", corpID, own, v.showMembers)
	}
	if out, is := v.customers(form, own, v.s.ownIDs, v.s.providersIDs(v.provider)); is {
		return out, nil
	}
	out, _, err := v.showMembers(tx, corpID, own)
	maps.Copy(out, v.reseal(access.ExternalID, own, v.s.ownIDs(), v.s.providersIDs(v.provider)(), 0))
	return out, err
}

// Own returns the corp's ids behind the provider's, of members who have left, too.
func (v view) Own(tx *store.Tx, corpID string, form access.Form, shown []string) (map[string]string, error) {
	switch form {
	case access.CorpID:
		return v.corps(tx, `openid`, `corpid`, shown)
	case access.MemberID:
		return v.keep(tx, "own ", corpID, shown, v.ownMembers)
	}
	if out, is := v.customers(form, shown, v.s.providersIDs(v.provider), v.s.ownIDs); is {
		return out, nil
	}
	out, _, err := v.ownMembers(tx, corpID, shown)
	maps.Copy(out, v.reseal(access.ExternalID, shown, v.s.providersIDs(v.provider)(), v.s.ownIDs(), 0))
	return out, err
}

// fewMembers is how many are turned at once so that the answer is kept.
const fewMembers = 8

// keep turns ids of members, or returns what they were turned into before, if all of them were members: that is good
// until a member changes.
func (v view) keep(tx *store.Tx, which, corpID string, texts []string, turn func(*store.Tx, string, []string) (out map[string]string, members bool, err error)) (map[string]string, error) {
	members := len(texts) <= fewMembers
	read := func() (out map[string]string, err error) {
		out, members, err = turn(tx, corpID, texts)
		return out, err
	}
	if !members {
		return read()
	}
	size := func(m map[string]string) int {
		if !members {
			return -1
		}
		return 150 * len(m)
	}
	key := which + strconv.FormatInt(v.provider, 10) + " " + corpID + " " + strings.Join(texts, " ")
	return store.RecallTable(tx, "member", key, size, read)
}

func (v view) showMembers(tx *store.Tx, corpID string, own []string) (out map[string]string, members bool, err error) {
	numbers, err := v.s.deps.Directory.MemberNumbers(tx, corpID, own)
	out = make(map[string]string, len(numbers))
	for text, no := range numbers {
		out[text] = v.s.openUserID(v.provider, no)
	}
	return out, len(out) == len(own), err
}

func (v view) ownMembers(tx *store.Tx, corpID string, shown []string) (out map[string]string, members bool, err error) {
	texts := make(map[int64]string, len(shown))
	var numbers []int64
	for _, text := range shown {
		if no, ok := v.s.memberOf(v.provider, text); ok {
			texts[no] = text
			numbers = append(numbers, no)
		}
	}
	users, err := v.s.deps.Directory.NumberedMembers(tx, corpID, numbers)
	out = make(map[string]string, len(users))
	for no, user := range users {
		out[texts[no]] = string(user)
	}
	if err != nil || len(users) == len(texts) {
		return out, len(users) == len(shown), err
	}
	// What calls tell of members who have left, calls ask about (doc 94100).
	gone, err := v.s.deps.Directory.Departed(tx, corpID, slices.DeleteFunc(numbers, func(no int64) bool { return users[no] != "" }))
	for no, user := range gone {
		out[texts[no]] = string(user)
	}
	return out, false, err
}

// openCorps returns what the provider knows corps by. A corp's own id is read without
// regard to case (doc 97104), and all are made in small letters.
func (v view) openCorps(tx *store.Tx, own []string) (map[string]string, error) {
	small := make([]string, len(own))
	for i, o := range own {
		small[i] = strings.ToLower(o)
	}
	known, err := v.corps(tx, `corpid`, `openid`, small)
	out := make(map[string]string, len(known))
	for i, o := range own {
		if open, ok := known[small[i]]; ok {
			out[o] = open
		}
	}
	return out, err
}

func (v view) corps(tx *store.Tx, from, to string, texts []string) (map[string]string, error) {
	if len(texts) == 0 {
		return nil, nil
	}
	key := from + " " + strconv.FormatInt(v.provider, 10) + " " + strings.Join(texts, " ")
	size := func(m map[string]string) int {
		if len(m) == 0 {
			return -1
		}
		return 100 * len(m)
	}
	return store.RecallTable(tx, "open_corp", key, size, func() (map[string]string, error) {
		out := map[string]string{}
		err := tx.Each(`SELECT `+from+`, `+to+` FROM open_corp WHERE provider = ? AND `+from+` IN (`+store.Marks(len(texts))+`)`,
			store.Args([]any{v.provider}, texts), func(rows *store.Rows) error {
				var a, b string
				err := rows.Scan(&a, &b)
				out[a] = b
				return err
			})
		return out, err
	})
}

func (s *Service) openUserID(provider, member int64) string {
	return openUserHead + s.deps.Box.Number(seal.OpenUserID+seal.Purpose(strconv.FormatInt(provider, 10)), member)
}

// memberOf returns the number of the member behind an open_userid of the provider.
func (s *Service) memberOf(provider int64, open string) (int64, bool) {
	text, ok := strings.CutPrefix(open, openUserHead)
	if !ok {
		return 0, false
	}
	no, err := s.deps.Box.OpenNumber(seal.OpenUserID+seal.Purpose(strconv.FormatInt(provider, 10)), text)
	return no, err == nil
}

// EnsureOpenCorpID returns what a provider knows a corp by. Where the corp has had nothing of the provider so far it
// gives the provider an id of it, as when the corp binds a device of the provider. An id never changes.
func (s *Service) EnsureOpenCorpID(tx *store.Tx, provider int64, corpID string) (string, error) {
	var open string
	find := func() (bool, error) {
		return tx.Get(`SELECT openid FROM open_corp WHERE provider = ? AND corpid = ?`, []any{provider, corpID}, &open)
	}
	found, err := find()
	if err != nil || found {
		return open, err
	}
	open = s.openCorpText(provider, corpID)
	_, err = tx.Exec(`INSERT INTO open_corp (provider, corpid, openid) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`, provider, corpID, open)
	return open, err
}

// OwnCorp returns the corp that some provider knows by the id; empty where none does.
func (s *Service) OwnCorp(tx *store.Tx, open string) (corpID string, err error) {
	if !strings.HasPrefix(open, openCorpHead) {
		return "", nil
	}
	_, err = tx.Get(`SELECT corpid FROM open_corp WHERE openid = ?`, []any{open}, &corpID)
	return corpID, err
}

// OpenCorpID returns what a provider knows a corp by; ErrNotGranted where the corp
// has never installed anything of it.
func (s *Service) OpenCorpID(tx *store.Tx, partner, corpID string) (string, error) {
	p, err := s.Provider(tx, partner)
	if err != nil {
		return "", err
	}
	known, err := s.view(p.No).Shown(tx, "", access.CorpID, []string{corpID})
	if open, ok := known[corpID]; ok || err != nil {
		return open, err
	}
	return "", ErrNotGranted.With("the enterprise has authorised no application of the provider")
}
