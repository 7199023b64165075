package directory

import (
	"qiwei/internal/media"
	"qiwei/internal/seal"
	"qiwei/internal/store"
)

// A member's card number stands in the links to his avatar and QR code. It
// names the member to this server alone, and is always the same, so that clients
// that compare what they read see no change.
func (s *Service) card(m *Member) string {
	return s.deps.Box.Number(seal.MemberCard, m.No)
}

// AvatarURL returns links to the member's picture, large and small. Without a
// picture of his own they show one drawn from his name.
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

// DefaultAvatarURL returns the picture that stands for a withheld one.
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
