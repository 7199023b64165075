package moment

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/media"
	"qiwei/internal/seal"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Kind says whose a moment is (doc 93333).
type Kind int64

// The kinds.
const (
	OfCorp   Kind = 0 // made centrally, published by each member who confirms it
	OfMember Kind = 1
)

// Post is a moment.
type Post struct {
	No        int64
	Kind      Kind
	App       int64 // that made it; 0 is a person
	Creator   int64 // the member, our number; 0 is an application
	Content   Content
	Public    bool    // for all customers of those who publish it
	Tags      []int64 // of those who see it, if it is not for all
	CreatedAt time.Time
	// DispatchedAt is when all members were asked to publish it; zero while they are.
	DispatchedAt time.Time
	Cancelled    bool
}

// Content is what a moment shows. Files are named by media_ids that stay.
type Content struct {
	Text     string    `json:"text,omitempty"`
	Images   []string  `json:"images,omitempty"`
	Video    *Video    `json:"video,omitempty"`
	Link     *Link     `json:"link,omitempty"`
	Location *Location `json:"location,omitempty"`
}

// Video is a film, with the picture that stands for it if one was given.
type Video struct {
	MediaID string `json:"media_id"`
	ThumbID string `json:"thumb_media_id,omitempty"`
}

// Link opens a page.
type Link struct {
	Title   string `json:"title"`
	URL     string `json:"url"`
	MediaID string `json:"media_id,omitempty"` // of the cover
}

// Location is where a member was. The numbers are texts, as the platform writes them.
type Location struct {
	Latitude  string `json:"latitude"`
	Longitude string `json:"longitude"`
	Name      string `json:"name"`
}

// Limits of moments (doc 95094).
const (
	maxText      = 2000 // characters
	maxTextBytes = 4000
	maxImages    = 9
	maxTitle     = 64 // characters
	maxTitleByte = 128
	maxURL       = 2048    // bytes; unverified
	maxMonth     = 100_000 // moments by API in a corp's month
)

// Attachment is a picture, a video or a link of a moment that is made.
type Attachment struct {
	Type  string `json:"msgtype"`
	Image *struct {
		MediaID string `json:"media_id"`
	} `json:"image"`
	Video *Video `json:"video"`
	Link  *Link  `json:"link"`
}

// NewContent is what a moment is made of: a text, or up to nine pictures, or a video, or a link, or one of
// them with a text.
type NewContent struct {
	Text        string
	Attachments []Attachment
	Location    *Location
}

// valid says what is wrong with the parts, before their files are looked for. The page gives no codes for the
// messages that it quotes.
func (n NewContent) valid() error {
	if n.Text == "" && len(n.Attachments) == 0 {
		return ErrEmpty
	}
	if chars := utf8.RuneCountInString(n.Text); chars > maxText || len(n.Text) > maxTextBytes {
		return wire.ErrParameter.With("invalid text size: at most %d characters and %d bytes, %d and %d given", maxText, maxTextBytes, chars, len(n.Text))
	}
	for i, a := range n.Attachments {
		most := 1
		if a.Type == "image" {
			most = maxImages
		}
		switch {
		case a.Type != "image" && a.Type != "video" && a.Type != "link":
			return errAttachment.With("invalid attachments msgtype: image, video or link expected, %q given", a.Type)
		case a.Type != n.Attachments[0].Type:
			return errAttachment.With("invalid attachments msgtype: all of one type expected")
		case len(n.Attachments) > most:
			return errAttachments.With("invalid attachments size: at most %d of type %s, %d given", most, a.Type, len(n.Attachments))
		}
		if err := a.valid(); err != nil {
			return fmt.Errorf("attachments[%d]: %w", i, err)
		}
	}
	return nil
}

// valid looks for the object that msgtype names.
func (a Attachment) valid() error {
	switch {
	case a.Type == "image" && a.Image == nil, a.Type == "link" && a.Link == nil:
		return errAttachment.With("the object %q expected", a.Type)
	case a.Type == "video" && (a.Video == nil || a.Video.MediaID == ""):
		return wire.ErrParameter.With("invalid msg: video.media_id expected")
	case a.Type != "link":
		return nil
	}
	if utf8.RuneCountInString(a.Link.Title) > maxTitle || len(a.Link.Title) > maxTitleByte {
		return wire.ErrParameter.With("link.title: at most %d characters and %d bytes", maxTitle, maxTitleByte)
	}
	u, err := url.Parse(a.Link.URL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || len(a.Link.URL) > maxURL {
		return wire.ErrParameter.With("link.url: an address with its scheme, of at most %d bytes, expected", maxURL)
	}
	return nil
}

// keep returns the content with files that stay. The files were uploaded for moments; a person's may also be
// what a member has sent.
func (s *Service) keep(tx *store.Tx, by access.Caller, n NewContent) (c Content, err error) {
	c = Content{Text: n.Text, Location: n.Location}
	file := func(mediaID string, kind media.Kind) (string, error) {
		f, err := s.deps.Media.Find(tx, by.CorpID, media.Moment, mediaID, kind)
		if by.OfCorp() && errors.Is(err, media.ErrMediaID) {
			f, err = s.deps.Media.Sendable(tx, by.CorpID, media.General, mediaID, kind)
		}
		if err != nil {
			return "", err
		}
		f, err = s.deps.Media.Preserve(tx, by, f)
		return f.MediaID, err
	}
	for i, a := range n.Attachments {
		var kept string
		switch a.Type {
		case "image":
			kept, err = file(a.Image.MediaID, media.Image)
			c.Images = append(c.Images, kept)
		case "video":
			kept, err = file(a.Video.MediaID, media.Video)
			c.Video = &Video{MediaID: kept}
			if thumb := a.Video.ThumbID; thumb != "" && err == nil {
				c.Video.ThumbID, err = file(thumb, media.Image)
			}
		case "link":
			c.Link = &Link{Title: a.Link.Title, URL: a.Link.URL}
			c.Link.MediaID, err = file(a.Link.MediaID, media.Image)
		}
		if err != nil {
			return c, fmt.Errorf("attachments[%d]: %w", i, err)
		}
	}
	return c, nil
}

// forget ends the media_ids of a content.
func (s *Service) forget(tx *store.Tx, corpID string, c Content) error {
	files := append([]string{}, c.Images...)
	if c.Video != nil {
		files = append(files, c.Video.MediaID, c.Video.ThumbID)
	}
	if c.Link != nil {
		files = append(files, c.Link.MediaID)
	}
	for _, f := range files {
		if err := s.deps.Media.Forget(tx, corpID, f); err != nil {
			return err
		}
	}
	return nil
}

const momentHead = "mom"

func (s *Service) momentID(no int64) string { return momentHead + s.deps.Box.Number(seal.Moment, no) }

// post returns the corp's moment of an id. It answers ErrNotFound for one that was deleted, or whose members
// are still being asked.
func (s *Service) post(tx *store.Tx, corpID, momentID string) (Post, error) {
	if momentID == "" {
		return Post{}, ErrMissing
	}
	text, ok := strings.CutPrefix(momentID, momentHead)
	no, err := s.deps.Box.OpenNumber(seal.Moment, text)
	if !ok || err != nil {
		return Post{}, ErrNotFound.With("%q", momentID)
	}
	list, err := selectPosts(tx, `corpid = ? AND no = ? AND dispatched_at > 0 AND deleted_at = 0`, corpID, no)
	if err != nil {
		return Post{}, err
	}
	if len(list) == 0 {
		return Post{}, ErrNotFound.With("%q", momentID)
	}
	return list[0], nil
}

// Query asks for moments. Both ends of the time are excluded (doc 93333).
type Query struct {
	From, To time.Time
	Creator  id.UserID
	Kinds    []Kind
	After    Place
	Limit    int64
}

// Place is where a list of moments has come to.
type Place struct{ At, No int64 }

// Limits of the list of moments (doc 93333).
const (
	maxSpan  = 30 * 24 * time.Hour
	maxPosts = 20
)

func (q Query) valid() error {
	switch {
	case q.From.Unix() <= 0 || q.To.Unix() <= 0:
		return wire.ErrParameter.With("start_time and end_time expected")
	case q.To.Before(q.From):
		return wire.ErrParameter.With("end_time is before start_time")
	case q.To.Sub(q.From) > maxSpan:
		return wire.ErrParameter.With("start_time and end_time: at most 30 days apart")
	}
	return nil
}

// Posted is a moment with its id, and the userid of the creator if that is a member who is still there.
type Posted struct {
	Post
	MomentID string
	Creator  id.UserID
}

// Posts returns moments of a time span, the newest first, and the place behind the last; nil at the end. The
// corp's are there for every application, those of members for the ones that see the member. Which of the
// corp's an application with a small range is told of is unverified. Doc 93333.
func (s *Service) Posts(ctx context.Context, tx *store.Tx, by access.Caller, q Query) (out []Posted, next *Place, err error) {
	if err := q.valid(); err != nil {
		return nil, nil, err
	}
	creator := int64(0)
	if q.Creator != "" {
		m, err := s.deps.Directory.Member(ctx, tx, by, q.Creator)
		if err != nil {
			return nil, nil, err
		}
		creator = m.No
	}
	if q.Limit <= 0 || q.Limit > maxPosts {
		q.Limit = maxPosts
	}
	list, err := selectPostsOf(tx, by.CorpID, q, creator)
	if err != nil {
		return nil, nil, err
	}
	if int64(len(list)) > q.Limit {
		list = list[:q.Limit]
		last := list[q.Limit-1]
		next = &Place{last.CreatedAt.Unix(), last.No}
	}
	var creators []int64
	for _, p := range list {
		if p.Creator != 0 {
			creators = append(creators, p.Creator)
		}
	}
	users, err := s.seen(tx, by, creators)
	for _, p := range list {
		if user := users[p.Creator]; user != "" || p.Kind == OfCorp {
			out = append(out, Posted{p, s.momentID(p.No), user})
		}
	}
	return out, next, err
}

// seen returns the userids of those of the members, by number, whom the caller sees.
func (s *Service) seen(tx *store.Tx, by access.Caller, members []int64) (users map[int64]id.UserID, err error) {
	if !by.SeesAll() {
		if members, err = s.deps.Directory.Within(tx, by.CorpID, by.Range, members); err != nil {
			return nil, err
		}
	}
	return s.deps.Directory.NumberedMembers(tx, by.CorpID, members)
}
