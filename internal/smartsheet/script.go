package smartsheet

import (
	"context"
	"slices"

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

// as runs fn with a sheet as the member, who has a right in it.
func (s *Service) as(ctx context.Context, w where, fn func(tx *store.Tx, by access.Caller, sh *Sheet, may sheetPriv) error) error {
	return s.deps.Docs.As(ctx, w.Person, func(tx *store.Tx, by access.Caller) error {
		sh, err := s.sheet(tx, by, place{w.DocID, w.SheetID})
		if err != nil {
			return err
		}
		may, err := s.privIn(tx, sh, by.UserID)
		if err != nil {
			return err
		}
		if may.Priv > mayEdit {
			return errParameter.With("%s may not change the sheet", by.UserID)
		}
		return fn(tx, by, &sh, may)
	})
}

func (s *Service) scriptAddRecords(ctx context.Context, req recordsScript) (out idsScripted, err error) {
	err = s.as(ctx, req.where, func(tx *store.Tx, by access.Caller, sh *Sheet, may sheetPriv) error {
		if err := req.Key.valid(); err != nil {
			return err
		}
		if !may.Insert {
			return errParameter.With("%s may not add records", by.UserID)
		}
		values, err := s.allowed(tx, sh, may, req, true)
		if err != nil {
			return err
		}
		list, _, err := s.addRecords(tx, by, sh, req.Key, values)
		for _, r := range list {
			out.IDs = append(out.IDs, r.ID)
		}
		if err != nil {
			return err
		}
		return s.tell(ctx, tx, by, addRecord, "RecordId", *sh, out.IDs)
	})
	return out, err
}

// allowed returns the values of records, all of which the member may write.
func (s *Service) allowed(tx *store.Tx, sh *Sheet, may sheetPriv, req recordsScript, inserting bool) (values []wire.Value, err error) {
	fields, err := fieldsOf(tx, *sh)
	for _, r := range req.Records {
		if err == nil {
			err = may.touches(fields, req.Key, r.Values, inserting)
		}
		values = append(values, r.Values)
	}
	return values, err
}

func (s *Service) scriptUpdateRecords(ctx context.Context, req recordsScript) (nothing, error) {
	return nothing{}, s.as(ctx, req.where, func(tx *store.Tx, by access.Caller, sh *Sheet, may sheetPriv) error {
		if err := req.Key.valid(); err != nil {
			return err
		}
		if _, err := s.allowed(tx, sh, may, req, false); err != nil {
			return err
		}
		var ids []string
		for _, r := range req.Records {
			ids = append(ids, r.ID)
		}
		if _, _, err := s.updateRecords(tx, by, sh, req.Key, req.Records); err != nil {
			return err
		}
		return s.tell(ctx, tx, by, updatedRecord, "RecordId", *sh, ids)
	})
}

func (s *Service) scriptDeleteRecords(ctx context.Context, req namedScript) (nothing, error) {
	return nothing{}, s.as(ctx, req.where, func(tx *store.Tx, by access.Caller, sh *Sheet, may sheetPriv) error {
		if !may.Delete {
			return errParameter.With("%s may not delete records", by.UserID)
		}
		if err := s.deleteRecords(tx, sh, slices.Clone(req.Records)); err != nil {
			return err
		}
		return s.tell(ctx, tx, by, deleteRecord, "RecordId", *sh, req.Records)
	})
}

// fields runs a change of the fields themselves, for which a member needs all rights.
func (s *Service) fields(ctx context.Context, w where, change string, fn func(tx *store.Tx, sh *Sheet) ([]string, error)) (out idsScripted, err error) {
	err = s.as(ctx, w, func(tx *store.Tx, by access.Caller, sh *Sheet, may sheetPriv) (err error) {
		if may.Priv != everything {
			return errParameter.With("%s may not change the fields", by.UserID)
		}
		if out.IDs, err = fn(tx, sh); err != nil {
			return err
		}
		return s.tell(ctx, tx, by, change, "FieldId", *sh, out.IDs)
	})
	return out, err
}

func fieldIDs(list []Field) (out []string) {
	for _, f := range list {
		out = append(out, f.ID)
	}
	return out
}

func (s *Service) scriptAddFields(ctx context.Context, req fieldsScript) (idsScripted, error) {
	return s.fields(ctx, req.where, addField, func(tx *store.Tx, sh *Sheet) ([]string, error) {
		list, err := s.addFields(tx, sh, fromWire(req.Fields))
		return fieldIDs(list), err
	})
}

func (s *Service) scriptUpdateFields(ctx context.Context, req fieldsScript) (idsScripted, error) {
	return s.fields(ctx, req.where, updateField, func(tx *store.Tx, sh *Sheet) ([]string, error) {
		list, err := s.updateFields(tx, sh, fromWire(req.Fields))
		return fieldIDs(list), err
	})
}

func (s *Service) scriptDeleteFields(ctx context.Context, req namedScript) (idsScripted, error) {
	return s.fields(ctx, req.where, deleteField, func(tx *store.Tx, sh *Sheet) ([]string, error) {
		return req.Fields, s.deleteFields(tx, sh, slices.Clone(req.Fields))
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
