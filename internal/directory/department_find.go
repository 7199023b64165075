package directory

import (
	"strconv"
	"strings"

	"qiwei/internal/store"
)

// SearchDepartments returns up to limit departments of the corp, oldest first, with ids, names and parents. The
// words must occur in the name; without words it finds none.
func (s *Service) SearchDepartments(tx *store.Tx, corpID, words string, limit int) (list []Department, err error) {
	words = strings.ToLower(strings.TrimSpace(words))
	if words == "" {
		return nil, nil
	}
	err = tx.Each(`SELECT id, name, parentid FROM department WHERE corpid = ? AND lower(name)`+store.Like+` ORDER BY id LIMIT `+strconv.Itoa(limit),
		[]any{corpID, store.Pattern("", words, "")}, func(rows *store.Rows) error {
			var d Department
			err := rows.Scan(&d.ID, &d.Name, &d.ParentID)
			list = append(list, d)
			return err
		})
	return list, err
}
