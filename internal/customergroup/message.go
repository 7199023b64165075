package customergroup

import (
	"context"
	"slices"
	"strings"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/customer"
	"qiwei/internal/id"
	"qiwei/internal/sensitive"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Message is what was said in a group.
type Message struct {
	Kind   int64 // of who said it: staff or outsider
	Person int64
	Author customer.Author
	customer.Words
	At time.Time

	no   int64
	kept []customer.Kept
}

// Speaker names who says something: a member, or somebody outside of the corp.
type Speaker struct {
	UserID   id.UserID
	External id.ExternalID
}

// Speak is Say for a text.
func (s *Service) Speak(ctx context.Context, tx *store.Tx, by access.Caller, chat id.ChatID, who Speaker, said sensitive.Said) (sensitive.Verdict, error) {
	return s.Say(ctx, tx, by, chat, who, customer.Words{Content: customer.Content{Text: &customer.Text{Content: said.String()}}}, said)
}

// Say says something in a group. What a member says is held against the rules for sensitive words: verdict
// tells what they found, and a message that is intercepted is not said. It answers 40058 for somebody who is
// not in the group.
func (s *Service) Say(ctx context.Context, tx *store.Tx, by access.Caller, chat id.ChatID, who Speaker, w customer.Words, said sensitive.Said) (verdict sensitive.Verdict, err error) {
	g, err := s.Group(tx, by.CorpID, chat)
	if err != nil {
		return verdict, err
	}
	named := People{}
	switch {
	case who.UserID != "" && who.External == "":
		named.Users = []id.UserID{who.UserID}
	case who.External != "" && who.UserID == "":
		named.Externals = []id.ExternalID{who.External}
	default:
		return verdict, wire.ErrParameter.With("userid or external_userid: one of them expected")
	}
	people, err := s.people(ctx, tx, by, named)
	if err != nil {
		return verdict, err
	}
	p := people[0]
	in, err := selectPeople(tx, by.CorpID, g.No, `kind = ? AND person = ?`, p.Kind, p.No)
	if err == nil && len(in) == 0 {
		err = wire.ErrParameter.With("%s is not in the group", p.name())
	}
	if err != nil {
		return verdict, err
	}
	if err := s.deps.Customers.CheckWords(ctx, tx, by.CorpID, &w); err != nil {
		return verdict, err
	}
	author := customer.ByCustomer
	if p.Kind == staff {
		author = customer.ByMember
	}
	if p.Kind == staff && said != (sensitive.Said{}) {
		if verdict, err = s.deps.Sensitive.Screen(tx, by.CorpID, p.No, said); err != nil || verdict.Intercepted {
			return verdict, err
		}
	}
	return verdict, s.say(tx, by.CorpID, g, Message{Kind: p.Kind, Person: p.No, Author: author, Words: w})
}

// say stores a message, and the archive hears of it.
func (s *Service) say(tx *store.Tx, corpID string, g Group, m Message) error {
	text, err := s.deps.Customers.Store(tx, corpID, m.Words)
	if err != nil {
		return err
	}
	if _, err = tx.Insert(`INSERT INTO customer_group_message (corpid, chat, kind, person, author, content, at) VALUES (?, ?, ?, ?, ?, ?, ?)`,
		corpID, g.No, m.Kind, m.Person, string(m.Author), text, tx.Now().UnixMilli()); err != nil {
		return err
	}
	return s.tellArchive(tx, corpID, g, Person{Kind: m.Kind, No: m.Person}, m.Words)
}

// Owned returns which of the groups, by number, are there and belong to a member; all of the member's groups
// if numbers is nil. They come in the order of their creation.
func (s *Service) Owned(tx *store.Tx, corpID string, owner int64, numbers []int64) ([]Group, error) {
	if numbers == nil {
		return selectGroupsWhere(tx, `g.corpid = ? AND g.owner = ? AND g.dismissed_at = 0 AND g.left_userid = '' ORDER BY g.no`, corpID, owner)
	}
	var out []Group
	for some := range slices.Chunk(numbers, 500) {
		list, err := selectGroupsWhere(tx, `g.corpid = ? AND g.owner = ? AND g.dismissed_at = 0 AND g.left_userid = '' AND g.no IN (`+store.Marks(len(some))+`) ORDER BY g.no`,
			store.Args([]any{corpID, owner}, some)...)
		if err != nil {
			return nil, err
		}
		out = append(out, list...)
	}
	return out, nil
}

// Announced says a mass message in groups, as a member who owns them.
func (s *Service) Announced(tx *store.Tx, corpID string, owner int64, groups []Group, content customer.Content) error {
	for _, g := range groups {
		if err := s.say(tx, corpID, g, Message{Kind: staff, Person: owner, Author: customer.AsMass, Words: customer.Words{Content: content}}); err != nil {
			return err
		}
	}
	return nil
}

// greet welcomes customers who have come, if the group has a template. %NICKNAME% is replaced by the name of
// each (doc 92366).
func (s *Service) greet(tx *store.Tx, corpID string, g Group, people []Person) error {
	if g.Template == 0 {
		return nil
	}
	t, found, err := selectTemplate(tx, corpID, g.Template)
	if err != nil || !found {
		return err
	}
	var outsiders []int64
	for _, p := range people {
		if p.Kind == outsider {
			outsiders = append(outsiders, p.No)
		}
	}
	names, err := s.deps.Customers.Contacts(tx, corpID, outsiders)
	if err != nil {
		return err
	}
	for _, no := range outsiders {
		content := t.Content
		if content.Text != nil {
			content.Text = &customer.Text{Content: strings.ReplaceAll(content.Text.Content, nicknameMark, names[no].Name)}
		}
		if err := s.say(tx, corpID, g, Message{Kind: staff, Person: g.Owner, Author: customer.AsWelcome, Words: customer.Words{Content: content}}); err != nil {
			return err
		}
	}
	return nil
}

// Messages returns what was said in a group, at most limit messages, the newest last.
func (s *Service) Messages(tx *store.Tx, corpID string, group, limit int64) (out []Message, err error) {
	return selectSaid(tx, `corpid = ? AND chat = ?`, []any{corpID, group}, limit)
}

// selectSaid returns the newest messages of a condition, the newest last.
func selectSaid(tx *store.Tx, where string, args []any, limit int64) (out []Message, err error) {
	err = tx.Each(`SELECT no, kind, person, author, content, at FROM customer_group_message WHERE `+where+` ORDER BY at DESC, no DESC LIMIT ?`, append(args, limit), func(rows *store.Rows) error {
		var m Message
		var text string
		var at int64
		if err := rows.Scan(&m.no, &m.Kind, &m.Person, &m.Author, &text, &at); err != nil {
			return err
		}
		m.At = time.UnixMilli(at).UTC()
		m.Words, m.kept, err = customer.ReadWords(text)
		out = append(out, m)
		return err
	})
	slices.Reverse(out)
	return out, err
}
