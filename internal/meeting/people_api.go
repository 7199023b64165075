package meeting

import (
	"context"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

func (s *Service) peopleEndpoints() []wire.Endpoint {
	return []wire.Endpoint{
		advanced("get_invitees", 98160, wire.Read(s.getInvitees)),
		advanced("set_invitees", 98162, wire.Write(s.setInvitees)),
		advanced("get_guests", 99039, wire.Read(s.getGuests)),
		advanced("set_guests", 99040, wire.Write(s.setGuests)),
		advanced("create_customer_short_url", 98818, wire.Write(s.createCustomerShortUrl)),
		advanced("get_customer_short_url", 98819, wire.Read(s.getCustomerShortUrl)),
	}
}

type (
	inviteesRequest struct {
		ID     string `json:"meetingid"`
		Cursor string `json:"cursor"`
	}
	invitee struct {
		UserID id.UserID `json:"userid"`
	}
	inviteesResponse struct {
		More     bool      `json:"has_more"`
		Next     string    `json:"next_cursor"`
		Invitees []invitee `json:"invitees"`
	}
)

// inviteesListed is how many invitees one answer has. The page names no number.
const inviteesListed = 500

func (s *Service) getInvitees(ctx context.Context, tx *store.Tx, by access.Caller, req inviteesRequest) (resp inviteesResponse, err error) {
	m, err := s.Ours(tx, by, req.ID)
	if err != nil {
		return resp, err
	}
	cursor := wire.Cursor[int64]{Box: s.deps.Box, Path: "meeting/get_invitees"}
	after, err := cursor.Open(by, req.Cursor, m.ID)
	if err != nil {
		return resp, err
	}
	list := m.Invitees[min(after, int64(len(m.Invitees))):]
	if len(list) > inviteesListed {
		list = list[:inviteesListed]
		resp.More, resp.Next = true, cursor.Next(by, after+inviteesListed, m.ID)
	}
	seen, err := s.deps.Directory.Named(tx, by, id.Texts(list))
	for _, u := range list {
		if _, ok := seen[u.Key()]; ok {
			resp.Invitees = append(resp.Invitees, invitee{u})
		}
	}
	return resp, err
}

type setInviteesRequest struct {
	ID       string    `json:"meetingid"`
	Invitees []invitee `json:"invitees"`
}

func (s *Service) setInvitees(ctx context.Context, tx *store.Tx, by access.Caller, req setInviteesRequest) (wire.None, error) {
	m, err := s.toChange(tx, by, req.ID)
	if err != nil {
		return wire.None{}, err
	}
	list := make([]id.UserID, len(req.Invitees))
	for i, u := range req.Invitees {
		list[i] = u.UserID
	}
	return wire.None{}, s.SetInvitees(ctx, tx, by, m, list)
}

type (
	getGuestsResponse struct {
		ID     string      `json:"meetingid"`
		Code   string      `json:"meeting_code"`
		Title  string      `json:"title"`
		Guests []guestWire `json:"guests"`
	}
	setGuestsRequest struct {
		ID     string      `json:"meetingid"`
		Guests []guestWire `json:"guests"`
	}
)

func (s *Service) getGuests(ctx context.Context, tx *store.Tx, by access.Caller, req meetingRequest) (resp getGuestsResponse, err error) {
	m, err := s.Ours(tx, by, req.ID)
	resp.ID, resp.Code, resp.Title = m.ID, m.Code, m.Title
	for _, g := range m.Guests {
		resp.Guests = append(resp.Guests, guestWire(g))
	}
	return resp, err
}

func (s *Service) setGuests(ctx context.Context, tx *store.Tx, by access.Caller, req setGuestsRequest) (wire.None, error) {
	m, err := s.toChange(tx, by, req.ID)
	if err != nil {
		return wire.None{}, err
	}
	return wire.None{}, s.SetGuests(tx, m, guestsOf(req.Guests))
}

type (
	shortURLRequest struct {
		ID   string `json:"meetingid"`
		Data string `json:"customer_data"`
	}
	shortURL struct {
		Data string `json:"customer_data"`
		URL  string `json:"meeting_short_url"`
	}
	shortURLResponse struct {
		Link shortURL `json:"meeting_short_url_customer_data"`
	}
	shortURLsResponse struct {
		Links []shortURL `json:"meeting_short_url_customer_data_list"`
	}
)

func (s *Service) createCustomerShortUrl(ctx context.Context, tx *store.Tx, by access.Caller, req shortURLRequest) (resp shortURLResponse, err error) {
	m, err := s.toChange(tx, by, req.ID)
	if err != nil {
		return resp, err
	}
	l, err := s.AddLink(tx, m, req.Data)
	return shortURLResponse{shortURL{l.Data, s.link(m, l.Key)}}, err
}

// AddLink makes an address of a meeting that tells who came by it. The same data have the same address. Doc 98818.
func (s *Service) AddLink(tx *store.Tx, m Meeting, data string) (Link, error) {
	switch {
	case data == "":
		return Link{}, wire.ErrEmpty.With("customer_data is missing")
	case len(data) > maxLinkData:
		return Link{}, errParameter.With("customer_data: at most %d bytes expected, %d given", maxLinkData, len(data))
	case m.Cancelled:
		return Link{}, ErrCancelled.With("meetingid: %q", m.ID)
	}
	for _, l := range m.Links {
		if l.Data == data {
			return l, nil
		}
	}
	if len(m.Links) >= maxLinks {
		return Link{}, errParameter.With("a meeting has at most %d links", maxLinks)
	}
	l := Link{Key: id.Letters(16), Data: data}
	m.Links = append(m.Links, l)
	return l, updateMeeting(tx, m, false)
}

func (s *Service) getCustomerShortUrl(ctx context.Context, tx *store.Tx, by access.Caller, req meetingRequest) (resp shortURLsResponse, err error) {
	m, err := s.Ours(tx, by, req.ID)
	for _, l := range m.Links {
		resp.Links = append(resp.Links, shortURL{l.Data, s.link(m, l.Key)})
	}
	return resp, err
}
