package main

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

const shop = `package shop

import "errors"

const most = 20

// A limit that no test meets, as is written down below, and how many rows one step takes.
const (
	maxRows    = 30
	rowsAtOnce = 10
)

func Step() int { return maxRows / rowsAtOnce }

func Fits(rows int) bool { return rows <= maxRows }

var errFull = errors.New("full")

const find = "SELECT no FROM item WHERE corpid = ? AND no = ?"

// Put refuses what does not fit.
func Put(have, more int, open bool) error {
	if have+more > most {
		return errFull
	}
	if !open && more > 0 {
		return errors.New("closed")
	}
	return nil
}

// Query is asked in part.
func Query(all bool) string {
	if all {
		return "UPDATE item SET corpid = ? WHERE i.corpid = b.corpid"
	}
	return find
}

func Mine(corpID, caller string) bool { return corpID == caller }
`

const shopTest = `package shop

import "testing"

func TestPut(t *testing.T) {
	if Put(19, 1, true) != nil || Put(20, 1, true) != errFull || Put(1, 1, false) == nil {
		t.Fatal("wrong")
	}
}

func TestQuery(t *testing.T) {
	if Query(false) != "SELECT no FROM item WHERE corpid = ? AND no = ?" {
		t.Fatal("wrong")
	}
}

func TestMine(t *testing.T) {
	if !Mine("a", "a") {
		t.Fatal("wrong")
	}
}

func TestBroken(t *testing.T) { t.Fatal("always") }
`

// TestRoom tries a room in which it is known what its tests overlook.
func TestRoom(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	for name, text := range map[string]string{
		"go.mod": "module shop\n\ngo 1.24\n", "internal/shop/shop.go": shop, "internal/shop/shop_test.go": shopTest,
		"internal/limits_test.go": "package internal_test\n\nvar unwalked = map[string]string{\"shop.maxRows\": \"ours\"}\n",
	} {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	r, err := tryRoom(t.Context(), options{root: root, jobs: 2}, "shop")
	if err != nil {
		t.Fatal(err)
	}
	var noticed, overlooked []string
	for _, v := range r.judged {
		fault := short(v.was) + " → " + v.now
		if v.noticed {
			noticed = append(noticed, fault)
		} else {
			overlooked = append(overlooked, fault+", "+v.why)
		}
	}
	slices.Sort(noticed)
	slices.Sort(overlooked)
	wantNoticed := []string{
		`!open && more > 0 → !open || more > 0`,
		`!open → open`,
		`corpid = ? in SELECT no FROM item WHERE corpid = ? AND no = ? → always`,
		`have+more > most → have+more <= most`,
		`have+more > most → have+more >= most`,
		`if !open && more > 0 { return errors.New("closed") } → left out`,
		`if have+more > most { return errFull } → left out`,
		`more > 0 → more <= 0`,
		`most = 20 → +1`,
		`most = 20 → -1`,
	}
	wantOverlooked := []string{
		`corpID == caller → true, all tests pass`,
		`i.corpid = b.corpid in UPDATE item SET corpid = ? WHERE i.corpid = b.corpid → always, no test comes by it`,
		`if all { return "UPDATE item SET corpid = ? WHERE i.corpid = b.corpid" } → left out, no test comes by it`,
		`more > 0 → more >= 0, all tests pass`,
		`rows <= maxRows → rows > maxRows, no test comes by it`,
	}
	if !slices.Equal(noticed, wantNoticed) {
		t.Errorf("noticed:\n%s\nwant:\n%s", strings.Join(noticed, "\n"), strings.Join(wantNoticed, "\n"))
	}
	if !slices.Equal(overlooked, wantOverlooked) {
		t.Errorf("overlooked:\n%s\nwant:\n%s", strings.Join(overlooked, "\n"), strings.Join(wantOverlooked, "\n"))
	}
	if !slices.Equal(r.broken, []string{"TestBroken"}) {
		t.Errorf("broken without a fault: %q", r.broken)
	}
	var out bytes.Buffer
	table(&out, []result{r})
	if !strings.Contains(out.String(), "shop               15       10    66%") {
		t.Errorf("the table:\n%s", out.String())
	}
}

// TestUnfit: a fault that the compiler refuses costs that fault alone.
func TestUnfit(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	for name, text := range map[string]string{
		"go.mod": "module shop\n\ngo 1.24\n",
		"internal/shop/shop.go": "package shop\n\nconst most = 20\n\ntype sizes [most]byte\n\nvar kinds = [...]string{most: \"last\"}\n\n" +
			"func Fits(n int) bool { return n < len(kinds) }\n",
		"internal/shop/shop_test.go": "package shop\n\nimport \"testing\"\n\nfunc TestFits(t *testing.T) {\n\tif !Fits(20) || Fits(21) {\n\t\tt.Fatal(len(sizes{}))\n\t}\n}\n",
	} {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	r, err := tryRoom(t.Context(), options{root: root, jobs: 1, budget: time.Hour}, "shop")
	if err != nil {
		t.Fatal(err)
	}
	if len(r.judged) != 2 || r.noticed() != 2 || r.unfit != 2 {
		t.Errorf("%d judged, %d noticed, %d unfit; want 2, 2, 2", len(r.judged), r.noticed(), r.unfit)
	}
}

func TestDraw(t *testing.T) {
	t.Parallel()
	var all []mutant
	for i := range 100 {
		all = append(all, mutant{id: i + 1, tenant: i%10 == 0})
	}
	a, b := draw(options{sample: 30, seed: 7}, "token", all), draw(options{sample: 30, seed: 7}, "token", all)
	if len(a) != 30 || !slices.Equal(a, b) {
		t.Errorf("%d drawn; twice the same: %v", len(a), slices.Equal(a, b))
	}
	if c := draw(options{sample: 30, seed: 8}, "token", all); slices.Equal(a, c) {
		t.Error("another seed draws the same")
	}
	if tenant := draw(options{tenant: true}, "token", all); len(tenant) != 10 {
		t.Errorf("%d conditions on the enterprise; want 10", len(tenant))
	}
}
