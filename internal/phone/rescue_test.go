package phone

import (
	"errors"
	"testing"

	"qiwei/internal/rescue"
)

// A panic ends one look of the hub: the next one goes on, and has the pages read
// everything anew.
func TestAPanicEndsOneLook(t *testing.T) {
	t.Parallel()
	counted := 0
	s := New(Deps{Rescue: rescue.Rescuer{Count: func(string) { counted++ }}}) // without a store, a look panics
	s.hub.lines[1] = map[*line]bool{{}: true}
	for want := 1; want <= 2; want++ {
		if err := s.hub.tryLook(t.Context()); !errors.As(err, new(rescue.Panic)) || counted != want || !s.hub.failed {
			t.Errorf("%v, counted %d", err, counted)
		}
	}
	delete(s.hub.lines, 1)
	if err := s.hub.tryLook(t.Context()); err != nil {
		t.Error(err)
	}
}
