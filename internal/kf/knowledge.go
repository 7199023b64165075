package kf

import (
	"context"
	"errors"
	"strings"
	"unicode/utf8"

	"qiwei/internal/media"
	"qiwei/internal/seal"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// The knowledge of the platform's own assistant: questions with an answer, in groups. Nobody is answered by it
// here: where the API answers customers, that assistant is silent (doc 95489).

// Group is a group of questions.
type Group struct {
	No    int64
	Name  string
	Usual bool // the one that the platform has made
}

// usualGroup is its name.
const usualGroup = "默认分组"

// Intent is a question with its answer (问答).
type Intent struct {
	No       int64
	Group    int64
	Question string
	Similar  []string
	Answers  []Answer
}

// Answer is a text with files, pages and mini programs.
type Answer struct {
	Text        string
	Attachments []Attachment
}

// Attachment is what msgtype names.
type Attachment struct {
	Type    string
	Image   *KnownFile    `json:",omitempty"`
	Video   *KnownFile    `json:",omitempty"`
	Link    *KnownLink    `json:",omitempty"`
	Program *KnownProgram `json:",omitempty"`
}

type (
	// KnownFile is an uploaded file. Its content is kept; its name is shown.
	KnownFile struct{ MediaID, Key, Name string }
	// KnownLink is a card that opens a page.
	KnownLink struct{ Title, Description, URL, Picture string }
	// KnownProgram is a card that opens a mini program. Key is of its picture.
	KnownProgram struct{ Title, AppID, Page, ThumbID, Key string }
)

// Limits of knowledge (doc 95971, 95972); characters where nothing else is said.
const (
	maxGroups       = 100 // pieces
	maxGroupName    = 12
	maxIntents      = 200 // pieces in a group
	maxQuestion     = 200
	maxSimilar      = 100 // pieces
	maxAnswer       = 500
	maxAttachments  = 4  // pieces
	maxKnownProgram = 64 // bytes of its title
	maxKnowledge    = 1000
	knowledgeUsual  = 500
)

// Errors of knowledge. Of its own codes the table has one (doc 90313); the others are general. Unverified.
var (
	ErrQuestion  = wire.Code(511020, "question existed")
	errKnowledge = wire.ErrParameter
)

func (s *Service) groupID(no int64) string { return "kg" + s.deps.Box.Number(seal.Knowledge, no) }

func (s *Service) intentID(no int64) string { return "ki" + s.deps.Box.Number(seal.Knowledge, no) }

// knownAs reads an id of the form.
func (s *Service) knownAs(head, text string) (int64, bool) {
	rest, ok := strings.CutPrefix(text, head)
	no, err := s.deps.Box.OpenNumber(seal.Knowledge, rest)
	return no, ok && err == nil
}

func (s *Service) group(tx *store.Tx, corpID, text string) (g Group, err error) {
	no, ok := s.knownAs("kg", text)
	found := false
	if ok {
		if g, found, err = selectGroup(tx, corpID, no); err != nil {
			return g, err
		}
	}
	if !found {
		err = errKnowledge.With("group_id: there is no group %q", text)
	}
	return g, err
}

// usual makes the group that every corp has, if it is not there yet.
func usual(tx *store.Tx, corpID string) error {
	if err := lockCorp(tx, corpID); err != nil {
		return err
	}
	n, err := tx.Count(`SELECT count(*) FROM kf_group WHERE corpid = ?`, corpID)
	if err != nil || n > 0 {
		return err
	}
	_, err = insertGroup(tx, corpID, Group{Name: usualGroup, Usual: true})
	return err
}

// nameFree checks the name of a group, which is no other group's.
func nameFree(tx *store.Tx, corpID, name string, of int64) error {
	if n := utf8.RuneCountInString(name); strings.TrimSpace(name) == "" || n > maxGroupName {
		return errKnowledge.With("name: 1 to %d characters expected, %d given", maxGroupName, n)
	}
	n, err := tx.Count(`SELECT count(*) FROM kf_group WHERE corpid = ? AND name = ? AND no <> ?`, corpID, name, of)
	if err == nil && n > 0 {
		err = errKnowledge.With("name: there is a group %q", name)
	}
	return err
}

// AddGroup adds a group. Doc 95971.
func (s *Service) AddGroup(tx *store.Tx, corpID, name string) (groupID string, err error) {
	if err := usual(tx, corpID); err != nil {
		return "", err
	}
	if err := nameFree(tx, corpID, name, 0); err != nil {
		return "", err
	}
	n, err := tx.Count(`SELECT count(*) FROM kf_group WHERE corpid = ?`, corpID)
	if err != nil {
		return "", err
	}
	if n >= maxGroups {
		return "", errKnowledge.With("at most %d groups", maxGroups)
	}
	no, err := insertGroup(tx, corpID, Group{Name: name})
	return s.groupID(no), err
}

// own returns a group that may be changed: not the one that the platform has made.
func (s *Service) own(tx *store.Tx, corpID, text string) (Group, error) {
	g, err := s.group(tx, corpID, text)
	if err == nil && g.Usual {
		err = errKnowledge.With("group_id: the default group is neither changed nor deleted")
	}
	return g, err
}

// RenameGroup changes the name of a group. Doc 95971.
func (s *Service) RenameGroup(tx *store.Tx, corpID, text, name string) error {
	if err := lockCorp(tx, corpID); err != nil {
		return err
	}
	g, err := s.own(tx, corpID, text)
	if err != nil {
		return err
	}
	if err := nameFree(tx, corpID, name, g.No); err != nil {
		return err
	}
	_, err = tx.Exec(`UPDATE kf_group SET name = ? WHERE corpid = ? AND no = ?`, name, corpID, g.No)
	return err
}

// DeleteGroup deletes a group with its questions. Doc 95971; that the questions go too is unverified.
func (s *Service) DeleteGroup(tx *store.Tx, corpID, text string) error {
	g, err := s.own(tx, corpID, text)
	if err != nil {
		return err
	}
	list, err := selectIntents(tx, corpID, 0, g.No, 0, maxIntents)
	if err != nil {
		return err
	}
	for _, i := range list {
		if err := s.dropIntent(tx, corpID, i); err != nil {
			return err
		}
	}
	_, err = tx.Exec(`DELETE FROM kf_group WHERE corpid = ? AND no = ?`, corpID, g.No)
	return err
}

func (i Intent) valid() error {
	for name, text := range map[string]string{"question.text.content": i.Question} {
		if err := counted(name, text, maxQuestion); err != nil {
			return err
		}
	}
	if len(i.Similar) > maxSimilar {
		return errKnowledge.With("similar_questions.items: at most %d, %d given", maxSimilar, len(i.Similar))
	}
	for _, q := range i.Similar {
		if err := counted("similar_questions.items.text.content", q, maxQuestion); err != nil {
			return err
		}
	}
	if len(i.Answers) != 1 {
		return errKnowledge.With("answers: one expected, %d given", len(i.Answers))
	}
	if len(i.Answers[0].Attachments) > maxAttachments {
		return errKnowledge.With("answers.attachments: at most %d, %d given", maxAttachments, len(i.Answers[0].Attachments))
	}
	return counted("answers.text.content", i.Answers[0].Text, maxAnswer)
}

func counted(name, text string, most int) error {
	if n := utf8.RuneCountInString(text); strings.TrimSpace(text) == "" || n > most {
		return errKnowledge.With("%s: 1 to %d characters expected, %d given", name, most, n)
	}
	return nil
}

// attach checks an attachment and keeps its file.
func (s *Service) attach(tx *store.Tx, corpID string, a *Attachment) error {
	keep := func(mediaID string, kind media.Kind, key, name *string) error {
		f, err := s.file(tx, corpID, mediaID, kind)
		if err != nil {
			return err
		}
		if name != nil {
			*name = f.Name
		}
		*key, err = s.deps.Media.Keep(tx, f)
		return err
	}
	switch {
	case a.Type == "image" && a.Image != nil:
		return keep(a.Image.MediaID, media.Image, &a.Image.Key, &a.Image.Name)
	case a.Type == "video" && a.Video != nil:
		return keep(a.Video.MediaID, media.Video, &a.Video.Key, &a.Video.Name)
	case a.Type == "link" && a.Link != nil:
		if a.Link.Title == "" || !isWeb(a.Link.URL) {
			return errKnowledge.With("link: a title, and a url with its scheme expected")
		}
		return nil
	case a.Type == "miniprogram" && a.Program != nil:
		if a.Program.AppID == "" || a.Program.Page == "" || len(a.Program.Title) > maxKnownProgram {
			return errKnowledge.With("miniprogram: appid, pagepath, and a title of at most %d bytes expected", maxKnownProgram)
		}
		return keep(a.Program.ThumbID, media.Image, &a.Program.Key, nil)
	}
	return errKnowledge.With("attachments: msgtype %q; image, video, link or miniprogram and the object of its name expected", a.Type)
}

// keys returns where the contents of the files are kept.
func (i Intent) keys() (out []string) {
	for _, answer := range i.Answers {
		for _, a := range answer.Attachments {
			switch {
			case a.Image != nil:
				out = append(out, a.Image.Key)
			case a.Video != nil:
				out = append(out, a.Video.Key)
			case a.Program != nil:
				out = append(out, a.Program.Key)
			}
		}
	}
	return out
}

func (s *Service) attachAll(tx *store.Tx, corpID string, i *Intent) error {
	for n := range i.Answers {
		for m := range i.Answers[n].Attachments {
			if err := s.attach(tx, corpID, &i.Answers[n].Attachments[m]); err != nil {
				return err
			}
		}
	}
	return nil
}

// AddIntent adds a question to a group. No group has it yet: ErrQuestion. Doc 95972.
func (s *Service) AddIntent(ctx context.Context, tx *store.Tx, corpID, group string, i Intent) (intentID string, err error) {
	if err := lockCorp(tx, corpID); err != nil {
		return "", err
	}
	g, err := s.group(tx, corpID, group)
	if err != nil {
		return "", err
	}
	if err := i.valid(); err != nil {
		return "", err
	}
	i.Group = g.No
	n, err := tx.Count(`SELECT count(*) FROM kf_intent WHERE corpid = ? AND part = ?`, corpID, g.No)
	if err != nil {
		return "", err
	}
	if n >= maxIntents {
		return "", errKnowledge.With("group_id: at most %d questions in a group", maxIntents)
	}
	if err := s.attachAll(tx, corpID, &i); err != nil {
		return "", err
	}
	no, err := insertIntent(tx, corpID, i)
	if errors.Is(err, store.ErrUnique) {
		err = ErrQuestion.With("%q", i.Question)
	}
	return s.intentID(no), err
}

func (s *Service) intent(tx *store.Tx, corpID, text string) (i Intent, err error) {
	no, ok := s.knownAs("ki", text)
	if ok {
		list, err := selectIntents(tx, corpID, 0, 0, no, 1)
		if err != nil || len(list) > 0 {
			return append(list, i)[0], err
		}
	}
	return i, errKnowledge.With("intent_id: there is no question %q", text)
}

// IntentUpdate changes a question. What is nil stays; a part is replaced as a whole.
type IntentUpdate struct {
	Question *string
	Similar  *[]string
	Answers  *[]Answer
}

// UpdateIntent changes a question. Doc 95972.
func (s *Service) UpdateIntent(ctx context.Context, tx *store.Tx, corpID, text string, u IntentUpdate) error {
	if err := lockCorp(tx, corpID); err != nil {
		return err
	}
	i, err := s.intent(tx, corpID, text)
	if err != nil {
		return err
	}
	old := i.keys()
	if u.Question != nil {
		i.Question = *u.Question
	}
	if u.Similar != nil {
		i.Similar = *u.Similar
	}
	if u.Answers != nil {
		i.Answers = *u.Answers
	}
	if err := i.valid(); err != nil {
		return err
	}
	if u.Answers != nil {
		if err := s.attachAll(tx, corpID, &i); err != nil {
			return err
		}
		if err := s.release(tx, old); err != nil {
			return err
		}
	}
	err = updateIntent(tx, corpID, i)
	if errors.Is(err, store.ErrUnique) {
		err = ErrQuestion.With("%q", i.Question)
	}
	return err
}

// DeleteIntent deletes a question. Doc 95972.
func (s *Service) DeleteIntent(ctx context.Context, tx *store.Tx, corpID, text string) error {
	i, err := s.intent(tx, corpID, text)
	if err != nil {
		return err
	}
	return s.dropIntent(tx, corpID, i)
}

func (s *Service) dropIntent(tx *store.Tx, corpID string, i Intent) error {
	if err := s.release(tx, i.keys()); err != nil {
		return err
	}
	_, err := tx.Exec(`DELETE FROM kf_intent WHERE corpid = ? AND no = ?`, corpID, i.No)
	return err
}

func (s *Service) release(tx *store.Tx, keys []string) error {
	for _, key := range keys {
		if err := s.deps.Media.Release(tx, key); err != nil {
			return err
		}
	}
	return nil
}
