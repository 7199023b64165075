package smartsheet

import (
	"context"

	"qiwei/internal/access"
	"qiwei/internal/directory"
	"qiwei/internal/door"
	"qiwei/internal/store"
	"qiwei/internal/wedoc"
	"qiwei/internal/wire"
)

// Scripts returns the calls by which scripts edit sheets as members in dev. They take what the calls of the API take.
func (s *Service) Scripts() []door.Route {
	at, log := func(name string) string { return "POST /_qiwei/smartsheet/" + name }, s.deps.Log
	return []door.Route{
		door.Script(at("add_records"), log, s.scriptAddRecords),
		door.Script(at("update_records"), log, s.scriptUpdateRecords),
		door.Script(at("delete_records"), log, s.scriptDeleteRecords),
		door.Script(at("add_fields"), log, s.scriptAddFields),
		door.Script(at("update_fields"), log, s.scriptUpdateFields),
		door.Script(at("delete_fields"), log, s.scriptDeleteFields),
		door.Script(at("webhook"), log, s.scriptHook),
		door.Script(at("add_view"), log, played(s, s.addView)),
		door.Script(at("update_view"), log, played(s, s.updateView)),
		door.Script(at("delete_views"), log, played(s, s.deleteViews)),
		door.Script(at("add_field_group"), log, played(s, s.addFieldGroup)),
		door.Script(at("update_field_group"), log, played(s, s.updateFieldGroup)),
		door.Script(at("delete_field_groups"), log, played(s, s.deleteFieldGroups)),
	}
}

type (
	where struct {
		wedoc.Person
		DocID   string `json:"docid"`
		SheetID string `json:"sheet_id"`
	}
	nothing       struct{}
	recordsScript struct {
		where
		Key     keyed    `json:"key_type,omitempty"`
		Records []update `json:"records"`
	}
	namedScript struct {
		where
		Records []string `json:"record_ids,omitempty"`
		Fields  []string `json:"field_ids,omitempty"`
	}
	idsScripted struct {
		IDs []string `json:"ids"`
	}
	fieldsScript struct {
		where
		Fields []wireField `json:"fields"`
	}
)

// as runs fn with a sheet as the member.
func (s *Service) as(ctx context.Context, w where, fn func(tx *store.Tx, by access.Caller, sh *Sheet) error) error {
	return s.deps.Docs.As(ctx, w.Person, func(tx *store.Tx, by access.Caller) error {
		sh, err := s.sheet(tx, by, place{w.DocID, w.SheetID})
		if err != nil {
			return err
		}
		return fn(tx, by, &sh)
	})
}

func (s *Service) scriptAddRecords(ctx context.Context, req recordsScript) (out idsScripted, err error) {
	err = s.as(ctx, req.where, func(tx *store.Tx, by access.Caller, sh *Sheet) error {
		if err := req.Key.valid(); err != nil {
			return err
		}
		values := make([]wire.Value, len(req.Records))
		for i, r := range req.Records {
			values[i] = r.Values
		}
		list, _, _, err := s.add(ctx, tx, by, sh, req.Key, values)
		for _, r := range list {
			out.IDs = append(out.IDs, r.ID)
		}
		return err
	})
	return out, err
}

func (s *Service) scriptUpdateRecords(ctx context.Context, req recordsScript) (nothing, error) {
	return nothing{}, s.as(ctx, req.where, func(tx *store.Tx, by access.Caller, sh *Sheet) error {
		if err := req.Key.valid(); err != nil {
			return err
		}
		_, _, _, err := s.update(ctx, tx, by, sh, req.Key, req.Records)
		return err
	})
}

func (s *Service) scriptDeleteRecords(ctx context.Context, req namedScript) (nothing, error) {
	return nothing{}, s.as(ctx, req.where, func(tx *store.Tx, by access.Caller, sh *Sheet) error {
		return s.delete(ctx, tx, by, sh, req.Records)
	})
}

func (s *Service) scriptAddFields(ctx context.Context, req fieldsScript) (idsScripted, error) {
	return s.scriptReshape(ctx, req, addField)
}

func (s *Service) scriptUpdateFields(ctx context.Context, req fieldsScript) (idsScripted, error) {
	return s.scriptReshape(ctx, req, updateField)
}

func (s *Service) scriptReshape(ctx context.Context, req fieldsScript, change string) (out idsScripted, err error) {
	err = s.as(ctx, req.where, func(tx *store.Tx, by access.Caller, sh *Sheet) error {
		list, err := s.reshape(ctx, tx, by, sh, change, req.Fields)
		out.IDs = fieldIDs(list)
		return err
	})
	return out, err
}

func (s *Service) scriptDeleteFields(ctx context.Context, req namedScript) (idsScripted, error) {
	return idsScripted{req.Fields}, s.as(ctx, req.where, func(tx *store.Tx, by access.Caller, sh *Sheet) error {
		return s.dropFields(ctx, tx, by, sh, req.Fields)
	})
}

// renameMember lets records and rules follow a member whose userid has changed.
func (s *Service) renameMember(ctx context.Context, tx *store.Tx, by access.Caller, e directory.MemberUpdatedEvent) error {
	if e.NewUserID == "" {
		return nil
	}
	for _, column := range []string{"creator", "updater"} {
		if _, err := tx.Exec(`UPDATE smart_record SET `+column+` = ? WHERE corpid = ? AND lower(`+column+`) = ?`, string(e.NewUserID), by.CorpID, e.UserID.Key()); err != nil {
			return err
		}
	}
	if _, err := tx.Exec(`UPDATE smart_sheet SET stamp = ? WHERE corpid = ?`, newStamp(), by.CorpID); err != nil {
		return err
	}
	if err := renameInCells(tx, by.CorpID, e.UserID, e.NewUserID); err != nil {
		return err
	}
	return renameInRules(tx, by.CorpID, e.UserID, e.NewUserID)
}
