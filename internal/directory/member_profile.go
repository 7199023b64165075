package directory

import (
	"slices"
	"strings"

	"qiwei/internal/corp"
	"qiwei/internal/wire"
)

// Errors of extended attributes and external profiles (doc 90313).
var (
	ErrAttributeType   = wire.Code(60150, "invalid extattr type")
	ErrCorpName        = wire.Code(41036, "invalid external_corp_name")
	ErrExternalType    = wire.Code(90100, "invalid external_attr type")
	ErrExternalText    = wire.Code(90101, "invalid external_attr text size")
	ErrExternalTitle   = wire.Code(90102, "invalid external_attr web title size")
	ErrExternalURL     = wire.Code(90103, "invalid external_attr web url")
	ErrExternalMini    = wire.Code(90104, "invalid external_attr miniprogram title size")
	ErrExternalPath    = wire.Code(90105, "invalid external_attr miniprogram pagepath")
	ErrExternalProfile = wire.Code(90106, "invalid external_attr parameter")
)

// The types of an attribute.
const (
	AttributeText = 0
	AttributeWeb  = 1
	AttributeMini = 2 // external profile only
)

// Attribute is an extended attribute (doc 100067) or an external one (doc 92230). Its type decides which
// fields count.
type Attribute struct {
	Type     int64
	Name     string
	Text     string `json:",omitempty"`
	URL      string `json:",omitempty"`
	Title    string `json:",omitempty"`
	AppID    string `json:",omitempty"`
	PagePath string `json:",omitempty"`
}

// cleared reports whether the attribute asks to remove its value.
func (a Attribute) cleared() bool {
	switch a.Type {
	case AttributeWeb:
		return a.URL == "" && a.Title == ""
	case AttributeMini:
		return a.AppID == "" && a.Title == ""
	}
	return a.Text == ""
}

// Attributes is a list of attributes with different names.
type Attributes []Attribute

// with returns the attributes with those of news replacing those of the same names. Cleared ones are removed.
// Attributes that the corp has not declared are ignored silently (doc 100067).
func (as Attributes) with(news []Attribute, c corp.Corp) (Attributes, error) {
	known := Attributes(news).keep(c.Attributes)
	if err := validAttributes(known); err != nil {
		return nil, err
	}
	return as.merge(known), nil
}

func (as Attributes) keep(names []string) Attributes {
	var out Attributes
	for _, a := range as {
		if slices.Contains(names, a.Name) {
			out = append(out, a)
		}
	}
	return out
}

// merge returns as with the values of news put in. A cleared attribute is removed.
func (as Attributes) merge(news Attributes) Attributes {
	out := slices.Clone(as)
	for _, n := range news {
		i := slices.IndexFunc(out, func(a Attribute) bool { return a.Name == n.Name })
		switch {
		case n.cleared() && i >= 0:
			out = slices.Delete(out, i, i+1)
		case n.cleared():
		case i >= 0:
			out[i] = n
		default:
			out = append(out, n)
		}
	}
	return out
}

func validAttributes(as Attributes) error {
	for _, a := range as {
		switch {
		case a.Type != AttributeText && a.Type != AttributeWeb:
			return ErrAttributeType.With("%q: 0 or 1 expected", a.Name)
		case length(a.Text) > 64:
			return wire.ErrParameter.With("extattr %q: at most 64 characters", a.Name)
		case a.Type == AttributeWeb && (a.URL == "") != (a.Title == ""):
			return wire.ErrParameter.With("extattr %q: url and title are given together or not at all", a.Name)
		case a.Type == AttributeWeb && a.URL != "" && !IsWebURL(a.URL):
			return wire.ErrParameter.With("extattr %q: url must begin with http:// or https://", a.Name)
		case length(a.Title) > 12:
			return wire.ErrParameter.With("extattr %q: title has at most 12 characters", a.Name)
		}
	}
	return nil
}

func IsWebURL(u string) bool {
	return strings.HasPrefix(u, "http://") || strings.HasPrefix(u, "https://")
}

// ExternalProfile is what customers see of a member (doc 92230).
type ExternalProfile struct {
	CorpName   string     `json:",omitempty"` // a certified short name
	Channel    string     `json:",omitempty"` // video channel
	Attributes Attributes `json:",omitempty"`
}

// ExternalUpdate says what to change in an external profile.
type ExternalUpdate struct {
	CorpName   *string
	Channel    *string
	Attributes *[]Attribute
}

// asUpdate returns the update that turns an empty profile into p.
func (p ExternalProfile) asUpdate() ExternalUpdate {
	attributes := []Attribute(p.Attributes)
	return ExternalUpdate{CorpName: &p.CorpName, Channel: &p.Channel, Attributes: &attributes}
}

// with returns the profile with the update applied. Only the update's values are checked, so a short name
// stays even if it has lost its certificate since.
func (p ExternalProfile) with(u ExternalUpdate, c corp.Corp) (ExternalProfile, error) {
	if name := value(u.CorpName); name != "" && !slices.Contains(c.ShortNames, name) {
		return p, ErrCorpName.With("%q is not a certified short name of the corp", name)
	}
	if channel := value(u.Channel); channel != "" && !slices.Contains(c.Channels, channel) {
		return p, ErrChannel.With("%q is not bound to the corp", channel)
	}
	news := Attributes(value(u.Attributes)).external(c)
	for _, a := range news {
		if err := a.validOutside(); err != nil {
			return p, err
		}
	}
	set(&p.CorpName, u.CorpName)
	set(&p.Channel, u.Channel)
	p.Attributes = p.Attributes.merge(news)
	return p, nil
}

// external keeps the attributes that the corp has declared for external profiles. A mini program must be one
// that the corp has authorised.
func (as Attributes) external(c corp.Corp) Attributes {
	return slices.DeleteFunc(as.keep(c.ExternalAttributes), func(a Attribute) bool {
		return a.Type == AttributeMini && a.AppID != "" && !slices.Contains(c.MiniPrograms, a.AppID)
	})
}

func (p ExternalProfile) equal(q ExternalProfile) bool {
	return p.CorpName == q.CorpName && p.Channel == q.Channel && slices.Equal(p.Attributes, q.Attributes)
}

// validOutside checks an attribute of an external profile (doc 92230). The page allows texts of 32
// characters, the help of 90101 only 12.
func (a Attribute) validOutside() error {
	switch {
	case a.Type < AttributeText || a.Type > AttributeMini:
		return ErrExternalType.With("%q: 0, 1 or 2 expected", a.Name)
	case a.cleared():
		return nil
	case a.Type == AttributeText && length(a.Text) > 32:
		return ErrExternalText.With("%q: at most 32 characters", a.Name)
	case a.Type == AttributeWeb && !IsWebURL(a.URL):
		return ErrExternalURL.With("%q: must begin with http:// or https://", a.Name)
	case a.Type == AttributeWeb && (a.Title == "" || length(a.Title) > 12):
		return ErrExternalTitle.With("%q: 1 to 12 characters", a.Name)
	case a.Type == AttributeMini && a.AppID == "":
		return ErrExternalProfile.With("%q: appid and title are given together or not at all", a.Name)
	case a.Type == AttributeMini && (a.Title == "" || length(a.Title) > 12):
		return ErrExternalMini.With("%q: 1 to 12 characters", a.Name)
	case a.Type == AttributeMini && (strings.Contains(a.PagePath, "://") || strings.ContainsFunc(a.PagePath, isControl)):
		return ErrExternalPath.With("%q: a path within the mini program expected", a.Name)
	}
	return nil
}
