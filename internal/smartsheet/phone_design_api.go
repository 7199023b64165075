package smartsheet

import (
	"net/http"

	"qiwei/internal/access"
	"qiwei/internal/door"
	"qiwei/internal/login"
	"qiwei/internal/store"
)

// designRoutes are the changes of fields and views on the page.
func (s *Service) designRoutes() []door.Route {
	page := s.deps.Member.JSON
	at := func(rest string) string { return "POST /phone/api/docs/{docid}/sheets/{sheet_id}" + rest }
	return []door.Route{
		{Pattern: at("/fields"), Handler: page(s.phoneAddField)},
		{Pattern: at("/fields/{field_id}"), Handler: page(s.phoneUpdateField)},
		{Pattern: at("/fields/{field_id}/delete"), Handler: page(s.phoneDeleteField)},
		{Pattern: at("/views"), Handler: page(s.phoneAddView)},
		{Pattern: at("/views/{view_id}"), Handler: page(s.phoneUpdateView)},
		{Pattern: at("/views/{view_id}/delete"), Handler: page(s.phoneDeleteView)},
	}
}

// phoneAddField adds a field.
func (s *Service) phoneAddField(r *http.Request, sess login.Session) (any, error) {
	out := map[string]string{}
	err := changes(s, r, sess, func(tx *store.Tx, by access.Caller, sh Sheet, may sheetPriv, req wireField) error {
		list, err := s.reshape(r.Context(), tx, by, &sh, addField, []wireField{req})
		if err == nil {
			out["field_id"] = list[0].ID
		}
		return err
	})
	return out, err
}

// phoneUpdateField gives a field another title or other properties; the type stays.
func (s *Service) phoneUpdateField(r *http.Request, sess login.Session) (any, error) {
	return struct{}{}, changes(s, r, sess, func(tx *store.Tx, by access.Caller, sh Sheet, may sheetPriv, req wireField) error {
		req.ID = r.PathValue("field_id")
		_, err := s.reshape(r.Context(), tx, by, &sh, updateField, []wireField{req})
		return err
	})
}

// phoneDeleteField deletes a field with what is in it.
func (s *Service) phoneDeleteField(r *http.Request, sess login.Session) (any, error) {
	return struct{}{}, changes(s, r, sess, func(tx *store.Tx, by access.Caller, sh Sheet, may sheetPriv, _ struct{}) error {
		return s.dropFields(r.Context(), tx, by, &sh, []string{r.PathValue("field_id")})
	})
}

func placeOf(r *http.Request) place { return place{r.PathValue("docid"), r.PathValue("sheet_id")} }

// phoneAddView adds a view.
func (s *Service) phoneAddView(r *http.Request, sess login.Session) (any, error) {
	var out viewResponse
	err := changes(s, r, sess, func(tx *store.Tx, by access.Caller, sh Sheet, may sheetPriv, req addViewRequest) (err error) {
		req.place = placeOf(r)
		out, err = s.addView(r.Context(), tx, by, req)
		return err
	})
	return out, err
}

// phoneUpdateView gives a view another title, or another order, filter and so on.
func (s *Service) phoneUpdateView(r *http.Request, sess login.Session) (any, error) {
	var out viewResponse
	err := changes(s, r, sess, func(tx *store.Tx, by access.Caller, sh Sheet, may sheetPriv, req updateViewRequest) (err error) {
		req.place, req.ViewID = placeOf(r), r.PathValue("view_id")
		out, err = s.updateView(r.Context(), tx, by, req)
		return err
	})
	return out, err
}

// phoneDeleteView deletes a view.
func (s *Service) phoneDeleteView(r *http.Request, sess login.Session) (any, error) {
	return struct{}{}, changes(s, r, sess, func(tx *store.Tx, by access.Caller, sh Sheet, may sheetPriv, _ struct{}) error {
		_, err := s.deleteViews(r.Context(), tx, by, deleteViewsRequest{placeOf(r), []string{r.PathValue("view_id")}})
		return err
	})
}
