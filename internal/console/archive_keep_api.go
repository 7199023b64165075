package console

import (
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"strconv"
	"time"

	"qiwei/internal/archive"
	"qiwei/internal/id"
	"qiwei/internal/store"
)

func (s *Service) archiveKeepingCalls() []call {
	return []call{
		{pattern: "GET /console/api/archive/rules", right: look, handle: s.listArchiveRules},
		{pattern: "POST /console/api/archive/rules", right: look, handle: s.addArchiveRule},
		{pattern: "DELETE /console/api/archive/rules/{no}", right: look, handle: s.removeArchiveRule},
		{pattern: "POST /console/api/archive/holds", right: look, handle: s.addHold},
		{pattern: "DELETE /console/api/archive/holds/{no}", right: look, handle: s.releaseHold},
		{pattern: "GET /console/api/archive/exports", right: look, handle: s.listExports},
		{pattern: "POST /console/api/archive/exports", right: look, handle: s.askExport},
		{pattern: "POST /console/api/archive/exports/{no}/approve", right: look, handle: s.approveExport},
		{pattern: "POST /console/api/archive/exports/{no}/refuse", right: look, handle: s.refuseExport},
		{pattern: "GET /console/api/archive/exports/{no}/file", right: look, handle: s.fetchExport},
	}
}

// listArchiveRules answers rules and holds: what is kept and how long.
func (s *Service) listArchiveRules(v *visit) (any, error) {
	var out struct {
		Rules  []archive.Rule   `json:"rules"`
		Holds  []archive.Hold   `json:"holds"`
		Erased []archive.Report `json:"erased"`
	}
	return &out, v.look(func(tx *store.Tx) (err error) {
		if _, err := v.reader(tx, archive.Reader.Audits); err != nil {
			return err
		}
		if out.Rules, err = s.deps.Archive.Rules(tx, v.corpID); err != nil {
			return err
		}
		if out.Holds, err = s.deps.Archive.Holds(tx, v.corpID); err != nil {
			return err
		}
		out.Erased, err = s.deps.Archive.Reports(tx, v.corpID)
		for i := range out.Erased { // the list of records may be long
			out.Erased[i].Report = summaryOf(out.Erased[i].Report)
		}
		return err
	})
}

// summaryOf is a report of an erasure with the number of its records.
func summaryOf(report json.RawMessage) json.RawMessage {
	var e archive.Erasure
	if json.Unmarshal(report, &e) != nil {
		return report
	}
	out, err := json.Marshal(map[string]any{"at": e.At, "rule": e.Rule, "records": len(e.Records)})
	if err != nil {
		return report
	}
	return out
}

// byOfficer runs what only a compliance officer does.
func (v *visit) byOfficer(fn func(tx *store.Tx, by archive.Reader) (done, error)) error {
	return v.change(func(tx *store.Tx) (done, error) {
		by, err := v.reader(tx, officer)
		if err != nil {
			return done{}, err
		}
		return fn(tx, by)
	})
}

func (s *Service) addArchiveRule(v *visit) (any, error) {
	var req archive.Rule
	if err := v.read(&req); err != nil {
		return nil, err
	}
	return nothing{}, v.byOfficer(func(tx *store.Tx, _ archive.Reader) (done, error) {
		no, err := s.deps.Archive.AddRule(v.ctx(), tx, v.corpID, req)
		return done{"archive.rule.add", itoa(no), map[string]any{"rule": req}}, err
	})
}

func (s *Service) removeArchiveRule(v *visit) (any, error) {
	no, err := v.number("no")
	if err != nil {
		return nil, err
	}
	return nothing{}, v.byOfficer(func(tx *store.Tx, _ archive.Reader) (done, error) {
		return done{"archive.rule.remove", itoa(no), nil}, s.deps.Archive.RemoveRule(v.ctx(), tx, v.corpID, no)
	})
}

func (s *Service) addHold(v *visit) (any, error) {
	var req struct {
		Name   string      `json:"name"`
		People []id.Person `json:"people"`
		Rooms  []string    `json:"rooms"`
		Since  time.Time   `json:"since"`
		Until  time.Time   `json:"until"`
	}
	if err := v.read(&req); err != nil {
		return nil, err
	}
	return nothing{}, v.byOfficer(func(tx *store.Tx, _ archive.Reader) (done, error) {
		no, err := s.deps.Archive.AddHold(v.ctx(), tx, v.corpID, archive.Hold{Name: req.Name, People: req.People, Rooms: req.Rooms, Since: req.Since, Until: req.Until})
		return done{"archive.hold.add", req.Name, map[string]any{"no": no, "people": req.People, "rooms": req.Rooms}}, err
	})
}

func (s *Service) releaseHold(v *visit) (any, error) {
	no, err := v.number("no")
	if err != nil {
		return nil, err
	}
	return nothing{}, v.byOfficer(func(tx *store.Tx, _ archive.Reader) (done, error) {
		return done{"archive.hold.release", itoa(no), nil}, s.deps.Archive.ReleaseHold(v.ctx(), tx, v.corpID, no)
	})
}

func anyRole(by archive.Reader) bool { return by.Role != "" }

func (s *Service) listExports(v *visit) (any, error) {
	out := []archive.Export{}
	return map[string]any{"exports": &out}, v.look(func(tx *store.Tx) error {
		by, err := v.reader(tx, anyRole)
		if err != nil {
			return err
		}
		list, err := s.deps.Archive.Exports(tx, v.corpID)
		for _, e := range list {
			if by.Audits() || e.AskedBy.Equal(by.UserID) {
				out = append(out, e)
			}
		}
		return err
	})
}

func (s *Service) askExport(v *visit) (any, error) {
	var req struct {
		Name     string       `json:"name"`
		Question archive.Case `json:"question"`
		Formats  []string     `json:"formats"`
	}
	if err := v.read(&req); err != nil {
		return nil, err
	}
	var no int64
	err := v.change(func(tx *store.Tx) (_ done, err error) {
		by, err := v.reader(tx, archive.Reader.Reads)
		if err == nil {
			no, err = s.deps.Archive.AskExport(tx, by, req.Name, req.Question, req.Formats)
		}
		return done{"archive.export.ask", req.Name, map[string]any{"no": no, "question": req.Question}}, err
	})
	return map[string]int64{"no": no}, err
}

func (s *Service) approveExport(v *visit) (any, error) { return s.decideExport(v, true) }
func (s *Service) refuseExport(v *visit) (any, error)  { return s.decideExport(v, false) }

func (s *Service) decideExport(v *visit, approve bool) (any, error) {
	no, err := v.number("no")
	if err != nil {
		return nil, err
	}
	action := "archive.export.refuse"
	if approve {
		action = "archive.export.approve"
	}
	return nothing{}, v.byOfficer(func(tx *store.Tx, by archive.Reader) (done, error) {
		return done{action, itoa(no), nil}, s.deps.Archive.DecideExport(tx, by, no, approve)
	})
}

func (s *Service) fetchExport(v *visit) (any, error) {
	no, err := v.number("no")
	if err != nil {
		return nil, err
	}
	var by archive.Reader
	if err := v.look(func(tx *store.Tx) (err error) {
		by, err = v.reader(tx, archive.Reader.Reads)
		return err
	}); err != nil {
		return nil, err
	}
	e, content, err := s.deps.Archive.FetchExport(v.ctx(), by, no)
	if err != nil {
		return nil, err
	}
	defer content.Close()
	h := v.w.Header()
	h.Set("Content-Type", "application/zip")
	h.Set("Content-Length", strconv.FormatInt(e.Size, 10))
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": fmt.Sprintf("archive-%d.zip", no)}))
	h.Set("Cache-Control", "private, no-store")
	_, _ = io.Copy(v.w, content)
	return nil, nil
}
