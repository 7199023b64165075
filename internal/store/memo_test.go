package store

import (
	"fmt"
	"slices"
	"testing"
)

func TestEffects(t *testing.T) {
	t.Parallel()
	for query, want := range map[string]effect{
		"SELECT a FROM t WHERE b = ?":                                     {kind: reads},
		" with q AS (SELECT 1) SELECT * FROM q":                           {kind: reads},
		"WITH gone AS (DELETE FROM t RETURNING no) SELECT * FROM gone":    {kind: unclear},
		"SELECT a INTO u FROM t":                                          {kind: unclear},
		"INSERT INTO t (a) VALUES (?) RETURNING no":                       {changes, "t"},
		"insert into T(a) VALUES (?) ON CONFLICT (a) DO UPDATE SET a = 1": {changes, "t"},
		"INSERT OR REPLACE INTO t (a) VALUES (?)":                         {kind: unclear},
		"\n\tUPDATE t\n\tSET a = ? WHERE b IN (SELECT b FROM u)":          {changes, "t"},
		"UPDATE t AS x SET a = 1":                                         {kind: unclear},
		"DELETE FROM t":                                                   {deletes, "t"},
		`DELETE FROM "t" WHERE a = ?`:                                     {deletes, "t"},
		"DROP TABLE t":                                                    {kind: unclear},
		"SAVEPOINT try":                                                   {kind: reads},
		"ROLLBACK TO SAVEPOINT try":                                       {kind: reads},
		"-- a word before\nUPDATE t SET a = 1":                            {kind: unclear},
		"":                                                                {kind: unclear},
	} {
		if got := parseEffect(query); got != want {
			t.Errorf("%q: %v, want %v", query, got, want)
		}
	}
}

func TestSnapshots(t *testing.T) {
	t.Parallel()
	read := func(text string) snapshot {
		s, err := parseSnapshot(text)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	for _, tt := range []struct {
		before, now string
		ended       []uint64
		ok          bool
	}{
		{"100:100:", "100:100:", nil, true},
		{"100:100:", "101:101:", []uint64{100}, true},
		{"100:104:100,102", "102:104:102", []uint64{100}, true},
		{"100:104:100,102", "100:107:100,104,105", []uint64{102, 106}, true},
		{"100:104:100", "104:104:", []uint64{100}, true},
		// One that had no number of its own in the list before, since it began later.
		{"100:100:", "100:103:100,101", []uint64{102}, true},
		{"4294967295:4294967296:4294967295", "4294967298:4294967298:", []uint64{4294967295, 4294967296, 4294967297}, true},
		{"100:100:", "90:90:", nil, false}, // another server, or this one after a crash
		{"100:100:", "100:10000:100", nil, false},
	} {
		before, now := read(tt.before), read(tt.now)
		if ended, ok := now.ended(&before); !slices.Equal(ended, tt.ended) || ok != tt.ok {
			t.Errorf("from %s to %s: %v %v, want %v %v", tt.before, tt.now, ended, ok, tt.ended, tt.ok)
		}
		if now.equal(&before) != (tt.before == tt.now) {
			t.Errorf("%s equals %s", tt.before, tt.now)
		}
	}
	now, other := read("100:100:"), read("100:100:")
	other.backend = "7"
	if _, ok := now.ended(&other); ok || now.equal(&other) {
		t.Error("snapshots of two sessions were compared")
	}
	if _, ok := now.ended(&snapshot{}); ok {
		t.Error("a snapshot was compared with none")
	}
	for _, text := range []string{"", "1:2", "a:b:c", "1:2:x"} {
		if _, err := parseSnapshot(text); err == nil {
			t.Errorf("%q was read", text)
		}
	}
}

// TestMemoIsBounded keeps more than fits. Recently used entries stay, and the total never exceeds the limit.
func TestMemoIsBounded(t *testing.T) {
	t.Parallel()
	const bytes, size = 1 << 20, 300
	m := newMemo(bytes)
	l := look{m, m.forget()}
	none := [2]subject{1, 1}
	value := string(make([]byte, size))
	for i := range 20_000 {
		l.put(fmt.Sprint("key", i), value, size, none)
		if _, ok := l.get([]byte("key0")); !ok {
			t.Fatalf("what is asked for again and again was dropped after %d others", i)
		}
	}
	total, entries := 0, 0
	for i := range m.shards {
		s := &m.shards[i]
		for _, generation := range []map[string]entry{s.young, s.old} {
			entries += len(generation)
			for _, e := range generation {
				total += int(e.size)
			}
		}
	}
	if total > bytes || total < bytes/3 {
		t.Errorf("%d entries take %d bytes of %d", entries, total, bytes)
	}
	l.put("large", value, bytes, none)
	if _, ok := l.get([]byte("large")); ok {
		t.Error("what is larger than everything was kept")
	}
	// A reader that looked before a change keeps nothing of what was changed.
	l.put("a", value, size, [2]subject{7, 7})
	m.next(change{of: []subject{7}})
	if _, ok := l.get([]byte("a")); ok {
		t.Error("what was changed was found")
	}
	l.put("a", value, size, [2]subject{7, 7})
	if _, ok := l.get([]byte("a")); ok {
		t.Error("what was read before a change was kept after it")
	}
	if _, ok := l.get([]byte("key0")); !ok {
		t.Error("what was not changed was forgotten")
	}
	m.forget()
	if _, ok := l.get([]byte("key0")); ok {
		t.Error("something was found after all was forgotten")
	}
}
