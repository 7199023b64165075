package moment

import (
	"context"
	"strconv"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/customer"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

const (
	base        = "/cgi-bin/externalcontact/"
	momentsPath = "get_moment_list"
)

func (s *Service) postEndpoints() []wire.Endpoint {
	return []wire.Endpoint{
		customer.Endpoint("POST", momentsPath, 93333, wire.Read(s.getMomentList), permitList),
		customer.Endpoint("POST", "cancel_moment_task", 97612, wire.Write(s.cancelMomentTask), permitPost),
	}
}

type (
	getMomentListRequest struct {
		Start   int64     `json:"start_time"` // Unix seconds
		End     int64     `json:"end_time"`
		Creator id.UserID `json:"creator"`
		Filter  *int64    `json:"filter_type"` // 0 the corp's, 1 members' own, 2 both
		Cursor  string    `json:"cursor"`
		Limit   int64     `json:"limit"`
	}
	getMomentListResponse struct {
		Next    string         `json:"next_cursor"`
		Moments []momentAnswer `json:"moment_list"`
	}
	momentAnswer struct {
		MomentID   string        `json:"moment_id"`
		Creator    id.UserID     `json:"creator,omitempty"`
		CreateTime int64         `json:"create_time"`
		CreateType Kind          `json:"create_type"`
		Visible    int64         `json:"visible_type"` // 0 some, 1 all
		Text       *textAnswer   `json:"text"`
		Images     []imageAnswer `json:"image,omitempty"`
		Video      *videoAnswer  `json:"video"`
		Link       *linkAnswer   `json:"link"`
		Location   *Location     `json:"location"`
	}
	textAnswer struct {
		Content string `json:"content"`
	}
	imageAnswer struct {
		MediaID string `json:"media_id"`
	}
	videoAnswer struct {
		MediaID string `json:"media_id"`
		ThumbID string `json:"thumb_media_id,omitempty"`
	}
	linkAnswer struct {
		Title string `json:"title"`
		URL   string `json:"url"`
	}
)

// filters are the kinds of filter_type.
var filters = map[int64][]Kind{0: {OfCorp}, 1: {OfMember}, 2: {OfCorp, OfMember}}

func (s *Service) getMomentList(ctx context.Context, tx *store.Tx, by access.Caller, req getMomentListRequest) (resp getMomentListResponse, err error) {
	filter := int64(2)
	if req.Filter != nil {
		filter = *req.Filter
	}
	kinds, ok := filters[filter]
	if !ok {
		return resp, wire.ErrParameter.With("filter_type: 0, 1 or 2 expected, %d given", filter)
	}
	cursor := wire.Cursor[Place]{Box: s.deps.Box, Path: base + momentsPath}
	of := []string{strconv.FormatInt(req.Start, 10), strconv.FormatInt(req.End, 10), req.Creator.Key(), strconv.FormatInt(filter, 10)}
	after, err := cursor.Open(by, req.Cursor, of...)
	if err != nil {
		return resp, err
	}
	list, next, err := s.Posts(ctx, tx, by, Query{From: time.Unix(req.Start, 0), To: time.Unix(req.End, 0), Creator: req.Creator, Kinds: kinds, After: after, Limit: req.Limit})
	for _, p := range list {
		resp.Moments = append(resp.Moments, newMomentAnswer(p))
	}
	if next != nil {
		resp.Next = cursor.Next(by, *next, of...)
	}
	return resp, err
}

func newMomentAnswer(p Posted) momentAnswer {
	c := p.Content
	a := momentAnswer{MomentID: p.MomentID, Creator: p.Creator, CreateTime: p.CreatedAt.Unix(), CreateType: p.Kind, Visible: flag(p.Public), Location: c.Location}
	if c.Text != "" {
		a.Text = &textAnswer{c.Text}
	}
	for _, i := range c.Images {
		a.Images = append(a.Images, imageAnswer{i})
	}
	if c.Video != nil {
		v := videoAnswer(*c.Video)
		a.Video = &v
	}
	if c.Link != nil {
		a.Link = &linkAnswer{c.Link.Title, c.Link.URL}
	}
	return a
}

type momentIDRequest struct {
	MomentID string `json:"moment_id"`
}

// cancelMomentTask is in the words of doc 97612.
func (s *Service) cancelMomentTask(ctx context.Context, tx *store.Tx, by access.Caller, req momentIDRequest) (none wire.None, err error) {
	return none, s.Cancel(tx, by, req.MomentID)
}
