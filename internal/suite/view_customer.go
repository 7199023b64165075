package suite

import (
	"maps"
	"strconv"

	"qiwei/internal/access"
	"qiwei/internal/seal"
)

// Ids of customers, of their tags and groups, and of accounts of customer service are numbers under a purpose of their
// viewer, behind two letters that say
// what they name. One of the corp's is turned into one of a provider's without asking the database, and names
// the same row: the room of customers looks whether the corp has it.

// headLength is that of the letters before the number.
const headLength = 2

// customerIDs are the purposes under which a viewer's ids are sealed.
type customerIDs map[access.Form]seal.Purpose

func (s *Service) ownIDs() customerIDs {
	return customerIDs{access.ExternalID: seal.ExternalUserID, access.CustomerTagID: seal.CustomerTag, access.CustomerChatID: seal.CustomerChat, access.ServiceAccountID: seal.ServiceAccount}
}

func (s *Service) providersIDs(provider int64) func() customerIDs {
	return func() customerIDs {
		out := s.ownIDs()
		for form, purpose := range out {
			out[form] = purpose + seal.Purpose(strconv.FormatInt(provider, 10))
		}
		return out
	}
}

// customers turns the ids of one viewer into those of the other, if the form is of customers alone.
func (v view) customers(form access.Form, texts []string, from, to func() customerIDs) (out map[string]string, is bool) {
	purposes := from()
	if form == access.RecipientID { // what is sealed for one of the two opens as nothing else
		out := v.reseal(access.ExternalID, texts, purposes, to(), len(texts))
		maps.Copy(out, v.reseal(access.CustomerChatID, texts, purposes, to(), 0))
		return out, true
	}
	if purposes[form] == "" {
		return nil, false
	}
	return v.reseal(form, texts, purposes, to(), len(texts)), true
}

func (v view) reseal(form access.Form, texts []string, from, to customerIDs, size int) map[string]string {
	out := make(map[string]string, size)
	for _, text := range texts {
		if len(text) < headLength {
			continue
		}
		if no, err := v.s.deps.Box.OpenNumber(from[form], text[headLength:]); err == nil {
			out[text] = text[:headLength] + v.s.deps.Box.Number(to[form], no)
		}
	}
	return out
}
