package suite

import (
	"time"

	"qiwei/internal/access"
	"qiwei/internal/store"
)

// A proxy-developed application is shown the corp's own ids of groups of customers, and third-party ones their
// provider's, so that one provider knows a group by two ids. It upgrades the former: until a time it may send either
// and is shown the old ones, and from then on there are the provider's alone (doc 99601).

// chatView is what such an application knows groups by, and everything else by the view within. A plain one is shown
// the corp's own ids of everything else.
type chatView struct {
	provider access.IDs
	plain    bool
	at       time.Time // zero if no upgrade was applied for
}

// upgraded reports whether the time has come.
func (v chatView) upgraded(tx *store.Tx) bool { return !v.at.IsZero() && !tx.Now().Before(v.at) }

// Shown returns what the application knows the corp's ids by.
func (v chatView) Shown(tx *store.Tx, corpID string, form access.Form, own []string) (map[string]string, error) {
	if corpID == "" || form != access.CustomerChatID && form != access.RecipientID {
		return v.others(tx, corpID, form, own, v.provider.Shown)
	}
	out := map[string]string{}
	if v.upgraded(tx) {
		known, err := v.provider.Shown(tx, corpID, access.CustomerChatID, own)
		if err != nil {
			return nil, err
		}
		out = known
	} else if err := v.add(tx, corpID, out, own); err != nil {
		return nil, err
	}
	return v.external(tx, corpID, form, out, own, v.provider.Shown)
}

// Own returns the corp's ids behind those that the application has sent.
func (v chatView) Own(tx *store.Tx, corpID string, form access.Form, shown []string) (map[string]string, error) {
	if form != access.CustomerChatID && form != access.RecipientID {
		return v.others(tx, corpID, form, shown, v.provider.Own)
	}
	out := map[string]string{}
	if !v.at.IsZero() {
		known, err := v.provider.Own(tx, corpID, access.CustomerChatID, shown)
		if err != nil {
			return nil, err
		}
		out = known
	}
	if !v.upgraded(tx) {
		if err := v.add(tx, corpID, out, shown); err != nil {
			return nil, err
		}
	}
	return v.external(tx, corpID, form, out, shown, v.provider.Own)
}

type turn func(*store.Tx, string, access.Form, []string) (map[string]string, error)

// add adds those of the texts that are the corp's own ids of groups, as they are.
func (v chatView) add(tx *store.Tx, corpID string, to map[string]string, texts []string) error {
	known, err := v.provider.Shown(tx, corpID, access.CustomerChatID, texts)
	for own := range known {
		to[own] = own
	}
	return err
}

// external adds the customers, where the form may name both.
func (v chatView) external(tx *store.Tx, corpID string, form access.Form, to map[string]string, texts []string, by turn) (map[string]string, error) {
	if form != access.RecipientID {
		return to, nil
	}
	more, err := v.others(tx, corpID, access.ExternalID, texts, by)
	for from, id := range more {
		if _, chat := to[from]; !chat {
			to[from] = id
		}
	}
	return to, err
}

func (v chatView) others(tx *store.Tx, corpID string, form access.Form, texts []string, by turn) (map[string]string, error) {
	if !v.plain {
		return by(tx, corpID, form, texts)
	}
	out := make(map[string]string, len(texts))
	for _, text := range texts {
		out[text] = text
	}
	return out, nil
}

// ChatUpgrade returns from when on a proxy-developed application is shown its provider's ids of groups; zero if no
// upgrade was applied for.
func (s *Service) ChatUpgrade(tx *store.Tx, by access.Caller) (at time.Time, err error) {
	var seconds int64
	if _, err = tx.Get(`SELECT chats_at FROM suite_installation WHERE app = ? AND corpid = ?`, []any{by.App, by.CorpID}, &seconds); err == nil && seconds != 0 {
		at = time.Unix(seconds, 0).UTC()
	}
	return at, err
}

// UpgradeChats has a proxy-developed application shown its provider's ids of groups from a time on.
func (s *Service) UpgradeChats(tx *store.Tx, by access.Caller, at time.Time) error {
	if _, err := tx.Exec(`UPDATE suite_installation SET chats_at = ? WHERE app = ? AND corpid = ?`, at.Unix(), by.App, by.CorpID); err != nil {
		return err
	}
	return s.deps.Apps.Touch(tx, `no = ?`, by.App)
}

// UpgradeNewChats has a template shown its provider's ids of groups in every corp that installs it from now on.
func (s *Service) UpgradeNewChats(tx *store.Tx, v Suite) error {
	_, err := tx.Exec(`UPDATE suite SET upgrade_chats = 1 WHERE no = ?`, v.No)
	return err
}

// chatsAt returns what is written of a new installation.
func (s *Service) chatsAt(tx *store.Tx, v Suite) (int64, error) {
	if v.Kind != access.Custom {
		return 1, nil // from the beginning
	}
	n, err := tx.Count(`SELECT upgrade_chats FROM suite WHERE no = ?`, v.No)
	if err != nil || n == 0 {
		return 0, err
	}
	return tx.Now().Unix(), nil
}
