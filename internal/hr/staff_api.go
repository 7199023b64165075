package hr

import (
	"context"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

type (
	optionWire struct {
		ID    int64  `json:"id"`
		Value string `json:"value"`
	}
	fieldWire struct {
		ID      int64        `json:"fieldid"`
		Name    string       `json:"field_name"`
		Type    int64        `json:"field_type"`
		Value   int64        `json:"value_type"`
		Must    bool         `json:"is_must"`
		Options []optionWire `json:"option_list,omitempty"`
	}
	groupWire struct {
		ID     int64       `json:"group_id"`
		Name   string      `json:"group_name"`
		Fields []fieldWire `json:"field_list"`
	}
	getFieldsResponse struct {
		Groups []groupWire `json:"group_list"`
	}
)

func (s *Service) getFields(context.Context, *store.Tx, access.Caller, wire.None) (resp getFieldsResponse, err error) {
	for _, g := range groups {
		out := groupWire{ID: g.ID, Name: g.Name}
		for _, f := range g.Fields {
			one := fieldWire{ID: f.ID, Name: f.Name, Type: f.Type, Value: f.Value, Must: f.Must}
			for i, o := range f.Options {
				one.Options = append(one.Options, optionWire{int64(i + 1), o})
			}
			out.Fields = append(out.Fields, one)
		}
		resp.Groups = append(resp.Groups, out)
	}
	return resp, nil
}

type (
	wantedWire struct {
		Field int64 `json:"fieldid"`
		Idx   int64 `json:"sub_idx"`
	}
	getStaffInfoRequest struct {
		UserID id.UserID    `json:"userid"`
		All    bool         `json:"get_all"`
		Fields []wantedWire `json:"fieldids"`
	}
	mobileWire struct {
		Country string `json:"value_country_code"`
		Number  string `json:"value_mobile"`
	}
	fileWire struct {
		Files []string `json:"media_id"`
	}
	fieldInfo struct {
		Field  int64       `json:"fieldid"`
		Idx    int64       `json:"sub_idx"`
		Result Result      `json:"result"`
		Kind   int64       `json:"value_type,omitempty"`
		Text   *string     `json:"value_string,omitempty"`
		Uint64 *int64      `json:"value_uint64,omitempty"` // no field of ours has this type
		Uint32 *int64      `json:"value_uint32,omitempty"`
		Int64  *int64      `json:"value_int64,omitempty"`
		Mobile *mobileWire `json:"value_mobile,omitempty"`
		File   *fileWire   `json:"value_file,omitempty"`
	}
	getStaffInfoResponse struct {
		Fields []fieldInfo `json:"field_info"`
	}
)

func (s *Service) getStaffInfo(ctx context.Context, tx *store.Tx, by access.Caller, req getStaffInfoRequest) (resp getStaffInfoResponse, err error) {
	var wanted []Wanted
	for _, w := range req.Fields {
		wanted = append(wanted, Wanted(w))
	}
	list, err := s.Read(ctx, tx, by, req.UserID, req.All, wanted)
	for _, e := range list {
		resp.Fields = append(resp.Fields, newFieldInfo(e))
	}
	return resp, err
}

// newFieldInfo writes a field. One that holds nothing has no value; the page shows none.
func newFieldInfo(e Entry) fieldInfo {
	f := fieldInfo{Field: e.Field, Idx: e.Idx, Result: e.Result, Kind: e.Kind}
	switch {
	case e.Value.Empty():
	case e.Kind == valueText:
		f.Text = e.Value.Text
	case e.Kind == valueUint32:
		f.Uint32 = e.Value.Number
	case e.Kind == valueUint64:
		f.Uint64 = e.Value.Number
	case e.Kind == valueInt64:
		f.Int64 = e.Value.Number
	case e.Kind == valueMobile:
		f.Mobile = &mobileWire{e.Value.Mobile.Country, e.Value.Mobile.Number}
	case e.Kind == valueFile:
		f.File = &fileWire{e.Value.Files}
	}
	return f
}

type (
	mobileRequest struct {
		Country  string `json:"value_country_code"`
		Country2 string `json:"value_mobile_country_code"` // so in the page's first example
		Number   string `json:"value_mobile"`
	}
	itemRequest struct {
		Field  int64          `json:"fieldid"`
		Idx    int64          `json:"sub_idx"`
		Text   *string        `json:"value_string"`
		Uint64 *int64         `json:"value_uint64"`
		Uint32 *int64         `json:"value_uint32"`
		Int64  *int64         `json:"value_int64"`
		Mobile *mobileRequest `json:"value_mobile"`
	}
	placeRequest struct {
		Kind int64 `json:"group_type"`
		Idx  int64 `json:"sub_idx"`
	}
	insertRequest struct {
		Kind  int64         `json:"group_type"`
		Items []itemRequest `json:"item"`
	}
	updateStaffInfoRequest struct {
		UserID id.UserID       `json:"userid"`
		Update []itemRequest   `json:"update_items"`
		Remove []placeRequest  `json:"remove_items"`
		Insert []insertRequest `json:"insert_items"`
	}
	updateResult struct {
		Field  int64  `json:"fieldid"`
		Idx    int64  `json:"sub_idx"`
		Result Result `json:"result"`
	}
	removeResult struct {
		Kind   int64  `json:"group_type"`
		Idx    int64  `json:"sub_idx"`
		Result Result `json:"result"`
	}
	insertResult struct {
		Kind   int64  `json:"group_type"`
		Idx    int64  `json:"idx"`
		Result Result `json:"result"`
	}
	updateStaffInfoResponse struct {
		Update []updateResult `json:"update_results"`
		Remove []removeResult `json:"remove_results"`
		Insert []insertResult `json:"insert_result"`
	}
)

// entry reads the value of the field's own type; others are ignored (doc 99133).
func (r itemRequest) entry() Entry {
	e := Entry{Field: r.Field, Idx: r.Idx}
	f, ok := fieldOf(r.Field)
	if !ok {
		return e
	}
	switch f.Value {
	case valueText:
		e.Value.Text = r.Text
	case valueUint32:
		e.Value.Number = r.Uint32
	case valueUint64:
		e.Value.Number = r.Uint64
	case valueInt64:
		e.Value.Number = r.Int64
	case valueMobile:
		if r.Mobile != nil {
			e.Value.Mobile = &Mobile{r.Mobile.Country + r.Mobile.Country2, r.Mobile.Number}
		}
	}
	return e
}

func (s *Service) updateStaffInfo(ctx context.Context, tx *store.Tx, by access.Caller, req updateStaffInfoRequest) (resp updateStaffInfoResponse, err error) {
	var c Change
	for _, r := range req.Update {
		c.Update = append(c.Update, r.entry())
	}
	for _, r := range req.Remove {
		c.Remove = append(c.Remove, Place{Kind: r.Kind, Idx: r.Idx})
	}
	for _, r := range req.Insert {
		n := Added{Kind: r.Kind}
		for _, item := range r.Items {
			n.Values = append(n.Values, item.entry())
		}
		c.Insert = append(c.Insert, n)
	}
	if err := s.Change(ctx, tx, by, req.UserID, &c); err != nil {
		return resp, err
	}
	for _, e := range c.Update {
		resp.Update = append(resp.Update, updateResult{e.Field, e.Idx, e.Result})
	}
	for _, p := range c.Remove {
		resp.Remove = append(resp.Remove, removeResult(p))
	}
	for i, n := range c.Insert {
		resp.Insert = append(resp.Insert, insertResult{n.Kind, int64(i), n.Result})
	}
	return resp, nil
}
