package qiweitest

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"

	"qiwei/internal/clock"
	"qiwei/internal/store"
)

// The twin is an enterprise that nobody talks to. Triggers in the database of a
// World give it a row for each row of the first enterprise, in the same statement
// and with the same ids, names, addresses and numbers, so that a statement which
// forgets the corpid finds, changes or deletes the twin's rows too. What it changes
// is damage, and fails the test; what it shows bears a mark, and fails it as well.
//
// Triggers are SQLite's alone: both databases run the same statements.

const (
	textMark = "Zw1llingstext" // in texts of the twin
	idMark   = "Zw1dZw1dZw1d"  // in those of its ids that are nobody else's in the whole installation
)

// twinned reports whether Worlds have a twin: those of our own tests do. Who tests
// a program against qiwei from another module does not pay for it.
var twinned = sync.OnceValue(func() bool {
	info, ok := debug.ReadBuildInfo()
	return ok && info.Main.Path == "qiwei"
})

// Tables of which the twin has no rows. It may not get any either.
var twinless = map[string]string{
	"callback_delivery": "work that waits for any server",
	"callback_attempt":  "of a delivery",
	"callback_lease":    "taken by any server",
	"oidc_notice":       "work that waits for any server",
	"scim_pending":      "work that waits for any server",
	"paytool_order":     "of a provider, who lists those of all its customers",
	"licence_order":     "of a provider, who lists those of all its customers",
	"activity":          "counted in memory and written later, for whoever was seen",
}

// Columns whose value the twin does not share, so that no server works for it.
var twinValue = map[string]string{
	"blob.refs":        "1000",
	"message.pending":  "0",
	"bot_turn.look_at": "0",
	"bot_turn.waiting": "0",
	"job.state":        "max(%s, 2)",
	"media_job.status": "max(%s, 2)",

	"licence_customer.auto_active": "0",
	"licence_customer.test":        "0",
}

// Columns that hold what people write and nothing looks up.
var marked = []string{
	"member.name", "member.alias", "member.position", "member.address", "member.telephone", "member.english_name", "chat.name", "robot.name",
	"media.name", "message_file.name", "console_audit.target", "console_audit.address", "login_passkey.name", "dial_record.caller",
}

// Columns that hold such texts in JSON.
var markedJSON = []string{"message.body", "message_card.body", "bot_message.body", "bot_card.body", "dial_record.callees", "app_menu.buttons"}

// Columns that refer to rows by their number, and say so to nobody.
var loose = []string{
	"bot_card.member", "bot_message.sender", "bot_message.turn", "bot_turn.message",
	"licence_code.order_no", "licence_code.member", "licence_renewal.member", "licence_job.order_no",
	"message.chat", "message.robot", "message.sender", "message.card", "message.button", "message_copy.chat", "message_copy.card", "message_copy.button",
}

// Tables from which any server deletes what its clock calls over, whosever it is.
var swept = []string{
	"blob", "console_session", "gate_pass", "gate_ticket", "job_file", "job_piece", "login_code", "login_scan", "login_session", "login_familiar",
	"login_invitation", "media", "media_job", "media_quota", "message_code", "message_digest", "message_count", "oidc_grant", "oidc_token", "oidc_key",
	"bot_code", "bot_turn", "picture_quota", "event", "console_audit", "bot_visit", "mcp_nonce", "mcp_token", "mcp_export", "mcp_call",
}

// twinTable is a table of the schema as the twin sees it.
type twinTable struct {
	name    string
	columns []string
	key     []string            // of the primary key
	number  string              // the key column that numbers all rows of the installation; or empty
	global  map[string]bool     // texts and bytes that are nobody else's in the whole installation
	refers  map[string]twinPart // column -> where it points, for references of one column
	corpid  bool
}

type twinPart struct{ table, column string }

// addTwin writes the tables that the triggers need into a database that has the schema, and returns each table's
// triggers.
func addTwin(database string) (triggers map[string][]string, err error) {
	triggers = map[string][]string{}
	err = onSQLite(database, func(tx *store.Tx) error {
		for _, s := range []string{
			`CREATE TABLE twin_of (corpid TEXT NOT NULL, twin TEXT NOT NULL)`,
			`CREATE TABLE twin_busy (n BIGINT NOT NULL)`,
			`INSERT INTO twin_busy (n) VALUES (0)`,
			`CREATE TABLE twin_damage (what TEXT NOT NULL)`,
			`CREATE TABLE twin_id (id TEXT PRIMARY KEY, twin TEXT NOT NULL)`,
		} {
			if _, err := tx.Exec(s); err != nil {
				return fmt.Errorf("twin: %w in %s", err, s)
			}
		}
		tables, err := readTables(tx)
		for name, t := range tables {
			triggers[name] = t.triggers(tables)
		}
		return err
	})
	return triggers, err
}

// onSQLite runs the write on a file that no server has open.
func onSQLite(database string, write func(*store.Tx) error) error {
	ctx := context.Background()
	st, err := store.Open(ctx, store.Config{URL: database, Clock: clock.New()})
	if err != nil {
		return err
	}
	return errors.Join(st.Write(ctx, write), st.Close())
}

func readTables(tx *store.Tx) (map[string]*twinTable, error) {
	tables := map[string]*twinTable{}
	err := tx.Each(`SELECT m.name, c.name, c.type, c.pk FROM sqlite_master m JOIN pragma_table_info(m.name) c
		WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite%' AND m.name NOT LIKE 'goose%' ORDER BY m.name, c.cid`, nil, func(rows *store.Rows) error {
		var table, column, kind string
		var pk int64
		if err := rows.Scan(&table, &column, &kind, &pk); err != nil {
			return err
		}
		t := tables[table]
		if t == nil {
			t = &twinTable{name: table, global: map[string]bool{}, refers: map[string]twinPart{}}
			tables[table] = t
		}
		t.columns = append(t.columns, column)
		t.corpid = t.corpid || column == "corpid"
		if pk > 0 {
			t.key = append(t.key, column)
		}
		if pk > 0 && kind == "INTEGER" {
			t.number = column
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	err = tx.Each(`SELECT m.name, f."table", f."from", f."to" FROM sqlite_master m JOIN pragma_foreign_key_list(m.name) f
		WHERE m.type = 'table' AND (SELECT count(*) FROM pragma_foreign_key_list(m.name) g WHERE g.id = f.id) = 1`, nil, func(rows *store.Rows) error {
		var table, to, column, key string
		err := rows.Scan(&table, &to, &column, &key)
		if column != "corpid" {
			tables[table].refers[column] = twinPart{to, key}
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	tables["login_familiar"].global["mark"] = true // a digest with the corpid in it
	return tables, readUniques(tx, tables)
}

// readUniques finds the texts that are unique in the whole installation: the last
// text of an index that neither a corpid nor a number tells apart.
func readUniques(tx *store.Tx, tables map[string]*twinTable) error {
	type index struct {
		table string
		last  string
		told  bool
	}
	found := map[string]*index{}
	err := tx.Each(`SELECT m.name, i.name, x.name, c.type FROM sqlite_master m JOIN pragma_index_list(m.name) i JOIN pragma_index_info(i.name) x
			JOIN pragma_table_info(m.name) c ON c.name = x.name WHERE m.type = 'table' AND i."unique" = 1 ORDER BY i.name, x.seqno`, nil, func(rows *store.Rows) error {
		var table, name, column, kind string
		if err := rows.Scan(&table, &name, &column, &kind); err != nil {
			return err
		}
		t := tables[table]
		if t == nil {
			return nil
		}
		x := found[name]
		if x == nil {
			x = &index{table: table}
			found[name] = x
		}
		_, refers := t.refers[column]
		x.told = x.told || refers || column == "corpid" || column == t.number
		if kind == "TEXT" || kind == "BLOB" {
			x.last = column
		}
		return nil
	})
	for _, x := range found {
		if !x.told && x.last != "" {
			tables[x.table].global[x.last] = true
		}
	}
	return err
}
