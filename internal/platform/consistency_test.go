package platform_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/event"
	"qiwei/internal/store"
)

// checkConsistency compares what the database holds twice: counters with rows, a member's own list of places
// with the departments' lists, changes with events. A change that was only half done would show here.
func checkConsistency(t *testing.T, st *store.Store, corpID string) {
	t.Helper()
	err := st.Read(context.Background(), func(tx *store.Tx) error {
		for _, c := range []struct{ name, kept, counted string }{
			{"members", `SELECT members + (SELECT coalesce(sum(n), 0) FROM member_count WHERE corpid = directory_size.corpid) FROM directory_size WHERE corpid = ?`, `SELECT count(*) FROM member WHERE corpid = ?`},
			{"departments", `SELECT departments FROM directory_size WHERE corpid = ?`, `SELECT count(*) FROM department WHERE corpid = ?`},
			{"seats", `SELECT coalesce(sum(nodes), 0) FROM department WHERE corpid = ?`,
				`SELECT (SELECT count(*) FROM member_department WHERE corpid = ?1) + (SELECT count(*) - 1 FROM department WHERE corpid = ?1)`},
		} {
			kept, err := tx.Count(c.kept, corpID)
			if err != nil {
				return err
			}
			counted, err := countTwice(tx, c.counted, corpID)
			if err != nil {
				return err
			}
			if kept != counted {
				t.Errorf("%d %s are kept, %d are there", kept, c.name, counted)
			}
		}
		if err := checkTree(t, tx, corpID); err != nil {
			return err
		}
		if err := checkPlaces(t, tx, corpID); err != nil {
			return err
		}
		return checkEvents(t, tx, corpID)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// countTwice runs a query that names the corp twice.
func countTwice(tx *store.Tx, query, corpID string) (int64, error) {
	n := strings.Count(query, "?1")
	if n == 0 {
		return tx.Count(query, corpID)
	}
	args := make([]any, n)
	for i := range args {
		args[i] = corpID
	}
	return tx.Count(strings.ReplaceAll(query, "?1", "?"), args...)
}

func checkTree(t *testing.T, tx *store.Tx, corpID string) error {
	type node struct{ parent, nodes, below int64 }
	tree := map[int64]*node{}
	if err := tx.Each(`SELECT id, parentid, nodes FROM department WHERE corpid = ?`, []any{corpID}, func(rows *store.Rows) error {
		var id int64
		n := &node{}
		err := rows.Scan(&id, &n.parent, &n.nodes)
		tree[id] = n
		return err
	}); err != nil {
		return err
	}
	if err := tx.Each(`SELECT department, count(*) FROM member_department WHERE corpid = ? GROUP BY department`, []any{corpID}, func(rows *store.Rows) error {
		var id, n int64
		err := rows.Scan(&id, &n)
		if tree[id] == nil {
			t.Errorf("%d members are in department %d, which does not exist", n, id)
			return err
		}
		tree[id].below += n
		return err
	}); err != nil {
		return err
	}
	for id, n := range tree {
		if id != access.Root {
			if tree[n.parent] == nil {
				t.Errorf("department %d hangs below %d, which does not exist", id, n.parent)
				continue
			}
			tree[n.parent].below++
		}
		level := 1
		for at := id; at != access.Root && tree[at] != nil; at = tree[at].parent {
			if level++; level > 15 {
				t.Errorf("department %d is on level 16 or in a circle", id)
				break
			}
		}
	}
	for id, n := range tree {
		if n.nodes != n.below {
			t.Errorf("department %d counts %d below it, %d are there", id, n.nodes, n.below)
		}
	}
	return nil
}

func checkPlaces(t *testing.T, tx *store.Tx, corpID string) error {
	places, seats, leads := map[int64]string{}, map[int64][]string{}, map[int64]int64{}
	if err := tx.Each(`SELECT no, places, main_department FROM member WHERE corpid = ?`, []any{corpID}, func(rows *store.Rows) error {
		var no, main int64
		var text string
		err := rows.Scan(&no, &text, &main)
		places[no], leads[no] = text, main
		return err
	}); err != nil {
		return err
	}
	if err := tx.Each(`SELECT member, department, ord, is_leader FROM member_department WHERE corpid = ?`, []any{corpID}, func(rows *store.Rows) error {
		var no, dep, ord, leader int64
		err := rows.Scan(&no, &dep, &ord, &leader)
		seats[no] = append(seats[no], fmt.Sprintf("%d:%d:%d", dep, ord, leader))
		return err
	}); err != nil {
		return err
	}
	for no, text := range places {
		own := map[string]bool{}
		for _, seat := range strings.Split(text, ",") {
			own[seat] = true
		}
		main := false
		for _, seat := range seats[no] {
			main = main || strings.HasPrefix(seat, fmt.Sprint(leads[no], ":"))
			if !own[seat] {
				t.Errorf("member %d is in %s, and not by his own list %s", no, seat, text)
			}
			delete(own, seat)
		}
		if len(own) > 0 || !main {
			t.Errorf("member %d is by his own list in %s, main department %d; the departments have %v", no, text, leads[no], seats[no])
		}
		delete(seats, no)
	}
	for no, list := range seats {
		t.Errorf("member %d does not exist and is in %v", no, list)
	}
	return nil
}

// checkEvents replays the events. Exactly the members that were created and not deleted exist, each with the
// position in the member's last event.
func checkEvents(t *testing.T, tx *store.Tx, corpID string) error {
	there := map[string]string{}
	if err := tx.Each(`SELECT userkey, position FROM member WHERE corpid = ?`, []any{corpID}, func(rows *store.Rows) error {
		var user, position string
		err := rows.Scan(&user, &position)
		there[user] = position
		return err
	}); err != nil {
		return err
	}
	told, err := replay(tx, corpID)
	if err != nil {
		return err
	}
	for user, position := range there {
		if said, ok := told[user]; !ok || said != position {
			t.Errorf("%s is there with the position %q; the events tell of %q (%v)", user, position, said, ok)
		}
		delete(told, user)
	}
	for user := range told {
		t.Errorf("%s was created by the events, and is not there", user)
	}
	return nil
}

// replay returns the members that the corp's events tell of, with their positions.
func replay(tx *store.Tx, corpID string) (map[string]string, error) {
	told := map[string]string{}
	for after := int64(0); ; {
		list, err := event.Since(tx, corpID, after, 1000)
		if err != nil || len(list) == 0 {
			return told, err
		}
		for _, e := range list {
			after = e.No
			var p struct {
				Member struct{ UserID, Position string }
				UserID string
			}
			if err := json.Unmarshal(e.Payload, &p); err != nil {
				return nil, err
			}
			switch e.Name {
			case "change_contact/create_user":
				told[strings.ToLower(p.Member.UserID)] = p.Member.Position
			case "change_contact/update_user":
				delete(told, strings.ToLower(p.UserID))
				told[strings.ToLower(p.Member.UserID)] = p.Member.Position
			case "change_contact/delete_user":
				delete(told, strings.ToLower(p.UserID))
			}
		}
	}
}
