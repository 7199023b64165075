// Command mutate asks whether the tests would notice a fault: it puts small faults
// into a room, one at a time, and runs the tests that come by them.
//
//	go run ./test/mutate -sample 30 directory token   thirty faults in each of two rooms
//	go run ./test/mutate -tenant                      every condition on the enterprise, in all rooms
//
// The faults are comparisons turned round or moved by one, && for ||, a ! removed,
// a refusal left out, a number one up or down, and a condition on the enterprise,
// in SQL or in Go, that always holds. Limits of which internal/limits_test.go says why
// no test meets them are left alone, and so is how many rows one step takes. Nothing in the tree is edited: all of a room's
// faults are compiled into one test program, which `go test -overlay` builds, and
// QIWEI_MUTANT says which of them is real. The database is SQLite, and files that are
// for PostgreSQL alone are left out.
//
// A fault that no test comes by counts as not noticed. Handing on an error
// (`if err != nil { return err }`) is a fault's place only where a test has the
// error happen; its comparison is not turned round, which everything would notice.
package main

import (
	"context"
	"flag"
	"fmt"
	"hash/fnv"
	"io"
	"math/rand/v2"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// options are what the command line says.
type options struct {
	root   string // the module's folder
	sample int    // faults a room; 0 is all
	seed   uint64
	tenant bool // only conditions on the enterprise
	list   bool // say what would be tried, and build nothing
	jobs   int
	budget time.Duration // for each room; what is left then is not judged
	out    string
	with   string // rooms whose tests are run as well
	only   string // a pattern of the room's own tests
}

func main() {
	var o options
	flag.IntVar(&o.sample, "sample", 0, "try so many faults a room, drawn by -seed; 0 tries all")
	flag.Uint64Var(&o.seed, "seed", 1, "what the sample is drawn by")
	flag.BoolVar(&o.tenant, "tenant", false, "try only the conditions on the enterprise")
	flag.BoolVar(&o.list, "list", false, "list the faults and build nothing")
	flag.IntVar(&o.jobs, "jobs", 2, "run so many test programs at once")
	flag.DurationVar(&o.budget, "budget", 0, "stop judging a room after this long; 0 is never")
	flag.StringVar(&o.with, "with", "", "run the tests of these rooms as well: a,b")
	flag.StringVar(&o.only, "run", "", "run only the room's own tests that match")
	flag.StringVar(&o.out, "out", "", "write a file for each room into this folder as well")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, o, flag.Args(), os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "mutate:", err)
		os.Exit(1)
	}
}

// run tries the rooms one after the other and prints the table.
func run(ctx context.Context, o options, rooms []string, out io.Writer) error {
	var err error
	if o.root == "" {
		if o.root, err = os.Getwd(); err != nil {
			return err
		}
	}
	if len(rooms) == 0 {
		if rooms, err = allRooms(o.root); err != nil {
			return err
		}
	}
	var results []result
	for _, room := range rooms {
		r, err := tryRoom(ctx, o, room)
		if err != nil {
			return fmt.Errorf("%s: %w", room, err)
		}
		if o.list || len(r.judged) == 0 && r.cut == 0 {
			for _, m := range r.found {
				fmt.Fprintln(out, m)
			}
			continue
		}
		r.print(out)
		if o.out != "" {
			if err := writeResult(o.out, r); err != nil {
				return err
			}
		}
		results = append(results, r)
		if ctx.Err() != nil {
			break
		}
	}
	table(out, results)
	return nil
}

func allRooms(root string) ([]string, error) {
	entries, err := os.ReadDir(filepath.Join(root, "internal"))
	if err != nil {
		return nil, fmt.Errorf("run it in the project's folder: %w", err)
	}
	var rooms []string
	for _, e := range entries {
		if e.IsDir() {
			rooms = append(rooms, e.Name())
		}
	}
	return rooms, nil
}

// A result is what became of one room's faults.
type result struct {
	room   string
	found  []mutant // all that the room has
	judged []verdict
	cut    int      // drawn, but the time was up
	unfit  int      // the compiler would not have them
	broken []string // tests that fail without any fault, and so judge nothing
}

type verdict struct {
	mutant
	noticed bool
	why     string // the test that noticed it, or why none could
}

func (r result) noticed() int {
	n := 0
	for _, v := range r.judged {
		if v.noticed {
			n++
		}
	}
	return n
}

func (r result) print(w io.Writer) {
	fmt.Fprintf(w, "%s: %d of %d noticed", r.room, r.noticed(), len(r.judged))
	if r.cut > 0 {
		fmt.Fprintf(w, ", %d not tried for lack of time", r.cut)
	}
	if r.unfit > 0 {
		fmt.Fprintf(w, ", %d more do not compile", r.unfit)
	}
	fmt.Fprintln(w)
	for _, t := range r.broken {
		fmt.Fprintf(w, "  fails without a fault: %s\n", t)
	}
	for _, v := range r.judged {
		if !v.noticed {
			fmt.Fprintf(w, "  %s (%s)\n", v.mutant, v.why)
		}
	}
}

func writeResult(dir string, r result) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	var b strings.Builder
	r.print(&b)
	for _, v := range r.judged {
		if v.noticed {
			fmt.Fprintf(&b, "  noticed by %s: %s\n", v.why, v.mutant)
		}
	}
	return os.WriteFile(filepath.Join(dir, r.room+".txt"), []byte(b.String()), 0o644)
}

func table(w io.Writer, results []result) {
	if len(results) == 0 {
		return
	}
	fmt.Fprintf(w, "\n%-12s %8s %8s %6s\n", "room", "faults", "noticed", "")
	faults, noticed := 0, 0
	for _, r := range results {
		n := r.noticed()
		fmt.Fprintf(w, "%-12s %8d %8d %5d%%\n", r.room, len(r.judged), n, percent(n, len(r.judged)))
		faults, noticed = faults+len(r.judged), noticed+n
	}
	fmt.Fprintf(w, "%-12s %8d %8d %5d%%\n", "all", faults, noticed, percent(noticed, faults))
}

func percent(n, of int) int {
	if of == 0 {
		return 100
	}
	return 100 * n / of
}

// draw picks the faults to try, the same for the same seed whatever the other
// rooms have.
func draw(o options, room string, all []mutant) []mutant {
	var picked []mutant
	for _, m := range all {
		if m.tenant || !o.tenant {
			picked = append(picked, m)
		}
	}
	if o.sample == 0 || len(picked) <= o.sample {
		return picked
	}
	h := fnv.New64a()
	h.Write([]byte(room))
	rng := rand.New(rand.NewPCG(o.seed, h.Sum64()))
	rng.Shuffle(len(picked), func(i, j int) { picked[i], picked[j] = picked[j], picked[i] })
	picked = picked[:o.sample]
	slices.SortFunc(picked, func(a, b mutant) int { return a.id - b.id })
	return picked
}
