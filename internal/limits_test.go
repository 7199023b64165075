package internal_test

import (
	"go/ast"
	"go/token"
	"maps"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// elsewhere are limits that a test of another shape meets at their value, as a
// table of rows cannot: many rows or large files are made once. The names of tests
// are looked up.
var elsewhere = map[string]string{
	"app.maxApps":                     "TestApplications",
	"archive.maxAsked":                "TestConsentRefusals",
	"archive.maxCaseName":             "TestExportsRefused",
	"archive.maxCaseParts":            "TestExportsRefused",
	"archive.maxPull":                 "TestLibraryRefusals",
	"mcp.maxAnswers":                  "TestExports",
	"mcp.maxUpload":                   "TestEveryTool",
	"todo.maxEnd":                     "TestStrangeTexts",
	"batch.maxBlock":                  "TestLimits", // in the row of minBlock
	"aibot.minTotal":                  "TestLimits", // in the row of maxTotal
	"aibot.mostTurns":                 "TestThreeInHand",
	"aibot.maxStrangers":              "TestAStrangerGetsLittle",
	"checkin.maxName":                 "TestFields",
	"checkin.maxTimeID":               "TestFields",
	"checkin.maxRests":                "TestFields",
	"checkin.maxFlex":                 "TestFields",
	"checkin.maxLate":                 "TestFields",
	"checkin.maxInterval":             "TestFields",
	"checkin.maxNextMonth":            "TestFields",
	"checkin.maxCount":                "TestFields",
	"checkin.maxBack":                 "TestFields",
	"checkin.maxOvertime":             "TestFields",
	"checkin.maxRatio":                "TestFields",
	"checkin.maxOvertimeRests":        "TestFields",
	"checkin.maxOvertimeSteps":        "TestFields",
	"checkin.maxStep":                 "TestFields",
	"checkin.minPerDay":               "TestFields",
	"checkin.maxMedia":                "TestLimits", // in a row of its own: the files are uploaded
	"checkin.minWork":                 "TestLimits",
	"emergency.maxCallees":            "TestCalls",
	"emergency.maxSoon":               "TestCalls",
	"emergency.maxLong":               "TestCalls",
	"security.maxApplyPage":           "TestApplications",
	"security.maxApprovers":           "TestApplications",
	"dial.maxSpan":                    "TestRecords",
	"kf.maxGiven":                     "TestComponent",
	"wechat.mostPeople":               "TestHowManyAreShown",
	"wechat.mostCodes":                "TestHowManyAreShown",
	"contactrule.maxRules":            "TestCalls",
	"health.maxStatBack":              "TestDays",
	"health.maxAnswerBack":            "TestDays",
	"health.maxPage":                  "TestPages",
	"security.maxActs":                "TestSpans",
	"security.maxActDays":             "TestSpans",
	"security.maxActsBack":            "TestSpans",
	"security.maxRecords":             "TestSpans",
	"security.maxRecordDays":          "TestSpans",
	"directory.maxDepartments":        "TestTooManyDepartments",
	"directory.maxNodes":              "TestTooManyDepartments",
	"directory.maxDepth":              "TestDepartmentDepth",
	"directory.maxMail":               "TestMemberFields",
	"directory.maxSearchText":         "TestSearchIsBounded",
	"directory.maxSearchWords":        "TestSearchIsBounded",
	"directory.maxTags":               "TestTagLimits",
	"directory.maxTagNodes":           "TestTagLimits",
	"kf.maxAccounts":                  "TestManyOfACorp",
	"kf.maxDepartments":               "TestManyServicers",
	"kf.maxGroups":                    "TestManyOfACorp",
	"kf.maxIntents":                   "TestManyOfACorp",
	"kf.maxLinkDescription":           "TestMessagesOfTheAPI",
	"kf.maxLinkTitle":                 "TestMessagesOfTheAPI",
	"kf.maxPolls":                     "TestTokens",
	"kf.maxProgramTitle":              "TestMessagesOfTheAPI",
	"kf.maxSent":                      "TestWhenTheAPISends",
	"kf.maxServicers":                 "TestManyServicers",
	"kf.maxStatBack":                  "TestStatistics",
	"kf.maxStatSpan":                  "TestStatistics",
	"wedoc.maxName":                   "TestDocuments",
	"wedoc.maxRounds":                 "TestRepeatedForms",
	"wedoc.maxReplyFiles":             "TestFilesOfForms",
	"journal.maxPage":                 "TestList",
	"meetingroom.mostMinutes":         "TestNobodyComes",
	"journal.maxSpan":                 "TestList",
	"journal.maxStatSpan":             "TestStatistics",
	"licence.maxSpan":                 "TestListOfOrders",
	"licence.maxTestAccounts":         "TestLimitOfATestCorp",
	"licence.maxTestCorps":            "TestLimits",
	"install.maxChannel":              "TestFromAQRCode",
	"install.maxState":                "TestWhatThePageRefuses",
	"install.maxTemplates":            "TestTemplates",
	"media.minSize":                   "TestWhatMayBeUploaded",
	"media.maxImage":                  "TestWhatMayBeUploaded",
	"media.maxVideo":                  "TestWhatMayBeUploaded",
	"media.maxFile":                   "TestWhatMayBeUploaded",
	"media.maxPlaytime":               "TestWhatMayBeUploaded",
	"media.maxPicture":                "TestWhichPictures",
	"media.maxVoice":                  "TestWhatMayBeUploaded",
	"media.maxAttachment":             "TestAttachments",
	"media.maxLongSide":               "TestAttachments",
	"media.maxShortSide":              "TestAttachments",
	"media.maxMoment":                 "TestAttachments",
	"hardware.maxSpan":                "TestDeviceData",
	"hardware.maxFaces":               "TestFeatures",
	"hardware.maxFingers":             "TestFeatures",
	"hardware.maxAlgorithms":          "TestFeatures",
	"hardware.maxLog":                 "TestLogs",
	"hardware.maxLogs":                "TestLogs",
	"hardware/direct.maxReports":      "TestBounds",
	"hardware/direct.maxTemperatures": "TestBounds",
	"hardware/direct.maxPeople":       "TestBounds",
	"hardware/direct.maxFrame":        "TestFrameLimits",
	"hardware/direct.maxFirst":        "TestFrameLimits",
	"paytool.maxClockOff":             "TestSignature",
	"paytool.maxNonce":                "TestSignature",
	"paytool.maxTotalPrice":           "TestConfirmation",
	"paytool.maxPage":                 "TestWhatCanBeOrdered",
	"paytool.maxTrial":                "TestTrial",
	"paytool.maxInvoices":             "TestInvoices",
	"paytool.maxNote":                 "TestInvoices",
	"register.maxSuites":              "TestCodes",
	"archive.maxNoted":                "TestReading",
	"caldav.maxChildren":              "TestAnswersAreBounded",
	"caldav.maxEvents":                "TestObjectsAreBounded",
	"caldav.maxExcluded":              "TestObjectsAreBounded",
	"caldav.maxFilters":               "TestAnswersAreBounded",
	"caldav.maxInstances":             "TestExpandIsBounded",
	"caldav.maxName":                  "TestAnswersAreBounded",
	"caldav.maxPeople":                "TestObjectsAreBounded",
	"caldav.maxZones":                 "TestObjectsAreBounded",
	"caldav.maxZoneName":              "TestObjectsAreBounded",
	"wire.maxMessage":                 "TestLongRefusals",
	"caldav.maxKeys":                  "TestSignIn",
	"caldav.maxObject":                "TestRefused",
	"calendar.maxCorpWide":            "TestCalendarRefusals",
	"calendar.maxShared":              "TestCalendarRefusals",
	"meetingroom.maxName":             "TestRoomRefusals",
	"meetingroom.maxUsers":            "TestRoomRefusals",
	"meetingroom.maxParties":          "TestRoomRefusals",
	"meetingroom.maxEquipment":        "TestRoomRefusals",
	"meetingroom.maxLong":             "TestWindows",
	"customer.maxFollowers":           "TestManyFollowers",
	"acquisition.maxState":            "TestNewcomers",
	"acquisition.maxKeys":             "TestComponent",
	"acquisition.maxBills":            "TestComponentRefusals",
	"acquisition.maxBillDays":         "TestComponentRefusals",
	"conversion.maxConverted":         "TestTags",
	"conversion.maxChats":             "TestChatUpgrade",
	"conversion.maxTemporary":         "TestTemporary",
	"strategy.maxLevels":              "TestParents",
	"moment.maxImages":                "TestContent",
	"moment.maxSpan":                  "TestSpan",
	"moment.maxText":                  "TestContent",
	"moment.maxTextBytes":             "TestContent",
	"moment.maxTitle":                 "TestContent",
	"moment.maxTitleByte":             "TestContent",
	"moment.maxPosts":                 "TestPages",
	"customer.maxMarks":               "TestManyTags",
	"customer.maxRecent":              "TestTransfer",
	"customer.maxStatBack":            "TestBehavior",
	"customer.maxStatSpan":            "TestBehavior",
	"customer.maxTags":                "TestManyTags",
	"customer.maxWays":                "TestWaysAreCounted",
	"licence.maxPeople":               "TestAdvancedPayment",
	"licence.maxAhead":                "TestAdvancedPayment",
	"licence.maxAdvancedFen":          "TestAdvancedPayment",
	"customer.maxTemporaryDay":        "TestTemporaryWaysOfADay",

	"masssend.maxReminders":            "TestRemindAndCancel",
	"masssend.maxSpan":                 "TestMassList",
	"customergroup.maxRange":           "TestManyOwners",
	"customergroup.maxStatBack":        "TestStatisticSpan",
	"customergroup.maxStatSpan":        "TestStatisticSpan",
	"customergroup.maxTemplates":       "TestManyTemplates",
	"customergroup.maxTransfersDay":    "TestManyTransfers",
	"customergroup.maxTransfersRecent": "TestTransfer",
	"sensitive.maxMembers":             "TestManyMembers",
	"sensitive.maxRules":               "TestManyRules",
}

const (
	ours   = "the platform names none: it keeps a stranger or a mistake from memory and time, and where it lies to a byte does not matter"
	behind = "what is beyond it is cut or read in parts, and nobody is refused"
)

// unwalked are limits that no test meets at their value, by the reason.
var unwalked = map[string]string{
	"journal.maxComment": ours, "journal.mostComments": ours, "journal.mostReceivers": ours, "journal.mostStat": ours,
	"approval.longestSpan": ours, "approval.maxFilters": ours, "approval.maxSpeech": ours, "approval.maxTemplates": ours, "approval.maxThirdNo": ours, "approval.maxVacations": ours,
	"approval.mostAttached": ours, "approval.mostComments": ours, "approval.mostNodeUsers": ours, "approval.mostNodes": ours,
	"aibot.maxFirst": ours, "aibot.maxFrame": ours, "callback.maxResponse": ours, "console.maxBody": ours, "console.maxSheet": ours,
	"archive.maxLibraryBody": ours, "archive.maxPullBytes": ours,
	"aibot.longestHalfOpen": ours, "control.maxFault": ours, "control.maxSnapshots": ours, "sample.maxChain": ours, "fault.maxBody": ours, "fault.maxCopies": ours, "fault.maxDelay": ours,
	"fault.maxFaults": ours, "fault.maxSteps": ours, "fault.maxTimes": ours, "door.maxScript": ours, "gate.longestNext": ours,
	"hardware.maxAlgorithm": ours, "hardware.maxDownload": ours, "hardware.maxFace": ours, "hardware.maxFeature": ours, "hardware.maxFinger": ours, "hardware.maxListed": ours,
	"hardware.maxPages": ours, "hardware.maxRemark": ours, "hardware.maxRuleDevices": ours, "hardware.maxRuleName": ours, "hardware.maxRulePeople": ours, "hardware.maxRuleTexts": ours,
	"hardware.maxSetting": ours, "hardware.maxSettings": ours, "hardware.maxState": ours,
	"hardware/direct.maxEcho": ours, "hardware/direct.maxJobs": ours, "hardware/direct.maxState": ours, "hardware/direct.maxStrangers": ours, "hardware/direct.maxVersion": ours,
	"ldap.maxAttributes": ours, "ldap.maxConns": ours, "ldap.maxConnsAddress": ours, "ldap.maxControls": ours, "ldap.maxDN": ours,
	"ldap.maxFilterDepth": ours, "ldap.maxFilterTerms": ours, "ldap.maxFilterValue": ours, "ldap.maxMessage": ours, "ldap.maxSearchTime": ours, "ldap.maxUnbound": ours,
	"login.maxForm": ours, "login.maxPasskeys": ours, "media.maxPart": ours, "media.maxPixels": ours, "media.maxFetching": ours, "message.maxDepth": ours,
	"translation.maxUnpacked": ours, "oidc.maxClaimsRequest": ours, "oidc.maxForm": ours, "scim.maxAnswer": ours, "scim.maxBody": ours, "scim.maxBulkBody": ours,
	"wire.maxDepth": ours, "wire.maxFirstLine": ours, "wire.maxStreamed": ours, "directory.maxFields": "the size of an array, which the compiler minds",

	"health.maxTitle": ours, "health.maxQuestions": ours, "health.maxOptions": ours, "health.maxText": ours, "health.maxFiles": ours, "contactrule.maxMembers": ours, "contactrule.maxDepartments": ours, "contactrule.maxTags": ours, "hr.maxRepeated": ours, "suite.mostSelected": ours, "invoice.maxCards": ours, "hr.maxText": ours, "hr.maxWanted": ours, "living.maxPage": behind,
	"aibot.maxDescription": behind, "aibot.maxVideoTitle": behind, "dial.maxPage": behind, "directory.maxListed": behind, "ldap.maxEntries": behind,
	"install.maxTicked": behind, "customer.maxBatch": behind, "customer.maxServed": behind, "customer.maxTransferResults": behind, "customer.maxUnassigned": behind, "customer.maxWaysListed": behind, "hardware.maxChecked": behind, "hardware.maxReason": behind,
	"moment.maxComment": ours, "moment.maxNamed": ours, "moment.maxURL": ours, "moment.maxResponses": ours, "moment.maxSenders": "100,000 members are not made", "moment.maxMonth": "100,000 moments are not made",
	"acquisition.maxBought": ours, "acquisition.maxPrice": ours, "acquisition.maxLinks": ours, "acquisition.maxListed": behind, "acquisition.maxNewcomers": behind,
	"strategy.maxName": ours, "strategy.maxPage": behind, "strategy.maxNodes": "3,000 members are not made",
	"album.maxListed": behind, "album.maxProducts": ours,
	"moment.maxCustomers": behind, "moment.maxSent": behind, "moment.maxTasks": behind,
	"masssend.maxMessagesListed": behind, "masssend.maxPartsListed": behind, "masssend.maxResults": behind,
	"kf.maxList": behind, "media.maxName": behind, "message.maxDuplicateInterval": behind, "scim.maxResults": behind,
	"callback.maxTries":    "counted by the tests of deliveries, which fail",
	"chat.maxGroupMembers": "two thousand members are not made",

	"console.longestCode": ours, "console.mostParts": behind, "console.mostRelations": behind, "console.mostSessions": behind, "console.mostUnassigned": behind,

	"licence.maxCorps": "100,000 enterprises are not made", "licence.maxRenewals": "a million members are not made",

	"caldav.maxAnswer": ours, "calendar.maxObjects": ours, "calendar.maxBytes": "caldav's TestTheCalendarIsFull meets it",
	"caldav.maxBody": ours, "caldav.maxBusy": ours, "caldav.maxKnown": ours, "caldav.maxNesting": ours, "caldav.maxNodes": ours,
	"smartsheet.maxTold": "a thousand records of one change are told in several pushes", "smartsheet.maxGroupField": "as many as a sheet has fields",
	"mcp.maxFile": "no file of a message is larger", "mcp.mostFound": behind, "mcp.mostSeen": "a thousand colleagues are not made",
	"smartsheet.mostColumns": ours, "wedoc.maxMembers": ours, "wedoc.maxSheets": ours,
	"checkin.maxShifts": ours, "checkin.mostInvented": ours, "checkin.mostRules": ours,
	"approval.mostBranches": "walked through the console: TestApprovalTemplates", "journal.mostTemplates": "walked through the console: TestJournals",
	"meeting.maxLinks": ours, "meeting.maxListed": behind,
	"meetingroom.maxAttendees": ours, "meetingroom.maxCapacity": ours, "meetingroom.maxPlace": ours,
	"calendar.maxOfApp": "10,000 calendars are not made", "calendar.maxPublic": "30,000 calendars are not made",

	"media.maxFetched": "200 MB, which is a minute's work", "message.maxPictures": "ten are refused; nine uploads are not made",
}

var (
	limitName = regexp.MustCompile(`^(max|min|most|longest)[A-Z]`)
	limitRow  = regexp.MustCompile(`^[a-z/]+\.(max|min|most|longest)[A-Z]\w*$`)
)

// TestLimitsAreWalked finds the limits in the code, which are constants whose name
// says so, and the rows of tests that name them.
func TestLimitsAreWalked(t *testing.T) {
	t.Parallel()
	declared, walked, tests := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, s := range sources(t) {
		room := strings.TrimPrefix(path.Dir(s.path), "internal/")
		ast.Inspect(s.file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncDecl:
				tests[room+"."+n.Name.Name] = true
			case *ast.GenDecl:
				if n.Tok != token.CONST || strings.HasSuffix(s.path, "_test.go") || !strings.HasPrefix(s.path, "internal/") {
					return true
				}
				for _, spec := range n.Specs {
					for _, name := range spec.(*ast.ValueSpec).Names {
						if limitName.MatchString(name.Name) {
							declared[room+"."+name.Name] = true
						}
					}
				}
			case *ast.BasicLit:
				if text, err := strconv.Unquote(n.Value); err == nil && n.Kind == token.STRING && s.path != "internal/limits_test.go" && limitRow.MatchString(text) {
					walked[text] = true
				}
			}
			return true
		})
	}
	for _, name := range slices.Sorted(maps.Keys(declared)) {
		room, _, _ := strings.Cut(name, ".")
		test, reason := elsewhere[name], unwalked[name]
		switch {
		case !walked[name] && test == "" && reason == "":
			t.Errorf("no row of a test names %s", name)
		case walked[name] && test+reason != "", test != "" && reason != "":
			t.Errorf("%s is in two lists", name)
		case test != "" && !tests[room+"."+test] && !tests["platform."+test] && !tests[room+"/direct."+test]:
			t.Errorf("%s: there is no test %s", name, test)
		}
	}
	for _, name := range slices.Concat(slices.Collect(maps.Keys(walked)), slices.Collect(maps.Keys(elsewhere)), slices.Collect(maps.Keys(unwalked))) {
		if !declared[name] {
			t.Errorf("the code has no %s", name)
		}
	}
}
