package ldap

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"qiwei/internal/corp"
	"qiwei/internal/store"
)

// Settings say how a corp appears over LDAP.
type Settings struct {
	// Suffix is the DN that the corp's entries hang below; o=<corpid> if it is empty.
	Suffix string
	// Attributes adds members' attributes to the usual ones or replaces them. It maps an attribute's name to
	// the field that it shows; an empty field removes the attribute. The fields are those of Sources and
	// "extattr:" with the name of an extended attribute.
	Attributes map[string]string
}

// Errors of settings.
var (
	ErrSuffix      = errors.New("a DN of dc, o, ou and c expected, such as dc=corp,dc=example")
	ErrSuffixTaken = errors.New("another enterprise has this suffix, or one above or below it")
)

var attributeShape = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9-]{0,63}$`)

func (s Settings) valid() error {
	if s.Suffix != "" {
		steps, err := parseDN(s.Suffix)
		if err != nil || len(steps) == 0 || len(s.Suffix) > 200 {
			return fmt.Errorf("suffix %q: %w", s.Suffix, ErrSuffix)
		}
		for _, r := range steps {
			if r.typ != "dc" && r.typ != "o" && r.typ != "ou" && r.typ != "c" {
				return fmt.Errorf("suffix %q: %w", s.Suffix, ErrSuffix)
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.Attributes)) {
		from := s.Attributes[name]
		_, known := sources[from]
		switch lower := strings.ToLower(name); {
		case !attributeShape.MatchString(name):
			return fmt.Errorf("attribute %q: letters, digits and hyphens expected, a letter first", name)
		case builtIn[lower] || lower == "uid":
			return fmt.Errorf("attribute %s is what LDAP itself needs, and cannot be changed", name)
		case from != "" && !known && !strings.HasPrefix(from, extattrPrefix):
			return fmt.Errorf("attribute %s: there is no field %q; there are %s, and %sNAME", name, from, strings.Join(Sources(), ", "), extattrPrefix)
		}
	}
	return nil
}

// tree is a corp as its clients see it.
type tree struct {
	corpID string
	suffix string // as written
	steps  []rdn
	names  *names
	aside  bool // see corp.Settings
}

// Settings returns the corp's settings.
func (s *Service) Settings(tx *store.Tx, corpID string) (Settings, error) {
	var set Settings
	var attributes string
	found, err := tx.Get(`SELECT suffix, attributes FROM ldap_corp WHERE corpid = ?`, []any{corpID}, &set.Suffix, &attributes)
	if err != nil || !found {
		return set, err
	}
	return set, json.Unmarshal([]byte(attributes), &set.Attributes)
}

// SuffixOf returns the corp's suffix.
func (s *Service) SuffixOf(tx *store.Tx, corpID string) (string, error) {
	t, _, err := s.treeOf(tx, corpID)
	if err != nil || t == nil {
		return "", err
	}
	return t.suffix, nil
}

// SetSettings changes them. Corps may not lie within each other.
func (s *Service) SetSettings(ctx context.Context, tx *store.Tx, corpID string, set Settings) error {
	if err := set.valid(); err != nil {
		return err
	}
	key := ""
	if set.Suffix != "" {
		steps, err := parseDN(set.Suffix)
		if err != nil {
			return err
		}
		key = dnKey(steps)
		all, err := s.trees(tx)
		if err != nil {
			return err
		}
		for _, t := range all {
			if other := dnKey(t.steps); t.corpID != corpID && (within(key, other) || within(other, key)) {
				return ErrSuffixTaken
			}
		}
	}
	attributes, err := json.Marshal(set.Attributes)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO ldap_corp (corpid, suffix, suffixkey, attributes) VALUES (?, ?, ?, ?)
		ON CONFLICT (corpid) DO UPDATE SET suffix = excluded.suffix, suffixkey = excluded.suffixkey, attributes = excluded.attributes`,
		corpID, set.Suffix, key, string(attributes))
	if errors.Is(err, store.ErrUnique) {
		return ErrSuffixTaken
	}
	return err
}

// within reports whether the name lies at or below the other; both are keys.
func within(name, above string) bool { return name == above || strings.HasSuffix(name, ","+above) }

func number(n int64) string { return strconv.FormatInt(n, 10) }

// trees returns all corps as trees.
func (s *Service) trees(tx *store.Tx) ([]*tree, error) {
	return store.Recall(tx, "ldap trees", func(list []*tree) int { return 2000*len(list) - 1 }, func() ([]*tree, error) {
		corps, err := s.deps.Corps.Corps(tx)
		if err != nil {
			return nil, err
		}
		var out []*tree
		for _, c := range corps {
			t, err := s.readTree(tx, c.CorpID)
			if err != nil {
				return nil, err
			}
			t.aside = c.Aside
			out = append(out, t)
		}
		return out, nil
	})
}

func (s *Service) readTree(tx *store.Tx, corpID string) (*tree, error) {
	set, err := s.Settings(tx, corpID)
	if err != nil {
		return nil, err
	}
	t := &tree{corpID: corpID, suffix: set.Suffix, names: newNames(set.Attributes)}
	if t.suffix == "" {
		t.suffix = "o=" + corpID
	}
	t.steps, err = parseDN(t.suffix)
	return t, err
}

// treeOf returns the corp as a tree, nil where there is no such corp.
func (s *Service) treeOf(tx *store.Tx, corpID string) (*tree, bool, error) {
	t, err := store.Recall(tx, "ldap tree "+corpID, keepTree, func() (*tree, error) {
		if _, err := s.deps.Corps.Corp(tx, corpID); errors.Is(err, corp.ErrNotFound) {
			return nil, nil
		} else if err != nil {
			return nil, err
		}
		return s.readTree(tx, corpID)
	})
	return t, t != nil, err
}

func keepTree(t *tree) int {
	if t == nil {
		return -1
	}
	return 2000
}

// treeAt returns the tree that a name lies in, and the steps from there to it.
func (s *Service) treeAt(tx *store.Tx, steps []rdn) (*tree, []rdn, error) {
	all, err := s.suffixes(tx)
	if err != nil {
		return nil, nil, err
	}
	for i := range steps {
		corpID, found := all[dnKey(steps[i:])]
		if !found && i == len(steps)-1 && steps[i].typ == "o" && !slices.Contains(slices.Collect(maps.Values(all)), steps[i].value) {
			corpID, found = steps[i].value, true // a corp's default suffix
		}
		if !found {
			continue
		}
		t, found, err := s.treeOf(tx, corpID)
		if err != nil || found {
			return t, steps[:i], err
		}
	}
	return nil, nil, nil
}

// suffixes returns the corps that have chosen a suffix, by its key.
func (s *Service) suffixes(tx *store.Tx) (map[string]string, error) {
	return store.Recall(tx, "ldap suffixes", func(m map[string]string) int { return 200 * len(m) }, func() (map[string]string, error) {
		out := map[string]string{}
		err := tx.Each(`SELECT suffixkey, corpid FROM ldap_corp WHERE suffixkey <> ''`, nil, func(rows *store.Rows) error {
			var key, corpID string
			err := rows.Scan(&key, &corpID)
			out[key] = corpID
			return err
		})
		return out, err
	})
}
