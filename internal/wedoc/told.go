package wedoc

import (
	"context"

	"qiwei/internal/access"
	"qiwei/internal/event"
	"qiwei/internal/id"
	"qiwei/internal/store"
)

// The kinds of event: what members do with documents that applications have made (doc 97831 and neighbours).
const (
	memberChange       = "doc_member_change"
	deleteDoc          = "delete_doc"
	formComplete       = "form_complete"
	deleteForm         = "delete_form"
	formSettingsChange = "form_settings_change"
)

type kinds map[string]*event.Kind[Changed]

func (s *Service) declare(l *event.Log) kinds {
	out := kinds{}
	for name, page := range map[string]struct {
		doc     int
		element string
	}{
		memberChange: {97833, "DocId"}, deleteDoc: {97834, "DocId"}, formComplete: {97835, "FormId"},
		deleteForm: {98095, "FormId"}, formSettingsChange: {98096, "FormId"},
	} {
		out[name] = event.Declare(l, event.Declaration{
			Name: "doc_change/" + name, Doc: page.doc, Identity: []string{"ChangeType", page.element},
			Receivers: event.Receivers{access.SelfBuilt: event.Full, access.Custom: event.Full, access.ThirdParty: event.Full}, Only: Hears,
		}, func() Changed {
			return Changed{Change: name, Element: page.element, By: "zhangsan", ID: "dcjgewCwAAqeJcPI1d8Pwbjt7nttzAAA", sample: true}
		})
	}
	return out
}

// Hears reports whether an application may be told of documents.
func Hears(to access.Caller) bool {
	if to.Kind.Installed() {
		return to.Granted(Permit)
	}
	return to.MayCallOf(access.Document)
}

// Changed is what a member did with a document or a form.
type Changed struct {
	Change  string
	Element string // DocId or FormId
	By      id.UserID
	ID      string
	App     int64 // our number of the application that made it

	sample bool
}

// Subject names the document.
func (c Changed) Subject() string { return c.ID }

// Push tells the application that made the document.
func (c Changed) Push(_ *store.Tx, to event.Audience) ([]event.Push, error) {
	if c.App != to.App && !c.sample {
		return nil, nil
	}
	var f event.Fields
	f.Text("ChangeType", c.Change)
	f.Text(c.Element, c.ID)
	return []event.Push{{Event: "doc_change", From: c.By, Fields: f}}, nil
}

// tell records what a member did. What applications do is told to nobody.
func (s *Service) tell(ctx context.Context, tx *store.Tx, by access.Caller, change string, app int64, docID string) error {
	if by.Kind != access.Member {
		return nil
	}
	element := "DocId"
	if change == formComplete || change == deleteForm || change == formSettingsChange {
		element = "FormId"
	}
	return s.kinds[change].Record(ctx, tx, by, Changed{Change: change, Element: element, By: by.UserID, ID: docID, App: app})
}
