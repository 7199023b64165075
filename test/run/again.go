package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

const (
	// unsteadyMost is how many tests may fail and then pass in a whole run.
	unsteadyMost = 2
	// hearings is how often in a row such a test must pass, alone.
	hearings = 3
)

// again hears the tests of packages that failed once more, and reports whether all of them pass now. A test that
// fails once in a hundred runs must not hold up what has nothing to do with it; it is named in the last lines,
// because such a test has found a fault or is one (decision 104). What crashed is not heard again, nor are more
// than a few.
func (r *runner) again(ctx context.Context, dir string, all []fallen) bool {
	tests := 0
	for _, f := range append(slices.Clone(r.sum.unsteady), all...) {
		if f.crashed || len(f.tests) == 0 {
			return false
		}
		tests += len(f.tests)
	}
	if len(all) == 0 || tests > unsteadyMost {
		return false
	}
	for _, f := range all {
		fmt.Fprintf(r.sum.out, "once more, alone: %s of %s\n", strings.Join(f.tests, ", "), f.pkg)
		args := []string{"go", "test", "-timeout=20m", fmt.Sprintf("-count=%d", hearings), "-run=^(" + strings.Join(f.tests, "|") + ")$", f.pkg}
		if err := r.commandTo(ctx, r.sum.out, dir, []string{"QIWEI_TEST_POSTGRES=" + r.postgres}, args...); err != nil {
			return false
		}
	}
	r.sum.unsteady = append(r.sum.unsteady, all...)
	r.sum.failed -= len(all)
	r.sum.passed += len(all)
	return true
}

func (f fallen) String() string {
	return fmt.Sprintf("unsteady: %s of %s failed, and then passed %d times alone", strings.Join(f.tests, ", "), f.pkg, hearings)
}
