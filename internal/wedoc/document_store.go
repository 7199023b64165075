package wedoc

import (
	"encoding/json"

	"qiwei/internal/id"
	"qiwei/internal/store"
)

const documentColumns = `no, corpid, docid, kind, app, name, created, modified, version, rules`

func scanDocument(rows *store.Rows) (d Document, err error) {
	var rules string
	if err = rows.Scan(&d.No, &d.CorpID, &d.DocID, &d.Kind, &d.App, &d.Name, &d.Created, &d.Modified, &d.Version, &rules); err != nil {
		return d, err
	}
	return d, json.Unmarshal([]byte(rules), &d.Rules)
}

func selectDocument(tx *store.Tx, corpID, docID string) (d Document, found bool, err error) {
	err = tx.Each(`SELECT `+documentColumns+` FROM wedoc WHERE corpid = ? AND docid = ?`, []any{corpID, docID}, func(rows *store.Rows) error {
		found = true
		d, err = scanDocument(rows)
		return err
	})
	return d, found, err
}

func selectDocuments(tx *store.Tx, where string, args ...any) (list []Document, err error) {
	err = tx.Each(`SELECT `+documentColumns+` FROM wedoc WHERE `+where, args, func(rows *store.Rows) error {
		d, err := scanDocument(rows)
		list = append(list, d)
		return err
	})
	return list, err
}

// Numbered returns a document of the corp by our number.
func (s *Service) Numbered(tx *store.Tx, corpID string, no int64) (Document, error) {
	list, err := selectDocuments(tx, `corpid = ? AND no = ?`, corpID, no)
	if err == nil && len(list) == 0 {
		err = ErrDocID
	}
	if err != nil {
		return Document{}, err
	}
	return list[0], nil
}

// OfKind returns the corp's documents of a kind, the newest first, from below a number on if it is not 0.
func (s *Service) OfKind(tx *store.Tx, corpID string, kind Kind, before, limit int64) ([]Document, error) {
	return selectDocuments(tx, `corpid = ? AND kind = ? AND (? = 0 OR no < ?) ORDER BY no DESC LIMIT ?`, corpID, int64(kind), before, before, limit)
}

func insertDocument(tx *store.Tx, d Document) (int64, error) {
	rules, err := json.Marshal(d.Rules)
	if err != nil {
		return 0, err
	}
	return tx.Insert(`INSERT INTO wedoc (corpid, docid, kind, app, name, created, modified, version, rules) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		d.CorpID, d.DocID, int64(d.Kind), d.App, d.Name, d.Created, d.Modified, d.Version, string(rules))
}

func updateDocument(tx *store.Tx, d Document) error {
	rules, err := json.Marshal(d.Rules)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`UPDATE wedoc SET name = ?, modified = ?, version = ?, rules = ? WHERE corpid = ? AND no = ?`,
		d.Name, d.Modified, d.Version, string(rules), d.CorpID, d.No)
	return err
}

// Lock makes other transactions that change the document wait for this one, and reads it anew.
func Lock(tx *store.Tx, d Document) (Document, error) {
	if _, err := tx.Exec(`UPDATE wedoc SET locked = locked + 1 WHERE corpid = ? AND no = ?`, d.CorpID, d.No); err != nil {
		return d, err
	}
	d, found, err := selectDocument(tx, d.CorpID, d.DocID)
	if err == nil && !found {
		err = ErrDocID.With("docid: the document was deleted meanwhile")
	}
	return d, err
}

func selectMembers(tx *store.Tx, d Document) (list []Member, err error) {
	err = tx.Each(`SELECT userid, auth FROM wedoc_member WHERE doc = ? ORDER BY no`, []any{d.No}, func(rows *store.Rows) error {
		var m Member
		if err := rows.Scan(&m.UserID, &m.Right); err != nil {
			return err
		}
		list = append(list, m)
		return nil
	})
	return list, err
}

func putMember(tx *store.Tx, d Document, m Member) error {
	_, err := tx.Exec(`INSERT INTO wedoc_member (corpid, doc, userkey, userid, auth) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (doc, userkey) DO UPDATE SET auth = excluded.auth`, d.CorpID, d.No, m.UserID.Key(), string(m.UserID), int64(m.Right))
	return err
}

func deleteMember(tx *store.Tx, d Document, u id.UserID) (bool, error) {
	n, err := tx.Exec(`DELETE FROM wedoc_member WHERE doc = ? AND userkey = ?`, d.No, u.Key())
	return n > 0, err
}
