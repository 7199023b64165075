package strategy

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"qiwei/internal/store"
)

// node is a Node by number.
type node struct{ Kind, Node int64 }

// rowsAtOnce is how many rows one statement writes.
const rowsAtOnce = 200

func selectGroups(tx *store.Tx, where string, args ...any) (out []Group, err error) {
	err = tx.Each(`SELECT no, family, strategy_id, app, parent, name, admins, privilege, created_at FROM strategy WHERE `+where, args, func(rows *store.Rows) error {
		var g Group
		var admins string
		var created int64
		if err := rows.Scan(&g.No, &g.Family, &g.StrategyID, &g.App, &g.Parent, &g.Name, &admins, &g.Privilege, &created); err != nil {
			return err
		}
		g.CreatedAt = time.Unix(created, 0).UTC()
		err := json.Unmarshal([]byte(admins), &g.Admins)
		out = append(out, g)
		return err
	})
	return out, err
}

// nextID counts n more groups and returns the number of the last, and makes other transactions that change the
// corp's groups wait for this one.
func nextID(tx *store.Tx, corpID string, f Family, n int64) (last int64, err error) {
	_, err = tx.Exec(`INSERT INTO strategy_size (corpid, family, last) VALUES (?, ?, ?) ON CONFLICT (corpid, family) DO UPDATE SET last = strategy_size.last + excluded.last`, corpID, string(f), n)
	if err != nil {
		return 0, fmt.Errorf("count strategy groups: %w", err)
	}
	return tx.Count(`SELECT last FROM strategy_size WHERE corpid = ? AND family = ?`, corpID, string(f))
}

func insertGroup(tx *store.Tx, corpID string, g Group) (int64, error) {
	admins, err := json.Marshal(g.Admins)
	if err != nil {
		return 0, err
	}
	no, err := tx.Insert(`INSERT INTO strategy (corpid, family, strategy_id, app, parent, name, admins, privilege, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		corpID, string(g.Family), g.StrategyID, g.App, g.Parent, g.Name, string(admins), g.Privilege, g.CreatedAt.Unix())
	if err != nil {
		return 0, fmt.Errorf("insert strategy: %w", err)
	}
	return no, nil
}

func updateGroup(tx *store.Tx, corpID string, g Group) error {
	admins, err := json.Marshal(g.Admins)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`UPDATE strategy SET name = ?, admins = ?, privilege = ? WHERE corpid = ? AND no = ?`, g.Name, string(admins), g.Privilege, corpID, g.No)
	return err
}

func insertNodes(tx *store.Tx, corpID string, strategy int64, nodes []node) error {
	const row = `(?, ?, ?, ?)`
	for some := range slices.Chunk(nodes, rowsAtOnce) {
		var args []any
		for _, n := range some {
			args = append(args, corpID, strategy, n.Kind, n.Node)
		}
		if _, err := tx.Exec(`INSERT INTO strategy_node (corpid, strategy, kind, node) VALUES `+strings.Repeat(row+`, `, len(some)-1)+row+` ON CONFLICT DO NOTHING`, args...); err != nil {
			return fmt.Errorf("insert nodes: %w", err)
		}
	}
	return nil
}

func deleteNodes(tx *store.Tx, corpID string, strategy int64, nodes []node) error {
	for _, n := range nodes {
		if _, err := tx.Exec(`DELETE FROM strategy_node WHERE corpid = ? AND strategy = ? AND kind = ? AND node = ?`, corpID, strategy, n.Kind, n.Node); err != nil {
			return err
		}
	}
	return nil
}

// selectNodes returns the nodes behind one, in order.
func selectNodes(tx *store.Tx, corpID string, strategy int64, after node, limit int64) (out []node, err error) {
	err = tx.Each(`SELECT kind, node FROM strategy_node WHERE corpid = ? AND strategy = ? AND (kind > ? OR kind = ? AND node > ?) ORDER BY kind, node LIMIT ?`,
		[]any{corpID, strategy, after.Kind, after.Kind, after.Node, limit}, func(rows *store.Rows) error {
			var n node
			err := rows.Scan(&n.Kind, &n.Node)
			out = append(out, n)
			return err
		})
	return out, err
}
