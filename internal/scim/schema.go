package scim

import "strings"

// The URNs in use.
const (
	urnUser       = "urn:ietf:params:scim:schemas:core:2.0:User"
	urnGroup      = "urn:ietf:params:scim:schemas:core:2.0:Group"
	urnEnterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
	urnMember     = "urn:ietf:params:scim:schemas:extension:qiwei:1.0:User"
	urnNode       = "urn:ietf:params:scim:schemas:extension:qiwei:1.0:Group"
	urnConfig     = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"
	urnType       = "urn:ietf:params:scim:schemas:core:2.0:ResourceType"
	urnSchema     = "urn:ietf:params:scim:schemas:core:2.0:Schema"
	urnError      = "urn:ietf:params:scim:api:messages:2.0:Error"
	urnList       = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
	urnPatch      = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
	urnSearch     = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"
	urnBulk       = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
	urnBulkDone   = "urn:ietf:params:scim:api:messages:2.0:BulkResponse"
)

// schema is a set of attributes.
type schema struct {
	urn, name, about string
	attributes       []*attribute
}

// attribute describes one (RFC 7643, 7).
type attribute struct {
	name     string
	kind     string // string, boolean, integer, dateTime, reference, complex
	about    string
	multi    bool
	required bool
	exact    bool                // the case of letters counts
	mutable  string              // readWrite if empty, readOnly, immutable, writeOnly
	heard    bool                // readOnly, and yet looked at where somebody sends it
	lent     bool                // readOnly, and left out where a provider sends its own word for it
	silent   bool                // not in the schema that clients are shown
	untold   bool                // products are not told of it
	tidy     func(string) string // writes a provider's text as WeCom keeps it
	returned string              // default if empty, always
	unique   string              // none if empty, server
	values   []string
	refers   []string
	sub      []*attribute
}

func (a *attribute) readOnly() bool { return a.mutable == "readOnly" && !a.heard }

// find returns the attribute of the name, whatever the case of its letters.
func find(list []*attribute, name string) *attribute {
	for _, a := range list {
		if strings.EqualFold(a.name, name) {
			return a
		}
	}
	return nil
}

func str(name, about string) *attribute { return &attribute{name: name, kind: "string", about: about} }

func (a *attribute) ro() *attribute { a.mutable = "readOnly"; return a }

func (a *attribute) left() *attribute { a.lent = true; return a }

func (a *attribute) tidied(by func(string) string) *attribute { a.tidy = by; return a }

func (a *attribute) keptBack() *attribute { a.untold = true; return a }

func (a *attribute) must() *attribute { a.required = true; return a }

func (a *attribute) refersTo(what ...string) *attribute {
	a.kind, a.refers, a.exact = "reference", what, true
	return a
}

func (a *attribute) list(sub ...*attribute) *attribute {
	a.kind, a.multi, a.sub = "complex", true, sub
	return a
}

// common are the attributes that every resource has.
var common = []*attribute{
	{name: "schemas", kind: "reference", multi: true, exact: true, returned: "always", refers: []string{"uri"}},
	{name: "id", kind: "string", exact: true, mutable: "readOnly", returned: "always", unique: "server"},
	{name: "externalId", kind: "string", exact: true},
	{name: "meta", kind: "complex", mutable: "readOnly", sub: []*attribute{
		{name: "resourceType", kind: "string", exact: true, mutable: "readOnly"}, {name: "created", kind: "dateTime", mutable: "readOnly"},
		{name: "lastModified", kind: "dateTime", mutable: "readOnly"}, {name: "location", kind: "reference", exact: true, mutable: "readOnly", refers: []string{"uri"}},
		{name: "version", kind: "string", exact: true, mutable: "readOnly"},
	}},
}

func choice(about string, values ...string) *attribute {
	return &attribute{name: "type", kind: "string", about: about, values: values}
}

// primary is read but never shown: of several values sent, the primary one is kept, so there is only one.
func primary() *attribute {
	return &attribute{name: "primary", kind: "boolean", mutable: "readOnly", heard: true, silent: true}
}

var userSchema = &schema{urnUser, "User", "A member.", []*attribute{
	{name: "userName", kind: "string", about: "The userid: 1 to 64 letters, digits and _ - @ . , a letter or digit first. It stays as it is.", required: true, mutable: "immutable", unique: "server"},
	{name: "name", kind: "complex", mutable: "readOnly", heard: true, about: "The name once more. Who sends no displayName is heard here: formatted, or givenName and familyName put together.", sub: []*attribute{
		{name: "formatted", kind: "string", mutable: "readOnly", heard: true, about: "The whole name."},
	}},
	str("displayName", "The name, 1 to 64 characters. The userid where none is sent.").must(),
	str("nickName", "The alias."),
	str("title", "The position."),
	{name: "active", kind: "boolean", about: "Whether the member is enabled."},
	str("emails", "The mail address.").list(str("value", "An address of 6 to 64 bytes.").must(), choice("What it is for.", "work"), primary()).tidied(strings.ToLower),
	str("phoneNumbers", "The mobile number and that of the desk.").list(str("value", "Digits; a mobile number outside mainland China begins with +.").must(), choice("Which of the two.", "mobile", "work"), primary()).tidied(dialled),
	str("addresses", "The address.").list(str("formatted", "At most 128 characters.").must(), choice("What it is for.", "work"), primary()).keptBack(),
	{name: "photos", kind: "complex", multi: true, mutable: "readOnly", lent: true, about: "The avatar.", sub: []*attribute{
		(&attribute{name: "value", about: "Where it is."}).refersTo("external").ro(), choice("What it is.", "photo").ro()}},
	{name: "groups", kind: "complex", multi: true, mutable: "readOnly", about: "The member's departments and tags.", sub: []*attribute{
		str("value", "The group's id.").ro(), (&attribute{name: "$ref", about: "Where it is."}).refersTo("Group").ro(),
		str("display", "Its name.").ro(), choice("How the member belongs to it.", "direct").ro()}},
}}

var enterpriseSchema = &schema{urnEnterprise, "EnterpriseUser", "A member in the organisation.", []*attribute{
	str("department", "The name of the main department. Change it by the members of groups.").ro().left(),
	{name: "manager", kind: "complex", about: "His direct leader.", sub: []*attribute{
		str("value", "The id of a User."), (&attribute{name: "$ref", about: "Where it is."}).refersTo("User")}},
}}

var memberSchema = &schema{urnMember, "Member", "What else a member is in WeCom.", memberAttributes(
	str("bizMail", "The enterprise mailbox.").ro(),
	&attribute{name: "status", kind: "integer", mutable: "readOnly", about: "1 active, 2 disabled, 4 not active yet."},
)}

var groupSchema = &schema{urnGroup, "Group", "A department or a tag.", []*attribute{
	str("displayName", "The name: 1 to 64 characters of a department, 1 to 32 of a tag.").must(),
	{name: "members", kind: "complex", multi: true, about: "Who is in the department itself, or carries the tag.", sub: []*attribute{
		{name: "value", kind: "string", exact: true, mutable: "immutable", about: "The id of a User, or, in a tag, of a department."},
		{name: "$ref", kind: "reference", exact: true, mutable: "immutable", refers: []string{"User", "Group"}, about: "Where it is."},
		{name: "type", kind: "string", mutable: "immutable", values: []string{"User", "Group"}, about: "What it is."}}},
}}

var nodeSchema = &schema{urnNode, "Node", "Where a group is in WeCom's directory.", []*attribute{
	{name: "kind", kind: "string", mutable: "immutable", values: []string{"department", "tag"}, about: "Which of the two it is; a department where nothing is said."},
	{name: "parent", kind: "complex", about: "The department above, where that is not the root.", sub: []*attribute{
		{name: "value", kind: "string", exact: true, about: "The department's id."}, (&attribute{name: "$ref", about: "Where it is."}).refersTo("Group")}},
	{name: "path", kind: "string", mutable: "readOnly", about: "The names from below the root down to the department, with slashes between."},
}}

// resourceType is a kind of resource.
type resourceType struct {
	name, endpoint, about string
	schema                *schema
	extensions            []*schema
}

var (
	userType  = &resourceType{"User", "Users", "Members.", userSchema, []*schema{enterpriseSchema, memberSchema}}
	groupType = &resourceType{"Group", "Groups", "Departments and tags.", groupSchema, []*schema{nodeSchema}}

	resourceTypes = []*resourceType{userType, groupType}
)

// extension returns the type's extension of the URN.
func (t *resourceType) extension(urn string) *schema {
	for _, s := range t.extensions {
		if strings.EqualFold(s.urn, urn) {
			return s
		}
	}
	return nil
}

// top returns the attribute of the name: a common one or one of the type's own.
func (t *resourceType) top(name string) *attribute {
	if a := find(common, name); a != nil {
		return a
	}
	return find(t.schema.attributes, name)
}

func (a *attribute) document() document {
	d := document{"name": a.name, "type": a.kind, "multiValued": a.multi, "description": a.about, "required": a.required,
		"mutability": or(a.mutable, "readWrite"), "returned": or(a.returned, "default")}
	if a.kind == "complex" {
		list := []any{}
		for _, s := range a.sub {
			if !s.silent {
				list = append(list, s.document())
			}
		}
		d["subAttributes"] = list
	}
	if a.kind == "string" || a.kind == "reference" {
		d["caseExact"] = a.exact
	}
	d["uniqueness"] = or(a.unique, "none")
	if a.refers != nil {
		d["referenceTypes"] = texts(a.refers)
	}
	if a.values != nil {
		d["canonicalValues"] = texts(a.values)
	}
	return d
}

func or(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

func texts(list []string) []any {
	out := make([]any, len(list))
	for i, s := range list {
		out[i] = s
	}
	return out
}

func (s *schema) document(base string) document {
	list := make([]any, len(s.attributes))
	for i, a := range s.attributes {
		list[i] = a.document()
	}
	return document{"schemas": []any{urnSchema}, "id": s.urn, "name": s.name, "description": s.about, "attributes": list,
		"meta": document{"resourceType": "Schema", "location": base + "/Schemas/" + s.urn}}
}

func (t *resourceType) document(base string) document {
	var ext []any
	for _, e := range t.extensions {
		ext = append(ext, document{"schema": e.urn, "required": false})
	}
	return document{"schemas": []any{urnType}, "id": t.name, "name": t.name, "endpoint": "/" + t.endpoint, "description": t.about,
		"schema": t.schema.urn, "schemaExtensions": ext, "meta": document{"resourceType": "ResourceType", "location": base + "/ResourceTypes/" + t.name}}
}

// Limits of requests.
const (
	maxBody        = 8 << 20 // a department of 30,000 members is two and a half
	maxBulkBody    = 4 << 20
	maxBulk        = 1000
	maxResults     = 1000
	defaultResults = 100
)

func configDocument(base string) document {
	yes, no := document{"supported": true}, document{"supported": false}
	return document{"schemas": []any{urnConfig}, "patch": yes, "changePassword": no, "sort": yes, "etag": yes,
		"bulk":   document{"supported": true, "maxOperations": maxBulk, "maxPayloadSize": maxBulkBody},
		"filter": document{"supported": true, "maxResults": maxResults},
		"authenticationSchemes": []any{document{"type": "oauthbearertoken", "name": "OAuth Bearer Token", "primary": true,
			"description": "A token made by qiwei scim token add.", "specUri": "https://www.rfc-editor.org/info/rfc6750"}},
		"meta": document{"resourceType": "ServiceProviderConfig", "location": base + "/ServiceProviderConfig"}}
}
