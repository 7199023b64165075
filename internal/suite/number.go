package suite

import (
	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
)

// ProviderBook is the callback room's name for what providers receive that belongs to no
// suite (系统事件接收URL). A receiver's key is the provider's corpid.
const ProviderBook = "provider"

// Rooms that keep something of a provider's about members keep our numbers of them,
// which outlive a change of the userid and the member.

// ShownMember returns what a provider knows the member with our number by.
func (s *Service) ShownMember(provider, member int64) id.UserID {
	return id.UserID(s.openUserID(provider, member))
}

// MemberNumbers returns our numbers of the corp's members by the ids that a provider
// sends: its own, or the corp's, where the page of the call takes both (doc 95652).
// Members who have left have theirs too. What names nobody of the corp is left out.
func (s *Service) MemberNumbers(tx *store.Tx, provider int64, corpID string, sent []id.UserID) (map[id.UserID]int64, error) {
	out := make(map[id.UserID]int64, len(sent))
	byNumber := map[int64]id.UserID{}
	var numbers []int64
	var plain []string
	for _, u := range sent {
		if no, ok := s.memberOf(provider, string(u)); ok {
			byNumber[no] = u
			numbers = append(numbers, no)
		} else if u != "" {
			plain = append(plain, string(u))
		}
	}
	here, err := s.deps.Directory.NumberedMembers(tx, corpID, numbers)
	if err != nil {
		return nil, err
	}
	gone, err := s.deps.Directory.Left(tx, corpID, numbers)
	if err != nil {
		return nil, err
	}
	for _, no := range numbers {
		if _, ok := here[no]; ok || gone[no] {
			out[byNumber[no]] = no
		}
	}
	own, err := s.deps.Directory.MemberNumbers(tx, corpID, plain)
	for text, no := range own {
		out[id.UserID(text)] = no
	}
	return out, err
}

// Authorised reports whether the corp has installed an application of the provider's of
// one of the kinds.
func (s *Service) Authorised(tx *store.Tx, provider int64, corpID string, kinds ...access.Kind) (bool, error) {
	n, err := tx.Count(`SELECT count(*) FROM suite_installation i JOIN suite s ON s.no = i.suite WHERE s.provider = ? AND i.corpid = ? AND s.kind IN (`+store.Marks(len(kinds))+`)`,
		store.Args([]any{provider, corpID}, id.Texts(kinds))...)
	return n > 0, err
}
