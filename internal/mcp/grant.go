package mcp

import (
	"slices"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/aibot"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/seal"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Grant lets a robot use a category of tools for a member.
type Grant struct {
	No       int64
	Bot      int64 // our number
	Category string
	Member   int64     // our number
	By       id.UserID // the administrator who gave it; empty if the member did
	At       time.Time
	Until    time.Time // zero without end
}

// Over reports whether the grant's time is over.
func (g Grant) Over(now time.Time) bool { return !g.Until.IsZero() && !now.Before(g.Until) }

const (
	// maxDays is how long a grant with an end may be.
	maxDays = 365
	// messageDays is how long one for messages always is: WeCom's ends after a week.
	messageDays = 7
)

// MaxDays is how many days a grant of a category may be for.
func MaxDays(category string) int64 {
	if category == "msg" {
		return messageDays
	}
	return maxDays
}

// isCategory refuses what is no category.
func isCategory(name string) error {
	if !slices.Contains(Categories, name) {
		return errParameter.With("biz_type: one of %v expected, not %q", Categories, name)
	}
	return nil
}

// Allow lets a robot use a category for a member, for so many days; 0 days is without end, or a week for messages. A
// grant before it is replaced. The address that the robot's program has of the category becomes stale, as in WeCom.
func (s *Service) Allow(tx *store.Tx, b aibot.Bot, category string, m directory.Member, by id.UserID, days int64) (Grant, error) {
	if err := isCategory(category); err != nil {
		return Grant{}, err
	}
	if days < 0 || days > maxDays {
		return Grant{}, errParameter.With("days: 0 to %d expected", maxDays)
	}
	if category == "msg" {
		if days > messageDays {
			return Grant{}, errParameter.With("days: messages are allowed for %d days at most", messageDays)
		}
		if days == 0 {
			days = messageDays
		}
	}
	sees, err := s.deps.Directory.InRange(tx, b.CorpID, b.Range, m)
	if err == nil && (!sees || b.Disabled) {
		err = errParameter.With("bot: %q has no robot %q", m.UserID, b.BotID)
	}
	if err != nil {
		return Grant{}, err
	}
	g := Grant{Bot: b.No, Category: category, Member: m.No, By: by, At: tx.Now()}
	until := int64(0)
	if days > 0 {
		g.Until = tx.Now().Add(time.Duration(days) * 24 * time.Hour)
		until = g.Until.UnixMilli()
	}
	if _, err := tx.Exec(`DELETE FROM mcp_grant WHERE bot = ? AND category = ? AND member = ?`, b.No, category, m.No); err != nil {
		return g, err
	}
	g.No, err = tx.Insert(`INSERT INTO mcp_grant (corpid, bot, category, member, granted_by, granted_at, until) VALUES (?, ?, ?, ?, ?, ?, ?)`,
		b.CorpID, b.No, category, m.No, string(by), g.At.UnixMilli(), until)
	if err != nil {
		return g, err
	}
	return g, forgetKey(tx, b.No, category)
}

// Revoke takes a grant back, and reports whether there was one.
func (s *Service) Revoke(tx *store.Tx, b aibot.Bot, category string, member int64) (bool, error) {
	n, err := tx.Exec(`DELETE FROM mcp_grant WHERE bot = ? AND category = ? AND member = ?`, b.No, category, member)
	if err != nil || n == 0 {
		return false, err
	}
	return true, forgetKey(tx, b.No, category)
}

// forgetKey makes the address of a category stale.
func forgetKey(tx *store.Tx, bot int64, category string) error {
	_, err := tx.Exec(`DELETE FROM mcp_key WHERE bot = ? AND category = ?`, bot, category)
	return err
}

// Grants returns what was given to a robot, the newest first; those whose time is over too.
func (s *Service) Grants(tx *store.Tx, bot int64) ([]Grant, error) {
	return selectGrants(tx, `bot = ? ORDER BY no DESC`, bot)
}

func selectGrants(tx *store.Tx, where string, args ...any) (out []Grant, err error) {
	err = tx.Each(`SELECT no, bot, category, member, granted_by, granted_at, until FROM mcp_grant WHERE `+where, args, func(rows *store.Rows) error {
		var g Grant
		var at, until int64
		err := rows.Scan(&g.No, &g.Bot, &g.Category, &g.Member, &g.By, &at, &until)
		g.At = time.UnixMilli(at).UTC()
		if until > 0 {
			g.Until = time.UnixMilli(until).UTC()
		}
		out = append(out, g)
		return err
	})
	return out, err
}

// Address returns the robot's address of a category. It has the present key, and a new one if there is none.
func (s *Service) Address(tx *store.Tx, b aibot.Bot, category string) (string, error) {
	key := id.Secret()
	if _, err := tx.Exec(`INSERT INTO mcp_key (bot, category, mac, sealed) VALUES (?, ?, ?, ?) ON CONFLICT (bot, category) DO NOTHING`,
		b.No, category, s.deps.Box.MAC(seal.MCPKey, key), s.deps.Box.Seal(seal.MCPKey, b.CorpID, []byte(key))); err != nil {
		return "", err
	}
	var sealed []byte // of the key that was there before, or of the new one
	if _, err := tx.Get(`SELECT sealed FROM mcp_key WHERE bot = ? AND category = ?`, []any{b.No, category}, &sealed); err != nil {
		return "", err
	}
	plain, err := s.deps.Box.Open(seal.MCPKey, b.CorpID, sealed)
	return s.deps.BaseURL() + "/mcp/bot/" + category + "?uaKey=" + string(plain), err
}

// actor is on whose behalf a tool is used.
type actor struct {
	Bot    aibot.Bot
	Member directory.Member
	By     access.Caller
}

// credential is what a request came with.
type credential struct {
	category string
	key      string    // of the address
	token    string    // of the command-line client
	user     id.UserID // whom the program says that it works for; empty if it does not say
}

// robot returns the robot behind a credential.
func (s *Service) robot(tx *store.Tx, c credential) (b aibot.Bot, err error) {
	var no int64
	var found bool
	if c.token != "" {
		found, err = tx.Get(`SELECT bot FROM mcp_token WHERE mac = ? AND until > ?`, []any{s.deps.Box.MAC(seal.CLIToken, c.token), tx.Now().UnixMilli()}, &no)
		if err == nil && !found {
			err = ErrToken
		}
	} else {
		found, err = tx.Get(`SELECT bot FROM mcp_key WHERE mac = ? AND category = ?`, []any{s.deps.Box.MAC(seal.MCPKey, c.key), c.category}, &no)
		if err == nil && !found {
			err = ErrKey.With("the address is unknown or has become stale: fetch the configuration again")
		}
	}
	if err != nil {
		return b, err
	}
	if b, found, err = s.deps.Bots.BotNo(tx, no); err == nil && (!found || b.Disabled) {
		err = ErrKey.With("the robot is switched off")
	}
	return b, err
}

// actor returns on whose behalf a tool is used: for the member whom the program names, else for the one who has
// allowed it last. A robot that nobody has allowed to use the category is refused.
func (s *Service) actor(tx *store.Tx, c credential) (a actor, err error) {
	if a.Bot, err = s.robot(tx, c); err != nil {
		return a, err
	}
	m, found, over, err := s.grantor(tx, a.Bot, c.category, c.user)
	switch {
	case err != nil:
		return a, err
	case !found:
		return a, s.notAllowed(a.Bot, c, over)
	}
	a.Member, a.By = m, access.MemberOf(a.Bot.CorpID, m.UserID)
	return a, nil
}

// grantor returns who has let the robot use a category last, or whether user has if that is not empty; over is true if
// somebody had whose time is over. An administrator who takes the robot away from a member takes what the member has
// allowed with it, and so does one who disables the member.
func (s *Service) grantor(tx *store.Tx, b aibot.Bot, category string, user id.UserID) (m directory.Member, found, over bool, err error) {
	list, err := selectGrants(tx, `bot = ? AND category = ? ORDER BY no DESC`, b.No, category)
	if err != nil {
		return m, false, false, err
	}
	for _, g := range list {
		m, there, err := s.deps.Directory.MemberNo(tx, g.Member)
		if err != nil {
			return m, false, over, err
		}
		if !there || !m.Enabled || user != "" && !m.UserID.Equal(user) {
			continue
		}
		sees, err := s.deps.Directory.InRange(tx, b.CorpID, b.Range, m)
		if err != nil {
			return m, false, over, err
		}
		switch {
		case !sees:
		case g.Over(tx.Now()):
			over = true
		default:
			return m, true, over, nil
		}
	}
	return m, false, over, nil
}

// notAllowed is the refusal of a category that nobody has allowed, or whose time is over. Documents have codes of
// their own, upon which WeCom's client sends a card that asks for it.
func (s *Service) notAllowed(b aibot.Bot, c credential, over bool) error {
	refused, why := ErrKey, "nobody has allowed the robot to use "+c.category
	if c.user != "" {
		why = string(c.user) + " has not allowed the robot to use " + c.category
	}
	if over {
		why = "the permission to use " + c.category + " has ended"
	}
	switch {
	case c.category == "doc" && over:
		refused = ErrDocOver
	case c.category == "doc":
		refused = ErrDocGrant
	}
	return helped{refused.With("%s: %s", why, s.page(b)), s.page(b)}
}

// page is where members allow a robot what it asks for.
func (s *Service) page(b aibot.Bot) string { return s.deps.BaseURL() + "/phone/robots/" + b.BotID }

// helped is a refusal with a message that programs show to people.
type helped struct {
	refused wire.Error
	page    string
}

func (h helped) Error() string { return h.refused.Error() }

// Unwrap returns the refusal.
func (h helped) Unwrap() error { return h.refused }
