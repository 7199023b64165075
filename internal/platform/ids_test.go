package platform_test

import (
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"qiwei/internal/id"
	"qiwei/internal/platform"
)

// namesMember are the fields by which calls name members and corps.
var namesMember = regexp.MustCompile(`(?i)^(.*userid.*|userlist|user_list|useridlist|.*_leader|.*leader_userid|owner|add_user_list|del_user_list|.*corpid|.*user|invalidlist|users|creator|.*admin)$`)

// plainIDs are fields that look like an id of a member and are something else, by
// path and field, with what they are.
var plainIDs = map[string]string{
	"/cgi-bin/service/get_provider_token asks.corpid":           "comes with a secret, before there is a caller who could have a view",
	"/cgi-bin/service/corpid_to_opencorpid asks.corpid":         "the corp's own id, which the call is there to convert",
	"/cgi-bin/service/corpid_to_opencorpid answers.open_corpid": "what it is converted to",
	"/cgi-bin/gettoken asks.corpid":                             "comes with a secret, before there is a caller who could have a view",

	"/cgi-bin/corp/opencorpid_to_corpid asks.open_corpid":                                                  "a provider's id, to a caller that knows the corp's own",
	"/cgi-bin/service/contact/id_translate asks.auth_corpid":                                               eitherCorp,
	"/cgi-bin/service/contact/search asks.auth_corpid":                                                     eitherCorp,
	"/cgi-bin/service/contact/batchsearch asks.auth_corpid":                                                eitherCorp,
	"/cgi-bin/service/contact/sort asks.auth_corpid":                                                       eitherCorp,
	"/cgi-bin/service/contact/sort asks.useridlist":                                                        bareUserID,
	"/cgi-bin/service/contact/sort answers.useridlist":                                                     bareUserID,
	"/cgi-bin/service/contact/search answers.query_result.user.userid":                                     bareUserID,
	"/cgi-bin/service/contact/search answers.query_result.user.open_userid":                                bareUserID,
	"/cgi-bin/service/contact/search answers.query_result.dismiss_user.userid":                             bareUserID,
	"/cgi-bin/service/contact/search answers.query_result.dismiss_user.open_userid":                        bareUserID,
	"/cgi-bin/service/contact/batchsearch answers.query_result_list.query_result.user.userid":              bareUserID,
	"/cgi-bin/service/contact/batchsearch answers.query_result_list.query_result.user.open_userid":         bareUserID,
	"/cgi-bin/service/contact/batchsearch answers.query_result_list.query_result.dismiss_user.userid":      bareUserID,
	"/cgi-bin/service/contact/batchsearch answers.query_result_list.query_result.dismiss_user.open_userid": bareUserID,
	"/cgi-bin/service/finish_openid_migration asks.corpid":                                                 eitherCorp,
	"/cgi-bin/externalcontact/finish_external_userid_migration asks.corpid":                                eitherCorp,
	"/cgi-bin/service/externalcontact/finish_external_userid_migration asks.corpid":                        eitherCorp,
	"/cgi-bin/batch/userid_to_openuserid asks.userid_list":                                                 ownUserID,
	"/cgi-bin/batch/userid_to_openuserid answers.open_userid_list.userid":                                  ownUserID,
	"/cgi-bin/batch/userid_to_openuserid answers.open_userid_list.open_userid":                             "what it is converted to",
	"/cgi-bin/batch/userid_to_openuserid answers.invalid_userid_list":                                      ownUserID,

	"/cgi-bin/externalcontact/get_new_external_userid asks.external_userid_list":                                   converted,
	"/cgi-bin/externalcontact/get_new_external_userid answers.items.external_userid":                               converted,
	"/cgi-bin/externalcontact/get_new_external_userid answers.items.new_external_userid":                           converted,
	"/cgi-bin/externalcontact/groupchat/get_new_external_userid asks.external_userid_list":                         converted,
	"/cgi-bin/externalcontact/groupchat/get_new_external_userid answers.items.external_userid":                     converted,
	"/cgi-bin/externalcontact/groupchat/get_new_external_userid answers.items.new_external_userid":                 converted,
	"/cgi-bin/meeting/get_info answers.attendees.tmp_external_user.tmp_external_userid":                            "of this application and this meeting alone",
	"/cgi-bin/idconvert/convert_tmp_external_userid asks.tmp_external_userid_list":                                 temporary,
	"/cgi-bin/idconvert/convert_tmp_external_userid answers.results.tmp_external_userid":                           temporary,
	"/cgi-bin/idconvert/convert_tmp_external_userid answers.invalid_tmp_external_userid_list":                      temporary,
	"/cgi-bin/externalcontact/to_service_external_userid asks.external_userid":                                     converted,
	"/cgi-bin/externalcontact/to_service_external_userid answers.external_userid":                                  converted,
	"/cgi-bin/externalcontact/from_service_external_userid asks.external_userid":                                   converted,
	"/cgi-bin/externalcontact/from_service_external_userid answers.external_userid":                                converted,
	"/cgi-bin/idconvert/unionid_to_external_userid answers.external_userid":                                        converted,
	"/cgi-bin/idconvert/batch/external_userid_to_pending_id asks.external_userid":                                  converted,
	"/cgi-bin/idconvert/batch/external_userid_to_pending_id answers.result.external_userid":                        converted,
	"/cgi-bin/externalcontact/unionid_to_external_userid_3rd answers.external_userid_info.external_userid":         converted,
	"/cgi-bin/service/externalcontact/unionid_to_external_userid_3rd answers.external_userid_info.external_userid": converted,

	"/cgi-bin/batch/openuserid_to_userid asks.open_userid_list":            openUserID,
	"/cgi-bin/batch/openuserid_to_userid answers.userid_list.open_userid":  openUserID,
	"/cgi-bin/batch/openuserid_to_userid answers.invalid_open_userid_list": openUserID,

	"/cgi-bin/health/get_report_answer answers.answers.student_userid": ofParents,
	"/cgi-bin/health/get_report_answer answers.answers.parent_userid":  ofParents,
}

const ofParents = "of schools, which are not built: it is always left out"

const bareUserID = "a provider's call is in no corp, so the room translates"

const eitherCorp = "the provider's id or the corp's own: what is migrated is not shown the former yet"

const ownUserID = "the corp's own id, which the call is there to convert"

const converted = "of another view than the caller's, which the call is there to convert"

const temporary = "of this application alone, which the call is there to convert"

const openUserID = "an id of another application's view, which the call is there to convert"

// TestIDsAreTyped: an id of a member or a corp travels in a type of package id, so that the wire shows it as
// the caller's view knows it. So no room can forget it.
func TestIDsAreTyped(t *testing.T) {
	t.Parallel()
	ids := []reflect.Type{reflect.TypeFor[id.UserID](), reflect.TypeFor[id.Users](), reflect.TypeFor[id.CorpID](), reflect.TypeFor[id.ExternalID](), reflect.TypeFor[id.Person]()}
	seen := map[string]bool{}
	for _, ep := range platform.Endpoints() {
		var walk func(t reflect.Type, path string, within []reflect.Type)
		walk = func(typ reflect.Type, path string, within []reflect.Type) {
			for typ.Kind() == reflect.Pointer || typ.Kind() == reflect.Slice {
				typ = typ.Elem()
			}
			if typ.Kind() != reflect.Struct || slices.Contains(within, typ) {
				return
			}
			for _, f := range reflect.VisibleFields(typ) {
				name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
				if name == "" || !f.IsExported() {
					continue
				}
				leaf := f.Type
				for leaf.Kind() == reflect.Pointer || leaf.Kind() == reflect.Slice {
					leaf = leaf.Elem()
				}
				at := path + "." + name
				if leaf.Kind() == reflect.String && namesMember.MatchString(name) && !slices.Contains(ids, leaf) {
					if seen[at] = true; plainIDs[at] == "" {
						t.Errorf("%s is a %s; a type of package id expected", at, leaf)
					}
				}
				walk(f.Type, at, append(within, typ))
			}
		}
		walk(ep.Handle.Request, ep.Path+" asks", nil)
		walk(ep.Handle.Response, ep.Path+" answers", nil)
	}
	for at := range plainIDs {
		if !seen[at] {
			t.Errorf("%s is listed and is not there", at)
		}
	}
}
