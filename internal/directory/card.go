package directory

import (
	"qiwei/internal/media"
	"qiwei/internal/seal"
	"qiwei/internal/store"
)

// A member's card number stands in the links to the member's avatar and QR code. Only this server can read
// it. It is always the same, so that clients that compare their readings see no change.
func (s *Service) card(m *Member) string {
	return s.deps.Box.Number(seal.MemberCard, m.No)
}

// AvatarURL returns links to the member's picture, large and small. For a member without a picture they show
// one drawn from the name.
func (s *Service) AvatarURL(m *Member) (large, thumb string) { return s.avatarURL(m, s.card(m)) }

func (s *Service) avatarURL(m *Member, card string) (large, thumb string) {
	base := s.deps.BaseURL()
	switch {
	case IsWebURL(m.Avatar):
		return m.Avatar, m.Avatar
	case m.Avatar != "":
		return base + m.Avatar, base + media.Thumbnail(m.Avatar)
	}
	base += "/wwhead/" + card
	return base + "/0", base + "/100"
}

// DefaultAvatarURL returns the picture shown instead of a withheld one.
func (s *Service) DefaultAvatarURL() string { return s.deps.BaseURL() + "/wwhead/default/0" }

// CardURL returns the page of the member's personal QR code (qr_code, doc 90196).
func (s *Service) CardURL(m *Member) string { return s.cardURL(s.card(m)) }

func (s *Service) cardURL(card string) string {
	return s.deps.BaseURL() + "/wwopen/userQRCode?vcode=" + card
}

// MemberOfCard returns the member behind a card number.
func (s *Service) MemberOfCard(tx *store.Tx, card string) (Member, bool, error) {
	no, err := s.deps.Box.OpenNumber(seal.MemberCard, card)
	if err != nil {
		return Member{}, false, nil
	}
	return s.selectMember(tx, `m.no = ?`, no)
}
