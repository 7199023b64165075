package smartsheet

import (
	"context"
	"slices"

	"qiwei/internal/access"
	"qiwei/internal/event"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wedoc"
)

// The kinds of event: what members change in sheets (doc 100987, doc 100988). WeCom spells filed.
const (
	addField      = "add_filed"
	updateField   = "update_filed"
	deleteField   = "delete_filed"
	addRecord     = "add_record"
	updatedRecord = "update_record"
	deleteRecord  = "delete_record"
)

type kinds map[string]*event.Kind[Changed]

// elements says what each kind names in its push.
var elements = map[string]string{
	addField: "FieldId", updateField: "FieldId", deleteField: "FieldId", addRecord: "RecordId", updatedRecord: "RecordId", deleteRecord: "RecordId",
}

func declare(l *event.Log) kinds {
	out := kinds{}
	for name, element := range elements {
		doc := 100987
		if element == "RecordId" {
			doc = 100988
		}
		out[name] = event.Declare(l, event.Declaration{
			Name: "smart_sheet_change/" + name, Doc: doc, Identity: []string{"ChangeType", "DocId", "SheetId", element},
			Receivers: event.Receivers{access.SelfBuilt: event.Full, access.Custom: event.Full, access.ThirdParty: event.Full}, Only: wedoc.Hears,
		}, func() Changed {
			return Changed{Change: name, Element: element, By: "zhangsan", DocID: "dcjgewCwAAqeJcPI1d8Pwbjt7nttzAAA", SheetID: "q979lj", IDs: []string{"abc123"}, sample: true}
		})
	}
	return out
}

// Changed is what a member changed in a sheet.
type Changed struct {
	Change  string
	Element string // FieldId or RecordId
	By      id.UserID
	DocID   string
	SheetID string
	IDs     []string
	App     int64 // our number of the application that made the document

	sample bool
}

// Subject names the document.
func (c Changed) Subject() string { return c.DocID }

// maxTold is how many ids a push has; further ones follow in others (doc 100988).
const maxTold = 1000

// Push tells the application that made the document.
func (c Changed) Push(_ *store.Tx, to event.Audience) (out []event.Push, err error) {
	if c.App != to.App && !c.sample {
		return nil, nil
	}
	for some := range slices.Chunk(c.IDs, maxTold) {
		var f event.Fields
		f.Text("ChangeType", c.Change)
		f.Text("DocId", c.DocID)
		f.Text("SheetId", c.SheetID)
		for _, one := range some {
			f.Text(c.Element, one)
		}
		out = append(out, event.Push{Event: "smart_sheet_change", From: c.By, Fields: f})
	}
	return out, nil
}

// tell records what a member did, or a robot for the member. What applications do is told to nobody.
func (s *Service) tell(ctx context.Context, tx *store.Tx, by access.Caller, change string, sh Sheet, ids []string) error {
	if by.Kind != access.Member || len(ids) == 0 {
		return nil
	}
	return s.kinds[change].Record(ctx, tx, by, Changed{Change: change, Element: elements[change], By: by.UserID, DocID: sh.Doc.DocID, SheetID: sh.ID, IDs: ids, App: sh.Doc.App})
}
