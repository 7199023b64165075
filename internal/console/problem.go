package console

import (
	"errors"
	"net/http"
	"strings"
	"unicode/utf8"

	"qiwei/internal/admin"
	"qiwei/internal/app"
	"qiwei/internal/callback"
	"qiwei/internal/corp"
	"qiwei/internal/door"
	"qiwei/internal/sheet"
	"qiwei/internal/store"
	"qiwei/internal/suite"
	"qiwei/internal/wire"
	"qiwei/internal/wire/errcode"
)

// refused is the JSON of a refusal.
type refused = door.Refusal

// problem is a refusal in both languages.
type problem struct {
	status int
	reason string
	zh, en string
	field  string
}

func (p problem) Error() string { return p.en }

func (p problem) in(zh bool) string {
	if zh {
		return p.zh
	}
	return p.en
}

var (
	errForeign = problem{http.StatusForbidden, "foreign", "请求不是从本站页面发出的，没有执行", "The request does not come from a page of this server; nothing was done.", ""}
	errNotJSON = problem{http.StatusUnsupportedMediaType, "", "请求内容应为 JSON", "A JSON body is expected.", ""}
	errRight   = problem{http.StatusForbidden, "right", "你的管理员角色没有这项权限", "Your role as an admin does not allow this.", ""}
	errOutside = problem{http.StatusForbidden, "range", "不在你的管理范围内", "That is outside of the departments that you administer.", ""}
	errStale   = problem{http.StatusConflict, "stale", "在你编辑期间，其他人修改了这项内容。请查看最新内容后再保存。", "Somebody else has changed this while you were editing. Look at what it is now, then save again.", ""}
	errGone    = problem{http.StatusNotFound, "gone", "内容不存在，可能已被删除", "Not found; it may have been deleted.", ""}
)

type badRequest struct{ error }

// fieldOf says which field of a form an error of the API is about, and how a person
// would say it.
var fieldOf = map[int]problem{
	40003:  {field: "userid", zh: "账号由 1–64 个字母、数字或 _ - @ . 组成，且以字母或数字开头", en: "1 to 64 letters, digits and _ - @ . — a letter or digit first"},
	41009:  {field: "userid", zh: "请填写账号", en: "Give the member a userid"},
	60102:  {field: "userid", zh: "这个账号已被使用", en: "Another member has this userid"},
	301036: {field: "userid", zh: "账号创建后不能修改", en: "The userid cannot be changed"},
	60103:  {field: "mobile", zh: "手机号格式不正确；境外号码需带国家码，如 +852", en: "Not a mobile number; outside mainland China it needs its country code, such as +852"},
	60104:  {field: "mobile", zh: "这个手机号已被其他成员使用", en: "Another member has this mobile number"},
	60129:  {field: "mobile", zh: "手机号和邮箱至少填写一项", en: "A mobile number or a mail address is needed"},
	60105:  {field: "email", zh: "邮箱格式不正确", en: "Not a mail address"},
	60106:  {field: "email", zh: "这个邮箱已被其他成员使用", en: "Another member has this mail address"},
	60141:  {field: "email", zh: "邮箱格式不正确，且没有手机号", en: "Not a mail address, and there is no mobile number"},
	60142:  {field: "email", zh: "这个邮箱已被其他成员使用", en: "Another member has this mail address"},
	60110:  {field: "departments", zh: "一个成员最多属于 100 个部门", en: "A member has at most 100 departments"},
	40066:  {field: "departments", zh: "部门不正确", en: "Not a valid list of departments"},
	60112:  {field: "name", zh: "姓名由 1–64 个字符组成", en: "A name has 1 to 64 characters"},
	60143:  {field: "biz_mail", zh: "企业邮箱格式不正确", en: "Not an enterprise mailbox"},
	60145:  {field: "biz_mail", zh: "这个企业邮箱已被使用", en: "This enterprise mailbox is taken"},
	81015:  {field: "biz_mail", zh: "企业邮箱的域名与企业不符", en: "The mailbox is not at the enterprise's domain"},
	60257:  {field: "direct_leader", zh: "最多一位直属上级", en: "At most one direct leader"},
	46004:  {field: "direct_leader", zh: "没有这个成员", en: "There is no such member"},
	301012: {field: "position", zh: "职务最多 128 个字符", en: "A position has at most 128 characters"},
	301013: {field: "telephone", zh: "座机最多 32 位，可含数字、+、- 和逗号", en: "Up to 32 digits, + - and commas"},
	60001:  {field: "name", zh: "名称由 1–64 个字符组成", en: "A name has 1 to 64 characters"},
	60009:  {field: "name", zh: `名称不能含有 \ : * ? " < > |`, en: `None of \ : * ? " < > | may be in a name`},
	60008:  {field: "name", zh: "同一部门下已有同名部门", en: "There is a department of this name beside it"},
	60003:  {field: "department", zh: "部门不存在", en: "There is no such department"},
	60004:  {field: "parent", zh: "上级部门不存在", en: "The parent department does not exist"},
	60010:  {field: "parent", zh: "不能移动到自己或自己的下级部门", en: "A department cannot be moved below itself"},
	81001:  {field: "parent", zh: "上级部门直属的成员和部门过多", en: "The parent has too many members and departments"},
	81002:  {field: "parent", zh: "部门层级最多 15 层", en: "A tree has at most 15 levels"},
	60005:  {zh: "部门下还有成员，不能删除", en: "The department still has members"},
	60006:  {zh: "部门下还有子部门，不能删除", en: "The department still has departments below it"},
	60007:  {zh: "不能删除根部门", en: "The root department cannot be deleted"},
	60111:  {zh: "成员不存在，可能已被删除", en: "There is no such member; they may have been deleted"},
	301005: {zh: "不能删除企业创建者", en: "The enterprise's founder cannot be deleted"},
	45024:  {zh: "成员数已达企业上限", en: "The enterprise has reached its limit of members"},
	40071:  {field: "name", zh: "已有同名标签", en: "There is a tag of this name"},
	40072:  {field: "name", zh: "标签名由 1–32 个字符组成", en: "A tag's name has 1 to 32 characters"},
	40068:  {zh: "标签不存在", en: "There is no such tag"},
	45022:  {field: "name", zh: "名称由 1–32 个字符组成", en: "A name has 1 to 32 characters"},
	40094:  {field: "home_url", zh: "网址应以 http:// 或 https:// 开头", en: "An address begins with http:// or https://"},
	85005:  {field: "domains", zh: "域名只写主机名或主机名:端口，不带协议和路径", en: "A host, or host:port, without scheme and path"},
	42052:  {zh: "消息发出超过 24 小时，不能撤回", en: "The message is older than 24 hours and cannot be recalled"},
	40092:  {field: "file", zh: "不是可导入的文件，请使用模板", en: "Not a file that can be imported; use the template"},
}

// refusal turns an error into an answer. Details of internal errors go to the log only.
func (s *Service) refusal(r *http.Request, err error) (status int, answer refused, known bool) {
	zh := chinese(r)
	say := func(zhText, enText string) string {
		if zh {
			return zhText
		}
		return enText
	}
	var p problem
	var api wire.Error
	var bad badRequest
	var tooLarge *http.MaxBytesError
	switch {
	case errors.Is(err, door.ErrForeign):
		return errForeign.status, refused{Error: errForeign.in(zh), Reason: errForeign.reason}, true
	case errors.Is(err, door.ErrKind):
		return errNotJSON.status, refused{Error: errNotJSON.in(zh)}, true
	case errors.Is(err, errSignedOut):
		return http.StatusUnauthorized, refused{Error: say("登录已失效，请重新登录", "You are signed out. Sign in again."), Reason: "signed-out"}, true
	case errors.As(err, &p):
		out := refused{Error: p.in(zh), Reason: p.reason}
		if p.field != "" {
			out.Fields = map[string]string{p.field: p.in(zh)}
		}
		return p.status, out, true
	case errors.As(err, &api):
		return http.StatusUnprocessableEntity, refusalOf(api, zh), true
	case errors.As(err, &tooLarge):
		return http.StatusRequestEntityTooLarge, refused{Error: say("内容过大", "That is too large.")}, true
	case errors.As(err, &bad):
		return http.StatusBadRequest, refused{Error: bad.Error()}, true
	case errors.Is(err, app.ErrNotFound), errors.Is(err, callback.ErrNotFound), errors.Is(err, corp.ErrNotFound),
		errors.Is(err, suite.ErrNotFound):
		return http.StatusNotFound, refused{Error: errGone.in(zh), Reason: "gone"}, true
	case errors.Is(err, app.ErrTooMany):
		return http.StatusUnprocessableEntity, refused{Error: say("一个企业最多 300 个应用", "An enterprise has at most 300 applications.")}, true
	case errors.Is(err, admin.ErrNoAdmin):
		return http.StatusForbidden, refused{Error: say("该成员不是这个企业的管理员", "The member is not an admin of this enterprise."), Reason: "no-admin"}, true
	case errors.Is(err, admin.ErrFounder):
		return http.StatusUnprocessableEntity, refused{Error: say("企业创建者始终是超级管理员", "The enterprise's founder stays its super admin.")}, true
	case errors.Is(err, admin.ErrRole):
		return http.StatusUnprocessableEntity, refused{Error: say("请选择角色；按范围管理的管理员需要选择部门", "Choose a role; a ranged admin needs departments.")}, true
	case errors.Is(err, store.ErrConflict), errors.Is(err, store.ErrUnique):
		return http.StatusConflict, refused{Error: errStale.in(zh), Reason: "stale"}, true
	}
	return http.StatusInternalServerError, refused{Error: say("服务器暂时无法处理，原因见服务器日志", "The server could not answer. The reason is in its log.")}, false
}

// refusalOf explains an error of the API to a person: by the field that it is about, if there is one, and
// otherwise in the words of the table of codes.
func refusalOf(e wire.Error, zh bool) refused {
	out := refused{Error: e.Message(), ErrCode: e.Code}
	if e.Code == sheet.ErrFile.Code && e.Note != "" {
		out.Error = fileRefusal(e.Note, zh)
		out.Fields = map[string]string{"file": out.Error}
		return out
	}
	if p, ok := fieldOf[e.Code]; ok {
		out.Error = p.in(zh)
		if p.field != "" {
			out.Fields = map[string]string{p.field: out.Error}
		}
		return out
	}
	// The note of a parameter's error begins with the parameter's name.
	if field, note, ok := strings.Cut(e.Note, ": "); ok && !strings.Contains(field, " ") {
		out.Fields = map[string]string{field: note}
	}
	if known, ok := errcode.Lookup(e.Code); ok && zh && known.MeaningZH != "" {
		out.Error = known.MeaningZH
		if e.Note != "" {
			out.Error += "（" + e.Note + "）"
		}
	}
	return out
}

// meaning says what a code of the API means.
func meaning(code int, zh bool) string {
	known, ok := errcode.Lookup(code)
	switch {
	case !ok:
		return itoa(int64(code))
	case zh && known.MeaningZH != "":
		return known.MeaningZH
	case !zh && known.MeaningEN != "":
		return known.MeaningEN
	}
	return known.Text
}

// fileRefusals are what package sheet says of a file, in Chinese.
var fileRefusals = []struct{ begins, zh string }{
	{"the file is empty", "文件是空的"},
	{"the file is no text", "无法识别文件的编码：需要 UTF-8、UTF-16 或 GBK 的 CSV，或 .xlsx 工作簿"},
	{"the file is an old workbook", "这是旧版工作簿（.xls），请另存为 .xlsx 或 CSV"},
	{"the file is not UTF-8", "文件中有无法识别的字符，请另存为“CSV UTF-8”"},
	{"the workbook cannot be read", "工作簿无法读取，请另存为 CSV"},
	{"the workbook is too large", "工作簿过大，请另存为 CSV"},
	{"the file has no rows", "表头下面没有数据"},
	{"the column", "表头缺少列或列重复，第一行必须是模板的表头"},
	{"one of the columns", "手机号与邮箱两列至少要有一列"},
	{"姓名, 帐号, 所在部门", "每行都要填写姓名、帐号、所在部门，以及手机号或邮箱"},
}

// fileRefusal says what is wrong with a file to import.
func fileRefusal(note string, zh bool) string {
	if zh {
		for _, r := range fileRefusals {
			if strings.HasPrefix(note, r.begins) {
				return r.zh + "（" + note + "）"
			}
		}
	}
	_, first := utf8.DecodeRuneInString(note) // it may be a column's name
	return strings.ToUpper(note[:first]) + note[first:]
}
