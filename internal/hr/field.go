package hr

import (
	"qiwei/internal/directory"
)

// The types of fields, and of their values (doc 99131).
const (
	typeText = iota + 1
	typeOption
	typeTime
	typePicture
	typeFile
	typeFiles
)

const (
	valueText = iota + 1
	valueUint64
	valueUint32
	valueInt64
	valueMobile
	valueFile
)

// Field is a field of the roster.
type Field struct {
	ID      int64
	Name    string
	Type    int64
	Value   int64
	Must    bool
	Options []string // those of an option count up from 1

	// Group is that of the field; set when the table is read.
	Group *Group
	// Directory is the field of the directory that it shows and changes.
	Directory directory.Field
	// Computed fields follow from others, and cannot be changed (doc 99133).
	Computed bool
}

// Group is a group of fields. One with a Kind repeats: a member has been to several schools.
type Group struct {
	ID     int64
	Kind   int64 // group_type; 0 if it does not repeat
	Name   string
	Fields []Field
}

// The fields that others need by name.
const (
	fieldBirthday   = 11005
	fieldAge        = 11006
	fieldFirstJob   = 11011
	fieldSeniority  = 11012
	fieldState      = 12004
	fieldProbation  = 12006
	onProbation     = 1
	beyondProbation = 2
)

func text(id int64, name string) Field {
	return Field{ID: id, Name: name, Type: typeText, Value: valueText}
}

func moment(id int64, name string) Field {
	return Field{ID: id, Name: name, Type: typeTime, Value: valueInt64}
}

func option(id int64, name string, options ...string) Field {
	return Field{ID: id, Name: name, Type: typeOption, Value: valueUint32, Options: options}
}

func mobile(id int64, name string) Field {
	return Field{ID: id, Name: name, Type: typeText, Value: valueMobile}
}

func file(id int64, name string, kind int64) Field {
	return Field{ID: id, Name: name, Type: kind, Value: valueFile}
}

func must(f Field) Field { f.Must = true; return f }

func computed(f Field) Field { f.Computed = true; return f }

func of(f Field, d directory.Field) Field { f.Directory = d; return f }

var relations = []string{"父母", "配偶", "子女", "兄弟姐妹", "其他"}

// groups are those of every enterprise. The ids that the pages name are theirs (docs 99131 to 99133); the others are
// unverified and count on from them.
var groups = catalogue([]Group{
	{ID: 1001, Name: "个人信息", Fields: []Field{
		must(of(text(11001, "姓名"), directory.FieldName)), of(text(11002, "别名"), directory.FieldAlias), of(mobile(11003, "手机号码"), directory.FieldMobile),
		of(option(11004, "性别", "男", "女"), directory.FieldGender), moment(fieldBirthday, "出生日期"), computed(text(fieldAge, "年龄")), text(11007, "民族"), text(11008, "籍贯"),
		option(11009, "证件类型", "居民身份证", "护照", "港澳居民来往内地通行证", "台湾居民来往大陆通行证"), text(11010, "证件号码"), moment(fieldFirstJob, "首次参加工作时间"), computed(text(fieldSeniority, "社会工龄")),
		option(11013, "婚姻状况", "未婚", "已婚"), option(11014, "政治面貌", "群众", "共青团员", "中共党员", "其他"), text(11015, "户籍所在地"), text(11016, "现居住地"),
		of(text(11018, "邮箱"), directory.FieldEmail), text(11020, "备注"),
	}},
	{ID: 1002, Name: "在职信息", Fields: []Field{
		moment(12001, "入职日期"), option(12002, "员工类型", "全职", "兼职", "实习", "劳务派遣", "退休返聘"), computed(option(fieldState, "员工状态", "试用", "正式")), moment(fieldProbation, "转正日期"),
		text(12007, "工作地点"), option(12010, "职位", "总经理", "秘书", "经理", "主管", "专员"), text(12011, "职级"), must(text(12024, "工号")),
	}},
	{ID: 1003, Name: "账户信息", Fields: []Field{text(13001, "银行卡号"), text(13002, "开户行"), text(13003, "社保账号"), text(13004, "公积金账号")}},
	{ID: 1004, Kind: 1, Name: "教育经历", Fields: []Field{
		option(14001, "学历", "高中及以下", "专科", "本科", "硕士", "博士"), text(14002, "毕业院校"), text(14003, "专业"), moment(14004, "入学时间"), moment(14005, "毕业时间"),
	}},
	{ID: 1005, Kind: 2, Name: "工作经历", Fields: []Field{must(text(15001, "公司名称")), text(15002, "职位"), moment(15003, "开始时间"), moment(15004, "结束时间"), text(15005, "离职原因")}},
	{ID: 1006, Kind: 3, Name: "家庭成员", Fields: []Field{must(text(16001, "姓名")), option(16002, "关系", relations...), mobile(16003, "电话")}},
	{ID: 1007, Kind: 4, Name: "紧急联系人", Fields: []Field{must(text(17001, "姓名")), option(17002, "关系", relations...), must(mobile(17003, "电话")), text(17004, "住址")}},
	{ID: 1008, Kind: 5, Name: "合同信息", Fields: []Field{text(18001, "合同公司"), option(18002, "合同类型", "固定期限", "无固定期限", "实习协议"), moment(18003, "起始日期"), moment(18004, "终止日期")}},
	{ID: 1009, Name: "个人材料", Fields: []Field{file(19001, "证件照片", typeFiles), file(19002, "学历证书", typePicture), file(19003, "劳动合同", typeFile)}},
})

func catalogue(list []Group) []Group {
	for i := range list {
		for j := range list[i].Fields {
			list[i].Fields[j].Group = &list[i]
		}
	}
	return list
}

func fieldOf(fieldID int64) (*Field, bool) {
	for i := range groups {
		for j := range groups[i].Fields {
			if f := &groups[i].Fields[j]; f.ID == fieldID {
				return f, true
			}
		}
	}
	return nil, false
}

func groupOf(kind int64) (*Group, bool) {
	for i := range groups {
		if groups[i].Kind == kind && kind != 0 {
			return &groups[i], true
		}
	}
	return nil, false
}
