package console

import (
	"errors"
	"strconv"
	"strings"

	"qiwei/internal/store"
)

// The org chart draws the tree that the directory's page has as well (GET /console/api/departments), and asks who leads the
// departments that are on the screen.

func (s *Service) orgCalls() []call {
	return []call{{pattern: "GET /console/api/leaders", right: readDirectory, handle: s.listLeaders}}
}

// ledMost bounds how many departments are asked about at once.
const ledMost = 200

type departmentLeaders struct {
	Department int64    `json:"department"`
	Leaders    []leader `json:"leaders"`
}

type leader struct {
	person
	Position string `json:"position"`
}

// listLeaders answers who leads each of the departments in ids, which are separated by commas.
func (s *Service) listLeaders(v *visit) (any, error) {
	var ids []int64
	for text := range strings.SplitSeq(v.query("ids"), ",") {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || len(ids) == ledMost {
			return nil, badRequest{errors.New("ids: 1 to 200 numbers with commas between them expected")}
		}
		ids = append(ids, n)
	}
	out := []departmentLeaders{}
	err := v.look(func(tx *store.Tx) error {
		out = out[:0]
		led, err := s.deps.Directory.Leaders(tx, v.by, ids)
		for _, d := range ids {
			if len(led[d]) == 0 {
				continue
			}
			one := departmentLeaders{Department: d}
			for _, m := range led[d] {
				_, thumb := s.deps.Directory.AvatarURL(&m)
				one.Leaders = append(one.Leaders, leader{person{string(m.UserID), m.Name, s.local(thumb)}, m.Position})
			}
			out = append(out, one)
		}
		return err
	})
	return map[string]any{"departments": out}, err
}
