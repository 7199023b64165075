package platform_test

import (
	"context"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"qiwei/internal/clock"
	"qiwei/internal/platform"
	"qiwei/internal/store"
)

// laterMigrations are those that found databases in use. The rows that they change are in TestUpgrade; a new
// migration that changes rows needs some there.
var laterMigrations = []string{
	"202601011645_oidc_notice.sql", "202601011901_console_session.sql", "202601011910_login_ending.sql", "202601011920_login_guess.sql",
	"202611290401_oidc_notice_holder.sql", "202611290500_media_quota.sql", "202611290900_english_name.sql", "202611290901_event_user.sql",
	"202611291001_app_callable.sql", "202611291900_console_event_user.sql",
	"202611302500_customer_talk.sql",
}

// formerMigrations returns the migrations without the later ones. The console's
// tables stood in the file that admin has now.
func formerMigrations(t *testing.T) fs.FS {
	t.Helper()
	all := fstest.MapFS{}
	for _, room := range platform.Migrations() {
		files, err := fs.Glob(room, "migrations/*.sql")
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range files {
			text, err := fs.ReadFile(room, name)
			if err != nil {
				t.Fatal(err)
			}
			all[name] = &fstest.MapFile{Data: text}
		}
	}
	file := func(name string) *fstest.MapFile {
		f := all["migrations/"+name]
		if f == nil {
			t.Fatalf("there is no migration %s", name)
		}
		return f
	}
	_, tables, _ := strings.Cut(string(file("202601011901_console_session.sql").Data), "-- +goose Up")
	console := file("202601011900_console.sql")
	console.Data = append(console.Data, strings.ReplaceAll(tables, " IF NOT EXISTS", "")...)
	for _, name := range laterMigrations {
		file(name)
		delete(all, "migrations/"+name)
	}
	return all
}

// TestUpgrade migrates a database with the rows of a former version. It comes to the
// schema of a new one, and the rows to what the present version reads.
func TestUpgrade(t *testing.T) {
	t.Parallel()
	for name, url := range freshDatabases(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx := context.Background()
			st, err := store.Open(ctx, store.Config{URL: url, Clock: clock.New()})
			if err != nil {
				t.Fatal(err)
			}
			defer st.Close()
			run := func(list ...string) {
				t.Helper()
				if err := st.Write(ctx, func(tx *store.Tx) error {
					for _, statement := range list {
						if _, err := tx.Exec(statement); err != nil {
							return err
						}
					}
					return nil
				}); err != nil {
					t.Fatal(err)
				}
			}
			if name == "postgres" {
				run(`DROP SCHEMA public CASCADE`, `CREATE SCHEMA public`)
			}
			if err := st.Migrate(ctx, formerMigrations(t)); err != nil {
				t.Fatal(err)
			}
			rows := strings.Split(readFile(t, "testdata/former.sql"), ";\n")
			run(rows[:len(rows)-1]...)

			want := readFile(t, "testdata/schema."+name+".sql")
			if got := readSchema(t, url, schemaQueries[name]); sortedLines(got) != sortedLines(want) {
				t.Errorf("an upgraded database differs from a new one:\n%s", difference(sortedLines(want), sortedLines(got)))
			}
			for _, one := range []struct{ what, query, want string }{
				{"an application listed for customer contact", `SELECT settings FROM app WHERE no = 1`, `{"name":"甲","callable":["customer_contact"]}`},
				{"one that is not", `SELECT settings FROM app WHERE no = 2`, `{"name":"乙"}`},
				{"the event of an admin's act", `SELECT by_user FROM event WHERE no = 1`, "boss"},
				{"one of another instant", `SELECT by_user FROM event WHERE no = 2`, ""},
				{"one of an application", `SELECT by_user FROM event WHERE no = 3`, ""},
				{"one of another corp", `SELECT by_user FROM event WHERE no = 4`, ""},
				{"a member", `SELECT name || english_name FROM member WHERE no = 1`, "老板"},
				{"an admin", `SELECT role FROM console_admin WHERE member = 1`, "super"},
				{"a session of the console", `SELECT way FROM console_session WHERE member = 1`, "password"},
				{"a logout that a product has not heard of", `SELECT client || ' ' || uri || ' ' || algorithm || ' ' || subject || ' ' || session || ' ' || tries || ' ' || due_at FROM oidc_notice`,
					"oc1 https://a.example/out ES256 boss s 3 7"},
				{"a day of talks with customers", `SELECT chats || ' ' || messages || ' ' || asked || ' ' || replied || ' ' || waited || ' ' || added FROM customer_day WHERE day = 1700150400`, "2 3 2 1 60000 1"},
				{"the next day in China", `SELECT chats || ' ' || messages || ' ' || asked || ' ' || replied || ' ' || waited FROM customer_day WHERE day = 1700236800`, "0 0 1 0 0"},
				{"how far the first talk has come", `SELECT day || ' ' || asked || ' ' || wrote FROM customer_talk WHERE customer = 1`, "1700236800 1700236800000 0"},
				{"and the second", `SELECT day || ' ' || asked || ' ' || wrote FROM customer_talk WHERE customer = 2`, "1700150400 0 1"},
				{"the admins' log", `SELECT target FROM console_audit`, "李四"},
			} {
				var got string
				if err := st.Read(ctx, func(tx *store.Tx) error {
					found, err := tx.Get(one.query, nil, &got)
					if err == nil && !found {
						t.Errorf("%s is lost", one.what)
					}
					return err
				}); err != nil {
					t.Fatal(err)
				}
				if got != one.want {
					t.Errorf("%s: %q, want %q", one.what, got, one.want)
				}
			}
		})
	}
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// sortedLines puts the lines of a schema into an order in which columns that were
// added later stand where those stand that were there from the start.
func sortedLines(text string) string {
	lines := strings.Split(text, "\n")
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}
