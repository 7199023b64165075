package wedoc

import (
	"cmp"
	"encoding/json"
	"net/http"
	"net/url"

	"qiwei/internal/access"
	"qiwei/internal/door"
	"qiwei/internal/id"
	"qiwei/internal/login"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Routes returns the addresses of documents and forms, which lead to the member's pages, and the calls of the pages,
// with the member's session.
func (s *Service) Routes() []door.Route {
	page := s.deps.Member.JSON
	return []door.Route{
		{Pattern: "GET /wedoc/{kind}/{id}", Handler: http.HandlerFunc(open)},
		{Pattern: "GET /phone/api/docs", Handler: page(s.phoneList)},
		s.fileRoute(),
		{Pattern: "GET /phone/api/docs/{docid}", Handler: page(s.phoneDocument)},
		{Pattern: "POST /phone/api/docs/{docid}/name", Handler: page(s.phoneRename)},
		{Pattern: "POST /phone/api/docs/{docid}/members", Handler: page(s.phoneMembers)},
		{Pattern: "POST /phone/api/docs/{docid}/delete", Handler: page(s.phoneDelete)},
		{Pattern: "POST /phone/api/docs/{docid}/text", Handler: page(s.phoneText)},
		{Pattern: "GET /phone/api/docs/{docid}/cells", Handler: page(s.phoneCells)},
		{Pattern: "POST /phone/api/docs/{docid}/cell", Handler: page(s.phoneCell)},
		{Pattern: "GET /phone/api/forms/{formid}", Handler: page(s.phoneForm)},
		{Pattern: "POST /phone/api/forms/{formid}", Handler: page(s.phoneAnswer)},
	}
}

// open leads from the address that a call has answered to the page. Whoever is not signed in is asked there.
func open(w http.ResponseWriter, r *http.Request) {
	to := "/phone/docs/"
	switch r.PathValue("kind") {
	case "form":
		to = "/phone/forms/"
	case Text.path(), Spreadsheet.path(), SmartSheet.path(), SmartPage.path():
	default:
		http.NotFound(w, r)
		return
	}
	http.Redirect(w, r, to+url.PathEscape(r.PathValue("id")), http.StatusFound)
}

// view runs fn in a transaction that reads.
func (s *Service) view(r *http.Request, fn func(tx *store.Tx) error) error {
	return s.deps.Store.Read(r.Context(), fn)
}

// change reads a request and runs fn in a transaction that writes, as the member.
func change[Req any](s *Service, r *http.Request, sess login.Session, fn func(tx *store.Tx, by access.Caller, req Req) error) error {
	var req Req
	if err := json.NewDecoder(r.Body).Decode(&req); err != nil {
		return err
	}
	return s.deps.Store.Write(r.Context(), func(tx *store.Tx) error {
		return fn(tx, access.MemberOf(sess.CorpID, sess.Member.UserID), req)
	})
}

// listMost is how many documents a page of a member's list has.
const listMost = 50

type (
	phoneLine struct {
		No       int64  `json:"no"` // where the next page begins
		ID       string `json:"id"`
		Kind     Kind   `json:"kind"` // 0 for a form
		Name     string `json:"name"`
		Modified int64  `json:"modified"` // Unix seconds
		Right    Right  `json:"right,omitempty"`
	}
	phoneLines struct {
		Documents []phoneLine `json:"documents"`
		More      bool        `json:"more"`
	}
)

// phoneList answers the documents that name the member, or the forms that the member has answered; the newest first.
// What is open to the whole enterprise is found by its address alone, as in WeCom.
func (s *Service) phoneList(r *http.Request, sess login.Session) (any, error) {
	before, err := door.Number(r, "before")
	if err != nil {
		return nil, err
	}
	if before == 0 {
		before = 1 << 62
	}
	query := `SELECT d.no, d.docid, d.kind, d.name, d.modified, m.auth FROM wedoc_member m JOIN wedoc d ON d.no = m.doc
		WHERE m.corpid = ? AND m.userkey = ? AND d.no < ? ORDER BY d.no DESC LIMIT ?`
	switch box := r.URL.Query().Get("box"); box {
	case "", "docs":
	case "forms":
		query = `SELECT f.no, f.formid, 0, f.body, f.modified, 0 FROM wedoc_form f WHERE f.no IN (SELECT form FROM wedoc_answer WHERE corpid = ? AND userkey = ?)
			AND f.no < ? ORDER BY f.no DESC LIMIT ?`
	default:
		return nil, errParameter.With("box: docs or forms expected")
	}
	out := phoneLines{Documents: []phoneLine{}}
	err = s.view(r, func(tx *store.Tx) error {
		return tx.Each(query, []any{sess.CorpID, sess.Member.UserID.Key(), before, int64(listMost + 1)}, func(rows *store.Rows) error {
			var l phoneLine
			if err := rows.Scan(&l.No, &l.ID, &l.Kind, &l.Name, &l.Modified, &l.Right); err != nil {
				return err
			}
			if out.More = len(out.Documents) == listMost; out.More {
				return nil
			}
			if l.Kind == 0 {
				var body FormBody
				if err := json.Unmarshal([]byte(l.Name), &body); err != nil {
					return err
				}
				l.Name = body.Title
			}
			out.Documents = append(out.Documents, l)
			return nil
		})
	})
	return out, err
}

type (
	phonePerson struct {
		UserID id.UserID `json:"userid"`
		Name   string    `json:"name"`
		Right  Right     `json:"right"`
	}
	phoneSheet struct {
		ID      string `json:"sheet_id"`
		Title   string `json:"title"`
		Rows    int64  `json:"rows"`
		Columns int64  `json:"columns"`
	}
	phoneDocument struct {
		DocID    string        `json:"docid"`
		Kind     Kind          `json:"kind"`
		Name     string        `json:"name"`
		Modified int64         `json:"modified"`
		Right    Right         `json:"right"`
		Copy     bool          `json:"copy"`                // may be copied and printed
		Mark     string        `json:"watermark,omitempty"` // the words of the watermark
		Narrow   bool          `json:"narrow,omitempty"`    // they stand closer together
		Members  []phonePerson `json:"members,omitempty"`   // for those who manage it
		Version  int64         `json:"version"`
		Blocks   []block       `json:"blocks,omitempty"` // of a text
		Sheets   []phoneSheet  `json:"sheets,omitempty"` // of a spreadsheet
		Pages    []Page        `json:"pages,omitempty"`  // of a smart document
	}
)

// seen returns a document that the member may look into, with the member's right.
func (s *Service) seen(r *http.Request, tx *store.Tx, sess login.Session, kinds ...Kind) (Document, Right, error) {
	by := access.MemberOf(sess.CorpID, sess.Member.UserID)
	d, err := s.Shared(r.Context(), tx, by, r.PathValue("docid"), kinds...)
	if err != nil {
		return d, 0, err
	}
	right, err := s.RightOf(r.Context(), tx, d, by.UserID)
	return d, right, err
}

// written is seen for a change. It waits for other changes of the document.
func (s *Service) written(r *http.Request, tx *store.Tx, sess login.Session, kinds ...Kind) (Document, error) {
	d, right, err := s.seen(r, tx, sess, kinds...)
	if err != nil {
		return d, err
	}
	if right < Write {
		return d, wire.ErrNoPrivilege.With("docid: %s may only look into %q", sess.Member.UserID, d.DocID)
	}
	return Lock(tx, d)
}

func (s *Service) phoneDocument(r *http.Request, sess login.Session) (any, error) {
	var out phoneDocument
	err := s.view(r, func(tx *store.Tx) error {
		d, right, err := s.seen(r, tx, sess)
		if err != nil {
			return err
		}
		mark := d.Rules.Watermark
		out = phoneDocument{
			DocID: d.DocID, Kind: d.Kind, Name: d.Name, Modified: d.Modified, Right: right, Version: d.Version,
			Copy: d.Rules.ReadersCopy || right >= Write, Narrow: mark.Margin == 2,
		}
		if mark.Shown {
			out.Mark = mark.Text
		}
		if mark.Visitor {
			out.Mark = cmp.Or(sess.Member.Name, string(sess.Member.UserID)) + " " + out.Mark
		}
		if right == Manage {
			if out.Members, err = s.people(tx, d); err != nil {
				return err
			}
		}
		return s.contents(tx, d, &out)
	})
	return out, err
}

// contents fills in what is in the document, but for the cells of sheets, which are asked for by area.
func (s *Service) contents(tx *store.Tx, d Document, out *phoneDocument) error {
	switch d.Kind {
	case Text:
		c, _, err := getContent(tx, d)
		out.Blocks = c.blocks()
		return err
	case Spreadsheet:
		list, err := sheets(tx, d)
		for _, sh := range list {
			out.Sheets = append(out.Sheets, phoneSheet{sh.ID, sh.Title, sh.Rows, sh.Columns})
		}
		return err
	case SmartPage:
		var err error
		out.Pages, err = pages(tx, d)
		return err
	}
	return nil
}

// people are those whom the document names.
func (s *Service) people(tx *store.Tx, d Document) ([]phonePerson, error) {
	list, err := selectMembers(tx, d)
	if err != nil {
		return nil, err
	}
	users := make([]id.UserID, len(list))
	for i, m := range list {
		users[i] = m.UserID
	}
	names, err := s.deps.Directory.NamesOf(tx, d.CorpID, users)
	out := make([]phonePerson, len(list))
	for i, m := range list {
		out[i] = phonePerson{m.UserID, cmp.Or(names[m.UserID.Key()], string(m.UserID)), m.Right}
	}
	return out, err
}

type phoneName struct {
	Name string `json:"name"`
}

func (s *Service) phoneRename(r *http.Request, sess login.Session) (any, error) {
	return struct{}{}, change(s, r, sess, func(tx *store.Tx, by access.Caller, req phoneName) error {
		d, err := s.ManagedBy(r.Context(), tx, by, r.PathValue("docid"))
		if err != nil {
			return err
		}
		if d, err = Lock(tx, d); err != nil {
			return err
		}
		return s.Rename(tx, d, req.Name)
	})
}

type phoneMemberChange struct {
	Set []struct {
		UserID id.UserID `json:"userid"`
		Right  Right     `json:"right"`
	} `json:"set"`
	Remove []id.UserID `json:"remove"`
}

func (s *Service) phoneMembers(r *http.Request, sess login.Session) (any, error) {
	return struct{}{}, change(s, r, sess, func(tx *store.Tx, by access.Caller, req phoneMemberChange) error {
		d, err := s.ManagedBy(r.Context(), tx, by, r.PathValue("docid"))
		if err != nil {
			return err
		}
		c := MemberChange{Remove: req.Remove}
		for _, m := range req.Set {
			c.Set = append(c.Set, Member(m))
		}
		return s.ChangeMembers(r.Context(), tx, by, d, c)
	})
}

func (s *Service) phoneDelete(r *http.Request, sess login.Session) (any, error) {
	return struct{}{}, change(s, r, sess, func(tx *store.Tx, by access.Caller, _ struct{}) error {
		d, err := s.ManagedBy(r.Context(), tx, by, r.PathValue("docid"))
		if err != nil {
			return err
		}
		return s.Delete(r.Context(), tx, by, d)
	})
}
