package suite

import (
	"slices"
	"strings"

	"qiwei/internal/app"
	"qiwei/internal/wire"
)

// permissions are what a corp can give to a provider's application, by the names of
// agent/get_permissions (doc 99052). Some are of third-party applications or of
// proxy-developed ones alone; to the others they give nothing.
var permissions = []string{
	"contact:sensitive:avatar", "contact:sensitive:qrcode", "contact:sensitive:gender", "corp_arch:base:base",
	"corp_arch:member:direct_leader", "externalcontact:base:base", "externalcontact:contact:tag", "externalcontact:contact:group_msg",
	"externalcontact:contact:welcome_msg", "externalcontact:contact:qrcode", "externalcontact:contact:transfer",
	"externalcontact:contact:resigned", "externalcontact:contact:stat", "externalcontact:contact:product_album",
	"externalcontact:contact:intercept_rule", "externalcontact:groupchat:welcome_msg", "externalcontact:groupchat:stat",
	"externalcontact:groupchat:resigned", "externalcontact:groupchat:transfer", "externalcontact:moment:list", "externalcontact:moment:post",
	"externalcontact:customer_acquisition:base", "customerservice:base:base", "customerservice:chat:manage", "customerservice:tool:upgrade",
	"customerservice:tool:stat", "externalpay:base:base", "calendar:base:base", "meeting:base:base", "living:base:base", "email:base:base",
	"doc:base:base", "wedrive:base:base", "approval:base:base", "checkin:app:base", "hardware:base:base", "hardware:checkin:checkin_data",
	"hardware:checkin:temperature_data", "hardware:checkin:accesscontrol_data", "hardware:checkin:read_rule", "hardware:checkin:edit_rule",
	"hardware:printer:print", "school:base:base", "school:edit:all", "datazone:data:chat", "datazone:data:knowledge_base",
	"datazone:component:chat",
	"contact:base:base", "contact:base:single_user", "contact:edit:all",
	"contact:sensitive:user_name", "contact:sensitive:mobile", "contact:sensitive:department_name", "contact:sensitive:email",
	"contact:sensitive:position", "contact:sensitive:telephone", "contact:sensitive:address", "contact:sensitive:extattr",
	"contact:sensitive:external_profile", "contact:sensitive:external_position", "contact:sensitive:biz_mail",
	"externalcontact:contact:strategy", "externalcontact:moment:strategy", // these two are our names
	"customer_acquisition:component", "customer_acquisition:app", // of acquisition components and marketing applications; these two are our names, too
	"customerservice:component:base", "customerservice:component:stat", // of components of customer service; our names as well
	"externalcontact:resident:manage", "school:sensitive:mobile", "emergency:base:push", "patrol:report:base", "resident:report:base",
}

// checkPermissions refuses a name that is none.
func checkPermissions(names []string) error {
	for _, name := range names {
		if !slices.Contains(permissions, name) {
			return wire.ErrParameter.With("permission %q: a name of agent/get_permissions expected", name)
		}
	}
	return nil
}

// sensitive are the fields of members that an application may ask them for: those that
// the corp has given it a permission for (doc 97104). A third-party application asks for
// the picture, the gender and the QR code alone (doc 96516).
func sensitive(granted []string) (out []string) {
	for _, field := range app.SensitiveFields {
		name := strings.ReplaceAll(field, "qr_code", "qrcode")
		if slices.Contains(granted, "contact:sensitive:"+name) {
			out = append(out, field)
		}
	}
	return out
}
