// Package sound finds members by how their names sound: 张三 by zhangsan, zhang san
// or zs.
package sound

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"

	"qiwei/internal/access"
	"qiwei/internal/directory"
	"qiwei/internal/store"
)

// Index finds members by the sound of their names. It is in memory. It is built when somebody first searches
// for letters, and rebuilt when the corp's names have changed or another server may have changed them. With
// 100,000 members that takes a fraction of a second.
type Index struct {
	directory *directory.Service

	mu      sync.Mutex
	corps   map[string]*corpNames
	changes int // of names, wherever
}

// NewIndex returns an index of the directory's names.
func NewIndex(d *directory.Service) *Index {
	x := &Index{directory: d, corps: map[string]*corpNames{}}
	x.watch()
	return x
}

type corpNames struct {
	made time.Time
	rows []soundOf
}

type soundOf struct {
	no       int64
	full     string // zhangsan
	initials string // zs
	starts   []int  // where a syllable begins in full
}

const (
	// fresh is how long an index is trusted even if this server saw no change: other servers on the database
	// may have made one.
	fresh = time.Minute

	// most is how many members a search finds by sound.
	most = 300
)

// watch tells the index when names change.
func (x *Index) watch() {
	stale := func(tx *store.Tx, corpID string) {
		tx.AfterCommit(func() { x.forget(corpID) })
	}
	d := x.directory
	d.MemberCreated.On(func(_ context.Context, tx *store.Tx, by access.Caller, _ directory.MemberCreatedEvent) error {
		stale(tx, by.CorpID)
		return nil
	})
	d.MemberUpdated.On(func(_ context.Context, tx *store.Tx, by access.Caller, e directory.MemberUpdatedEvent) error {
		if e.Before.Name != e.Member.Name {
			stale(tx, by.CorpID)
		}
		return nil
	})
	d.MemberDeleted.On(func(_ context.Context, tx *store.Tx, by access.Caller, _ directory.MemberDeletedEvent) error {
		stale(tx, by.CorpID)
		return nil
	})
}

func (x *Index) forget(corpID string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.changes++
	delete(x.corps, corpID)
}

// Forget drops everything derived from the directory, which has been replaced.
func (x *Index) Forget() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.changes++
	clear(x.corps)
}

// Find returns the numbers of members whose names sound like the words, some hundreds at most; none if the
// words are not letters.
func (x *Index) Find(tx *store.Tx, corpID, words string) ([]int64, error) {
	sound := strings.ToLower(strings.Join(strings.Fields(words), ""))
	if sound == "" || strings.ContainsFunc(sound, func(r rune) bool { return r < 'a' || r > 'z' }) {
		return nil, nil
	}
	names, err := x.names(tx, corpID)
	if err != nil {
		return nil, err
	}
	var out []int64
	for i := range names.rows {
		if names.rows[i].matches(sound) {
			if out = append(out, names.rows[i].no); len(out) == most {
				break
			}
		}
	}
	return out, nil
}

// names returns the corp's index. Who finds none makes one for itself: whoever waited
// for another's would hold a connection to the database that the other may need.
func (x *Index) names(tx *store.Tx, corpID string) (*corpNames, error) {
	x.mu.Lock()
	names, changes := x.corps[corpID], x.changes
	x.mu.Unlock()
	if names != nil && tx.Now().Sub(names.made).Abs() <= fresh {
		return names, nil
	}
	names = &corpNames{made: tx.Now()}
	if err := x.directory.EachName(tx, corpID, func(no int64, name string) {
		if row, ok := soundOfName(name); ok {
			row.no = no
			names.rows = append(names.rows, row)
		}
	}); err != nil {
		return nil, err
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.changes == changes { // else it may be old already
		x.corps[corpID] = names
	}
	return names, nil
}

// soundOfName spells a name; ok is false for one without Chinese characters, which can be found by its
// letters.
func soundOfName(name string) (row soundOf, ok bool) {
	var full, initials strings.Builder
	for _, r := range name {
		syllable := ""
		if unicode.Is(unicode.Han, r) {
			syllable = reading(r)
			ok = ok || syllable != ""
		} else if unicode.IsLetter(r) || unicode.IsDigit(r) {
			syllable = strings.ToLower(string(r))
		}
		if syllable == "" {
			continue
		}
		row.starts = append(row.starts, full.Len())
		full.WriteString(syllable)
		initials.WriteByte(syllable[0])
	}
	row.full, row.initials = full.String(), initials.String()
	return row, ok
}

// Spell returns how a name is spelled in letters, for putting names in order: 张三 is
// zhangsan.
func Spell(name string) string {
	row, _ := soundOfName(name)
	return row.full
}

// Matches reports whether a name with Chinese characters sounds like the words.
func Matches(name, words string) bool {
	sound := strings.ToLower(strings.Join(strings.Fields(words), ""))
	row, ok := soundOfName(name)
	return ok && sound != "" && row.matches(sound)
}

// matches reports whether the sound begins at one of the syllables, or is among the
// initials.
func (n soundOf) matches(sound string) bool {
	if strings.Contains(n.initials, sound) {
		return true
	}
	at := strings.Index(n.full, sound)
	for at >= 0 {
		if slices.Contains(n.starts, at) {
			return true
		}
		next := strings.Index(n.full[at+1:], sound)
		if next < 0 {
			return false
		}
		at += 1 + next
	}
	return false
}
