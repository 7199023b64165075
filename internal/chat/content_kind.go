package chat

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// makers make an empty body of each msgtype.
var makers = map[string]func() Body{
	"text": made[Text], "image": made[Image], "voice": made[Voice], "video": made[Video], "file": made[Attached], "emotion": made[Emotion],
	"revoke": made[Revoke], "switch": made[Switch], "agree": made[Agree], "disagree": made[Disagree],
	"card": made[Card], "location": made[Location], "link": made[Link], "weapp": made[Program], "mixed": made[Mixed], "chatrecord": made[Record],
	"todo": made[Todo], "vote": made[Vote], "collect": made[Collect], "redpacket": made[RedPacket], "external_redpacket": made[RedPacket],
	"meeting": made[Meeting], "meeting_notification": made[MeetingNotice], "docmsg": made[Document], "markdown": made[Markdown], "news": made[News],
	"calendar": made[Calendar], "meeting_voice_call": made[VoiceCall], "voip_doc_share": made[SharedDocument], "sphfeed": made[Feed],
	"voiptext": made[Call], "qydiskfile": made[DriveFile],
}

func made[T any, P interface {
	*T
	Body
}]() Body {
	return P(new(T))
}

// Types returns every msgtype, in order.
func Types() []string {
	var out []string
	for t := range makers {
		out = append(out, t)
	}
	slices.Sort(out)
	return out
}

// decode reads a body of the msgtype.
func decode(msgtype string, text json.RawMessage) (Body, error) {
	make, ok := makers[msgtype]
	if !ok {
		return nil, ErrMessage.With("msgtype %q; one of %s expected", msgtype, strings.Join(Types(), ", "))
	}
	body := make()
	if len(text) == 0 && msgtype != "switch" {
		return nil, ErrMessage.With("%s: the object of the msgtype is missing", msgtype)
	}
	if len(text) == 0 {
		return body, nil
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(body); err != nil {
		return nil, ErrMessage.With("%s: %v", msgtype, err)
	}
	return body, nil
}

// Files returns the files of a body, those of its parts included.
func Files(b Body) (out []*File) {
	switch b := b.(type) {
	case *Image:
		return []*File{&b.File}
	case *Voice:
		return []*File{&b.File}
	case *Video:
		return []*File{&b.File}
	case *Attached:
		return []*File{&b.File}
	case *Emotion:
		return []*File{&b.File}
	case *VoiceCall:
		return []*File{&b.File}
	case *SharedDocument:
		return []*File{&b.File}
	case *Mixed:
		for _, p := range b.Items {
			out = append(out, Files(p.Content)...)
		}
	case *Record:
		for _, p := range b.Items {
			out = append(out, Files(p.Content)...)
		}
	}
	return out
}

func need(name, text string) error {
	if text == "" {
		return ErrMessage.With("%s is missing", name)
	}
	return nil
}

func among(name string, n int64, values ...int64) error {
	if !slices.Contains(values, n) {
		return ErrMessage.With("%s: one of %v expected, %d given", name, values, n)
	}
	return nil
}

func positive(name string, n int64) error {
	if n < 0 {
		return ErrMessage.With("%s: 0 or more expected", name)
	}
	return nil
}

func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func (b *Text) check() error           { return need("text.content", b.Content) }
func (b *Image) check() error          { return nil }
func (b *Voice) check() error          { return positive("voice.play_length", b.Seconds) }
func (b *Video) check() error          { return positive("video.play_length", b.Seconds) }
func (b *Attached) check() error       { return nil }
func (b *Emotion) check() error        { return among("emotion.type", b.Type, 1, 2) }
func (b *Revoke) check() error         { return need("revoke.pre_msgid", b.Before) }
func (b *Switch) check() error         { return nil }
func (b *Agree) check() error          { return need("agree.userid", b.Who) }
func (b *Disagree) check() error       { return need("disagree.userid", b.Who) }
func (b *Card) check() error           { return need("card.userid", b.UserID) }
func (b *Link) check() error           { return need("link.link_url", b.URL) }
func (b *Program) check() error        { return need("weapp.username", b.Username) }
func (b *Todo) check() error           { return need("todo.content", b.Content) }
func (b *Document) check() error       { return need("docmsg.link_url", b.URL) }
func (b *Markdown) check() error       { return need("markdown.content", b.Content) }
func (b *SharedDocument) check() error { return need("voip_doc_share.voipid", b.ID) }
func (b *VoiceCall) check() error      { return need("meeting_voice_call.voiceid", b.ID) }
func (b *Feed) check() error           { return among("sphfeed.feed_type", b.Type, 2, 4, 9) }
func (b *DriveFile) check() error      { return need("qydiskfile.filename", b.Name) }

func (b *Location) check() error {
	if b.Longitude < -180 || b.Longitude > 180 || b.Latitude < -90 || b.Latitude > 90 {
		return ErrMessage.With("location: longitude -180 to 180 and latitude -90 to 90 expected")
	}
	return nil
}

func (b *Vote) check() error {
	if len(b.Items) == 0 {
		return ErrMessage.With("vote.voteitem is missing")
	}
	if b.Type == 102 {
		return need("vote.voteid", b.ID)
	}
	return firstOf(among("vote.votetype", b.Type, 101, 102), need("vote.votetitle", b.Title))
}

func (b *Collect) check() error {
	if _, err := time.Parse(time.DateTime, b.CreatedAt); err != nil {
		return ErrMessage.With("collect.create_time: 2006-01-02 15:04:05 expected")
	}
	for i, q := range b.Details {
		if !slices.Contains([]string{"Text", "Number", "Date", "Time"}, q.Type) {
			return ErrMessage.With("collect.details[%d].type: Text, Number, Date or Time expected", i)
		}
	}
	return need("collect.title", b.Title)
}

func (b *RedPacket) check() error {
	if b.Count < 1 || b.Amount < b.Count {
		return ErrMessage.With("totalcnt: 1 or more, and totalamount of as many fen or more expected")
	}
	return among("type", b.Type, 1, 2, 3)
}

func (b *Meeting) check() error {
	return firstOf(need("meeting.topic", b.Topic), positive("meeting.starttime", b.Start), positive("meeting.endtime", b.End))
}

func (b *MeetingNotice) check() error {
	return among("meeting_notification.notification_type", b.Type, 1, 2)
}

func (b *News) check() error {
	if len(b.Items) == 0 {
		return ErrMessage.With("news.item is missing")
	}
	return nil
}

func (b *Calendar) check() error {
	return firstOf(need("calendar.title", b.Title), positive("calendar.starttime", b.Start), positive("calendar.endtime", b.End))
}

func (b *Call) check() error {
	return firstOf(positive("voiptext.callduration", b.Seconds), among("voiptext.invitetype", b.Type, 1, 2, 3, 4))
}

// nested are the types that a message within a message may have.
func nested(name string, i int, p Part) error {
	switch p.Content.(type) {
	case *Revoke, *Switch, *Agree, *Disagree:
		return ErrMessage.With("%s.item[%d].type: %q stands alone", name, i, p.Type)
	}
	if err := p.Content.check(); err != nil {
		return fmt.Errorf("%s.item[%d]: %w", name, i, err)
	}
	return nil
}

func (b *Mixed) check() error {
	if len(b.Items) == 0 {
		return ErrMessage.With("mixed.item is missing")
	}
	for i, p := range b.Items {
		if strings.HasPrefix(p.Type, recordPrefix) {
			return ErrMessage.With("mixed.item[%d].type: a msgtype expected", i)
		}
		if err := nested("mixed", i, p); err != nil {
			return err
		}
	}
	return nil
}

func (b *Record) check() error {
	if len(b.Items) == 0 {
		return ErrMessage.With("chatrecord.item is missing")
	}
	for i, p := range b.Items {
		if err := nested("chatrecord", i, p.Part); err != nil {
			return err
		}
	}
	return nil
}
