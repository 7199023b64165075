package qiweitest

import (
	"fmt"
	"slices"
	"strings"
)

// triggers returns the statements that keep the twin's rows of the table alike, and
// those that notice when anything else touches them.
func (t *twinTable) triggers(tables map[string]*twinTable) []string {
	first, twins := t.belongs(tables)
	if first == nil {
		return nil
	}
	damage := func(when, row, does string) string {
		return fmt.Sprintf(`CREATE TRIGGER IF NOT EXISTS twin_%s_%s AFTER %[2]s ON %[1]s WHEN %[3]s AND (SELECT n FROM twin_busy) = 0
			BEGIN INSERT INTO twin_damage (what) VALUES ('%[4]s a row of %[1]s'); END`, t.name, when, twins(row), does)
	}
	out := []string{damage("insert", "NEW", "inserts")}
	if t.name != "blob" { // whose references the sweep counts down
		out = append(out, damage("update", "OLD", "updates"))
	}
	if !slices.Contains(swept, t.name) {
		out = append(out, damage("delete", "OLD", "deletes"))
	}
	if twinless[t.name] != "" {
		return out
	}
	var values, set, where, there []string
	for _, c := range t.columns {
		v := t.value(tables, c, "NEW."+c)
		values, set = append(values, v), append(set, c+" = "+v)
		if to, ok := t.refers[c]; ok {
			there = append(there, fmt.Sprintf(`(NEW.%s IS NULL OR EXISTS (SELECT 1 FROM %s WHERE %s = %s))`, c, to.table, to.column, v))
		}
	}
	for _, k := range t.key {
		where = append(where, k+" = "+t.value(tables, k, "OLD."+k))
	}
	there = append(there, "true")
	begin, end := `BEGIN UPDATE twin_busy SET n = 1;`, `UPDATE twin_busy SET n = 0; END`
	ids := ""
	for _, c := range t.columns {
		if t.global[c] {
			ids += fmt.Sprintf(`INSERT OR IGNORE INTO twin_id (id, twin) SELECT NEW.%s, %s WHERE typeof(NEW.%[1]s) = 'text' AND length(NEW.%[1]s) >= 16;`, c, t.value(tables, c, "NEW."+c))
		}
	}
	begins := ""
	if t.name == "corp" {
		begins = `INSERT INTO twin_of (corpid, twin) SELECT NEW.corpid, 'ww0000' || substr(NEW.corpid, 7) WHERE NOT EXISTS (SELECT 1 FROM twin_of);`
	}
	when := "WHEN " + first("NEW")
	if t.name == "corp" {
		when = "WHEN NOT EXISTS (SELECT 1 FROM twin_of)"
	}
	out = append(out, fmt.Sprintf(`CREATE TRIGGER IF NOT EXISTS twin_%s_grows AFTER INSERT ON %[1]s %[2]s %[3]s %[4]s INSERT OR IGNORE INTO %[1]s (%[5]s) SELECT %[6]s WHERE %[7]s; %[8]s %[9]s`,
		t.name, when, begin, begins, strings.Join(t.columns, ", "), strings.Join(values, ", "), strings.Join(there, " AND "), ids, end))
	return append(out, fmt.Sprintf(`CREATE TRIGGER IF NOT EXISTS twin_%s_changes AFTER UPDATE ON %[1]s WHEN %[2]s %[3]s UPDATE OR IGNORE %[1]s SET %[4]s WHERE %[5]s AND %[6]s; %[7]s`,
		t.name, first("OLD"), begin, strings.Join(set, ", "), strings.Join(where, " AND "), strings.Join(there, " AND "), end))
}

// belongs returns conditions on a row: that it is the first enterprise's, and that
// it is the twin's. They are nil where rows belong to no enterprise.
func (t *twinTable) belongs(tables map[string]*twinTable) (first, twins func(row string) string) {
	if t.corpid {
		return func(row string) string { return row + `.corpid = (SELECT corpid FROM twin_of)` },
			func(row string) string { return row + `.corpid = (SELECT twin FROM twin_of)` }
	}
	for _, c := range t.columns {
		to, ok := t.refers[c]
		if !ok || !slices.Contains(append(t.key, "message", "bot", "member", "grant_id", "turn", "receiver", "session"), c) {
			continue
		}
		return func(row string) string {
				return fmt.Sprintf(`EXISTS (SELECT 1 FROM %s WHERE %s = %s)`, to.table, to.column, t.value(tables, c, row+"."+c))
			}, func(row string) string {
				if tables[to.table].number != "" || tables[to.table].refers[to.column].table != "" {
					return row + "." + c + " < 0"
				}
				return fmt.Sprintf(`instr(%s.%s, '%s') > 0`, row, c, idMark)
			}
	}
	return nil, nil
}

// value is what the twin has where the first enterprise has v.
func (t *twinTable) value(tables map[string]*twinTable, column, v string) string {
	name := t.name + "." + column
	to, refers := t.refers[column]
	given, own := twinValue[name]
	switch {
	case own && strings.Contains(given, "%s"):
		return fmt.Sprintf(given, v)
	case own:
		return given
	case column == "corpid":
		return `(SELECT twin FROM twin_of)`
	case column == t.number, slices.Contains(loose, name):
		return "-" + v
	case refers:
		return tables[to.table].value(tables, to.column, v)
	case t.global[column]:
		return fmt.Sprintf(`CASE WHEN %[1]s = '' THEN '' WHEN typeof(%[1]s) = 'blob' THEN CAST('%[2]s' || %[1]s AS BLOB)
			WHEN length(%[1]s) < 16 THEN '%[2]s' || %[1]s ELSE substr(%[1]s, 1, length(%[1]s) - 12) || '%[2]s' END`, v, idMark)
	case slices.Contains(marked, name):
		return fmt.Sprintf(`CASE WHEN %[1]s = '' THEN '' ELSE %[1]s || '%[2]s' END`, v, textMark)
	case slices.Contains(markedJSON, name):
		return fmt.Sprintf(`replace(%s, '":"', '":"%s')`, v, textMark)
	}
	return v
}
