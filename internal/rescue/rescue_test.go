package rescue_test

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"qiwei/internal/rescue"
)

func TestRun(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	counted := map[string]int{}
	r := rescue.Rescuer{Log: slog.New(slog.NewTextHandler(&log, nil)), Count: func(where string) { counted[where]++ }}
	plain := errors.New("plain")
	if err := r.Run("here", func() error { return plain }); err != plain || len(counted) != 0 {
		t.Errorf("%v, %v", err, counted)
	}
	var none map[string]int
	if err := r.Run("here", func() error { none["x"] = 1; return nil }); !errors.As(err, new(rescue.Panic)) || counted["here"] != 1 {
		t.Errorf("%v, %v", err, counted)
	}
	if got := log.String(); !strings.Contains(got, "where=here") || !strings.Contains(got, "TestRun") {
		t.Errorf("the log has no stack: %s", got)
	}
	if err := (rescue.Rescuer{}).Run("here", func() error { panic("x") }); err == nil {
		t.Error("a panic is no error")
	}
}
