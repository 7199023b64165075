package smartsheet

import (
	"context"
	"slices"

	"qiwei/internal/access"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// The changes of a sheet, by whichever door they come: the calls of applications, the tools of members' robots, the
// page and the scripts. Each asks what the caller may do, does it, and tells the application if a member did it.

// add adds records that the caller may add.
func (s *Service) add(ctx context.Context, tx *store.Tx, by access.Caller, sh *Sheet, key keyed, values []wire.Value) (list []Record, fields []Field, may sheetPriv, err error) {
	if may, err = s.writes(tx, by, *sh, key, nil, append([]wire.Value{}, values...)); err != nil {
		return nil, nil, may, err
	}
	if list, fields, err = s.addRecords(tx, by, sh, key, values); err != nil {
		return nil, nil, may, err
	}
	ids := make([]string, len(list))
	for i, r := range list {
		ids[i] = r.ID
	}
	return list, fields, may, s.tell(ctx, tx, by, addRecord, *sh, ids)
}

// update changes records that the caller may change.
func (s *Service) update(ctx context.Context, tx *store.Tx, by access.Caller, sh *Sheet, key keyed, changes []update) (list []Record, fields []Field, may sheetPriv, err error) {
	ids, values := make([]string, len(changes)), make([]wire.Value, len(changes))
	for i, c := range changes {
		ids[i], values[i] = c.ID, c.Values
	}
	if may, err = s.writes(tx, by, *sh, key, ids, values); err != nil {
		return nil, nil, may, err
	}
	if list, fields, err = s.updateRecords(tx, by, sh, key, changes); err != nil {
		return nil, nil, may, err
	}
	return list, fields, may, s.tell(ctx, tx, by, updatedRecord, *sh, ids)
}

// delete deletes records that the caller may delete.
func (s *Service) delete(ctx context.Context, tx *store.Tx, by access.Caller, sh *Sheet, ids []string) error {
	if err := checkBatch(len(ids)); err != nil {
		return err
	}
	if _, err := s.writes(tx, by, *sh, byID, ids, nil); err != nil {
		return err
	}
	if err := s.deleteRecords(tx, sh, slices.Clone(ids)); err != nil {
		return err
	}
	return s.tell(ctx, tx, by, deleteRecord, *sh, ids)
}

// reshape adds fields or changes them, for who may change the sheet itself.
func (s *Service) reshape(ctx context.Context, tx *store.Tx, by access.Caller, sh *Sheet, change string, list []wireField) ([]Field, error) {
	if err := s.designs(tx, by, *sh); err != nil {
		return nil, err
	}
	do := s.addFields
	if change == updateField {
		do = s.updateFields
	}
	fields, err := do(tx, sh, fromWire(list))
	if err != nil {
		return nil, err
	}
	return fields, s.tell(ctx, tx, by, change, *sh, fieldIDs(fields))
}

// dropFields deletes fields, for who may change the sheet itself.
func (s *Service) dropFields(ctx context.Context, tx *store.Tx, by access.Caller, sh *Sheet, ids []string) error {
	if err := s.designs(tx, by, *sh); err != nil {
		return err
	}
	if err := s.deleteFields(tx, sh, slices.Clone(ids)); err != nil {
		return err
	}
	return s.tell(ctx, tx, by, deleteField, *sh, ids)
}

func fieldIDs(list []Field) (out []string) {
	for _, f := range list {
		out = append(out, f.ID)
	}
	return out
}
