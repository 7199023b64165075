package ldap

import (
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
)

// schema describes classes and attributes (RFC 4512, 4.2). Clients such as ldap3 read it once and then refuse
// to ask for an attribute that it does not define. So it defines every attribute of every entry here,
// including the root DSE and the schema itself.
type schema struct{}

func (schema) term(f filter) (tri, error) {
	if f.attr == "objectclass" {
		return truth(f.kind == filterPresent || (f.kind == filterEqual && hasClass(schemaClasses, f.value))), nil
	}
	return isUndefined, nil
}

var schemaClasses = []string{"top", "subentry", "subschema"}

// write writes the schema, including the attributes in the trees' settings.
func (schema) write(w *writer, id int, sel selection, trees []*tree) {
	own := ownAttributes(trees)
	w.entry(id, subschemaDN, sel, func(e entry) {
		if sel.wants("objectclass") {
			e.add("objectClass", schemaClasses...)
		}
		if sel.wants("cn") {
			e.add("cn", "Subschema")
		}
		for _, a := range []struct {
			name   string
			values []string
		}{
			{"subtreeSpecification", []string{"{}"}},
			{"objectClasses", append(slices.Clone(objectClasses), memberClass(own))},
			{"attributeTypes", append(slices.Clone(attributeTypes), attributeLines(own)...)},
			{"ldapSyntaxes", ldapSyntaxes},
			{"matchingRules", matchingRules},
			{"structuralObjectClass", []string{"subentry"}},
			{"entryDN", []string{subschemaDN}},
			{"hasSubordinates", []string{"FALSE"}},
			{"subschemaSubentry", []string{subschemaDN}},
		} {
			if sel.wantsHidden(strings.ToLower(a.name)) {
				e.add(a.name, a.values...)
			}
		}
	})
}

// ownArc is below the arc that ITU-T gives to UUIDs.
const ownArc = "2.25.142366517246733245283917713893401263451"

// registered are the numbers of attributes that corps often add and that the schema does not define by
// default.
var registered = map[string]string{
	"givenname": "2.5.4.42", "initials": "2.5.4.43", "employeenumber": "2.16.840.1.113730.3.1.3", "employeetype": "2.16.840.1.113730.3.1.4",
	"preferredlanguage": "2.16.840.1.113730.3.1.39", "samaccountname": "1.2.840.113556.1.4.221", "userprincipalname": "1.2.840.113556.1.4.656",
	"department": "1.2.840.113556.1.2.141", "company": "1.2.840.113556.1.2.146", "postaladdress": "2.5.4.16", "roomnumber": "0.9.2342.19200300.100.1.6",
	"l": "2.5.4.7", "facsimiletelephonenumber": "2.5.4.23",
}

// ownAttributes returns the names of attributes that corps have added to the usual ones, without repetitions.
func ownAttributes(trees []*tree) (out []string) {
	seen := map[string]bool{}
	for _, t := range trees {
		for _, n := range t.names.list {
			if !defined[n.lower] && !seen[n.lower] {
				seen[n.lower] = true
				out = append(out, n.name)
			}
		}
	}
	return out
}

// attributeLines defines the attributes. An unregistered one gets a number of ours, always the same for a
// name.
func attributeLines(names []string) (out []string) {
	for _, name := range names {
		lower := strings.ToLower(name)
		oid := registered[lower]
		if oid == "" {
			h := fnv.New32a()
			h.Write([]byte(lower))
			oid = fmt.Sprintf("%s.4.%d", ownArc, h.Sum32())
		}
		out = append(out, text(oid, "'"+name+"'"))
	}
	return out
}

// memberClass is the class of members. It has the attributes that no other class has.
func memberClass(own []string) string {
	may := append([]string{"qiweiAlias", "qiweiStatus"}, own...)
	return "( " + ownArc + ".1 NAME 'qiweiMember' SUP top AUXILIARY MAY ( " + strings.Join(may, " $ ") + " ) )"
}

// defined returns the names that attributeTypes defines, in lower case.
var defined = func() map[string]bool {
	out := map[string]bool{}
	for _, line := range attributeTypes {
		for i, part := range strings.Split(line, "'") {
			if i%2 == 1 {
				out[strings.ToLower(part)] = true
			}
		}
	}
	return out
}()

// The known parts of the standards' schema (RFC 4512, 4519, 2798, 4524, 3045, 3672), and our own.
var objectClasses = []string{
	"( 2.5.6.0 NAME 'top' ABSTRACT MUST objectClass )",
	"( 2.5.6.4 NAME 'organization' SUP top STRUCTURAL MUST o MAY description )",
	"( 2.5.6.5 NAME 'organizationalUnit' SUP top STRUCTURAL MUST ou MAY ( description $ departmentNumber ) )",
	"( 0.9.2342.19200300.100.4.13 NAME 'domain' SUP top STRUCTURAL MUST dc )",
	"( 2.5.6.6 NAME 'person' SUP top STRUCTURAL MUST ( sn $ cn ) MAY ( userPassword $ telephoneNumber $ description ) )",
	"( 2.5.6.7 NAME 'organizationalPerson' SUP person STRUCTURAL MAY ( title $ street $ ou $ telephoneNumber ) )",
	"( 2.16.840.1.113730.3.2.2 NAME 'inetOrgPerson' SUP organizationalPerson STRUCTURAL MAY ( uid $ mail $ mobile $ displayName $ departmentNumber $ manager $ labeledURI $ memberOf ) )",
	"( 2.5.6.9 NAME 'groupOfNames' SUP top STRUCTURAL MUST cn MAY ( member $ ou $ departmentNumber $ description ) )",
	"( 2.5.17.0 NAME 'subentry' SUP top STRUCTURAL MUST ( cn $ subtreeSpecification ) )",
	"( 2.5.20.1 NAME 'subschema' AUXILIARY MAY ( dITStructureRules $ nameForms $ dITContentRules $ objectClasses $ attributeTypes $ matchingRules $ matchingRuleUse ) )",
}

const (
	syntaxText = "1.3.6.1.4.1.1466.115.121.1.15"
	syntaxIA5  = "1.3.6.1.4.1.1466.115.121.1.26"
	syntaxDN   = "1.3.6.1.4.1.1466.115.121.1.12"
	syntaxTel  = "1.3.6.1.4.1.1466.115.121.1.50"
	syntaxTime = "1.3.6.1.4.1.1466.115.121.1.24"
	syntaxOID  = "1.3.6.1.4.1.1466.115.121.1.38"
	syntaxBool = "1.3.6.1.4.1.1466.115.121.1.7"
	syntaxSub  = "1.3.6.1.4.1.1466.115.121.1.58"
	syntaxInt  = "1.3.6.1.4.1.1466.115.121.1.27"
	syntaxOcts = "1.3.6.1.4.1.1466.115.121.1.40"
	syntaxTree = "1.3.6.1.4.1.1466.115.121.1.45"
	syntaxUUID = "1.3.6.1.1.16.1"

	// For the parts of a schema.
	syntaxAttribute   = "1.3.6.1.4.1.1466.115.121.1.3"
	syntaxContentRule = "1.3.6.1.4.1.1466.115.121.1.16"
	syntaxStructure   = "1.3.6.1.4.1.1466.115.121.1.17"
	syntaxRule        = "1.3.6.1.4.1.1466.115.121.1.30"
	syntaxRuleUse     = "1.3.6.1.4.1.1466.115.121.1.31"
	syntaxNameForm    = "1.3.6.1.4.1.1466.115.121.1.35"
	syntaxClass       = "1.3.6.1.4.1.1466.115.121.1.37"
	syntaxSyntax      = "1.3.6.1.4.1.1466.115.121.1.54"
)

func text(oid, name string) string {
	return "( " + oid + " NAME " + name + " EQUALITY caseIgnoreMatch SUBSTR caseIgnoreSubstringsMatch SYNTAX " + syntaxText + " )"
}

// described is an attribute that holds a part of the schema.
func described(oid, name, rule, syntax string) string {
	return "( " + oid + " NAME '" + name + "' EQUALITY " + rule + " SYNTAX " + syntax + " USAGE directoryOperation )"
}

// ofServer is an attribute of the root DSE.
func ofServer(oid, name, rule, syntax string) string {
	return "( " + oid + " NAME '" + name + "' EQUALITY " + rule + " SYNTAX " + syntax + " USAGE dSAOperation )"
}

var attributeTypes = []string{
	"( 2.5.4.0 NAME 'objectClass' EQUALITY objectIdentifierMatch SYNTAX " + syntaxOID + " )",
	text("0.9.2342.19200300.100.1.1", "( 'uid' 'userid' )"),
	text("2.5.4.3", "( 'cn' 'commonName' )"),
	text("2.5.4.4", "( 'sn' 'surname' )"),
	text("2.5.4.10", "( 'o' 'organizationName' )"),
	text("2.5.4.11", "( 'ou' 'organizationalUnitName' )"),
	text("2.5.4.12", "'title'"),
	text("2.5.4.13", "'description'"),
	text("2.5.4.9", "( 'street' 'streetAddress' )"),
	text("2.16.840.1.113730.3.1.241", "'displayName'"),
	text("2.16.840.1.113730.3.1.2", "'departmentNumber'"),
	"( 0.9.2342.19200300.100.1.25 NAME ( 'dc' 'domainComponent' ) EQUALITY caseIgnoreIA5Match SYNTAX " + syntaxIA5 + " SINGLE-VALUE )",
	"( 0.9.2342.19200300.100.1.3 NAME ( 'mail' 'rfc822Mailbox' ) EQUALITY caseIgnoreIA5Match SUBSTR caseIgnoreIA5SubstringsMatch SYNTAX " + syntaxIA5 + " )",
	"( 0.9.2342.19200300.100.1.41 NAME ( 'mobile' 'mobileTelephoneNumber' ) EQUALITY telephoneNumberMatch SUBSTR telephoneNumberSubstringsMatch SYNTAX " + syntaxTel + " )",
	"( 2.5.4.20 NAME 'telephoneNumber' EQUALITY telephoneNumberMatch SUBSTR telephoneNumberSubstringsMatch SYNTAX " + syntaxTel + " )",
	"( 1.3.6.1.4.1.250.1.57 NAME 'labeledURI' EQUALITY caseExactMatch SYNTAX " + syntaxText + " )",
	"( 2.5.4.31 NAME 'member' EQUALITY distinguishedNameMatch SYNTAX " + syntaxDN + " )",
	"( 0.9.2342.19200300.100.1.10 NAME 'manager' EQUALITY distinguishedNameMatch SYNTAX " + syntaxDN + " )",
	"( 1.2.840.113556.1.2.102 NAME 'memberOf' EQUALITY distinguishedNameMatch SYNTAX " + syntaxDN + " NO-USER-MODIFICATION )",
	"( 1.3.6.1.1.16.4 NAME 'entryUUID' EQUALITY UUIDMatch SYNTAX " + syntaxUUID + " SINGLE-VALUE NO-USER-MODIFICATION USAGE directoryOperation )",
	"( 1.3.6.1.1.20 NAME 'entryDN' EQUALITY distinguishedNameMatch SYNTAX " + syntaxDN + " SINGLE-VALUE NO-USER-MODIFICATION USAGE directoryOperation )",
	"( 2.5.18.1 NAME 'createTimestamp' EQUALITY generalizedTimeMatch ORDERING generalizedTimeOrderingMatch SYNTAX " + syntaxTime + " SINGLE-VALUE NO-USER-MODIFICATION USAGE directoryOperation )",
	"( 2.5.18.2 NAME 'modifyTimestamp' EQUALITY generalizedTimeMatch ORDERING generalizedTimeOrderingMatch SYNTAX " + syntaxTime + " SINGLE-VALUE NO-USER-MODIFICATION USAGE directoryOperation )",
	"( 2.5.18.9 NAME 'hasSubordinates' EQUALITY booleanMatch SYNTAX " + syntaxBool + " SINGLE-VALUE NO-USER-MODIFICATION USAGE directoryOperation )",
	"( 2.5.18.10 NAME 'subschemaSubentry' EQUALITY distinguishedNameMatch SYNTAX " + syntaxDN + " SINGLE-VALUE NO-USER-MODIFICATION USAGE directoryOperation )",
	"( 2.5.21.9 NAME 'structuralObjectClass' EQUALITY objectIdentifierMatch SYNTAX " + syntaxOID + " SINGLE-VALUE NO-USER-MODIFICATION USAGE directoryOperation )",
	"( 2.5.4.35 NAME 'userPassword' EQUALITY octetStringMatch SYNTAX " + syntaxOcts + " )",
	"( 2.5.18.6 NAME 'subtreeSpecification' SYNTAX " + syntaxTree + " SINGLE-VALUE USAGE directoryOperation )",
	described("2.5.21.1", "dITStructureRules", "integerFirstComponentMatch", syntaxStructure),
	described("2.5.21.2", "dITContentRules", "objectIdentifierFirstComponentMatch", syntaxContentRule),
	described("2.5.21.4", "matchingRules", "objectIdentifierFirstComponentMatch", syntaxRule),
	described("2.5.21.5", "attributeTypes", "objectIdentifierFirstComponentMatch", syntaxAttribute),
	described("2.5.21.6", "objectClasses", "objectIdentifierFirstComponentMatch", syntaxClass),
	described("2.5.21.7", "nameForms", "objectIdentifierFirstComponentMatch", syntaxNameForm),
	described("2.5.21.8", "matchingRuleUse", "objectIdentifierFirstComponentMatch", syntaxRuleUse),
	described("1.3.6.1.4.1.1466.101.120.16", "ldapSyntaxes", "objectIdentifierFirstComponentMatch", syntaxSyntax),
	ofServer("1.3.6.1.4.1.1466.101.120.5", "namingContexts", "distinguishedNameMatch", syntaxDN),
	ofServer("1.3.6.1.4.1.1466.101.120.6", "altServer", "caseIgnoreIA5Match", syntaxIA5),
	ofServer("1.3.6.1.4.1.1466.101.120.7", "supportedExtension", "objectIdentifierMatch", syntaxOID),
	ofServer("1.3.6.1.4.1.1466.101.120.13", "supportedControl", "objectIdentifierMatch", syntaxOID),
	ofServer("1.3.6.1.4.1.1466.101.120.14", "supportedSASLMechanisms", "caseIgnoreMatch", syntaxText),
	ofServer("1.3.6.1.4.1.1466.101.120.15", "supportedLDAPVersion", "integerMatch", syntaxInt),
	ofServer("1.3.6.1.4.1.4203.1.3.5", "supportedFeatures", "objectIdentifierMatch", syntaxOID),
	ofServer("1.3.6.1.1.4", "vendorName", "caseExactMatch", syntaxText),
	ofServer("1.3.6.1.1.5", "vendorVersion", "caseExactMatch", syntaxText),
	text(ownArc+".2", "'qiweiAlias'"),
	text(ownArc+".3", "'qiweiStatus'"),
}

var ldapSyntaxes = []string{
	"( " + syntaxText + " DESC 'Directory String' )", "( " + syntaxIA5 + " DESC 'IA5 String' )", "( " + syntaxDN + " DESC 'DN' )",
	"( " + syntaxTel + " DESC 'Telephone Number' )", "( " + syntaxTime + " DESC 'Generalized Time' )", "( " + syntaxOID + " DESC 'OID' )",
	"( " + syntaxBool + " DESC 'Boolean' )", "( " + syntaxInt + " DESC 'INTEGER' )", "( " + syntaxOcts + " DESC 'Octet String' )",
	"( " + syntaxTree + " DESC 'SubtreeSpecification' )", "( " + syntaxUUID + " DESC 'UUID' )",
	"( " + syntaxAttribute + " DESC 'Attribute Type Description' )", "( " + syntaxContentRule + " DESC 'DIT Content Rule Description' )",
	"( " + syntaxStructure + " DESC 'DIT Structure Rule Description' )", "( " + syntaxRule + " DESC 'Matching Rule Description' )",
	"( " + syntaxRuleUse + " DESC 'Matching Rule Use Description' )", "( " + syntaxNameForm + " DESC 'Name Form Description' )",
	"( " + syntaxClass + " DESC 'Object Class Description' )", "( " + syntaxSyntax + " DESC 'LDAP Syntax Description' )",
	"( " + syntaxSub + " DESC 'Substring Assertion' )",
}

// The rules that attributes name (RFC 4517, 4530).
var matchingRules = []string{
	"( 2.5.13.0 NAME 'objectIdentifierMatch' SYNTAX " + syntaxOID + " )",
	"( 2.5.13.1 NAME 'distinguishedNameMatch' SYNTAX " + syntaxDN + " )",
	"( 2.5.13.2 NAME 'caseIgnoreMatch' SYNTAX " + syntaxText + " )",
	"( 2.5.13.4 NAME 'caseIgnoreSubstringsMatch' SYNTAX " + syntaxSub + " )",
	"( 2.5.13.5 NAME 'caseExactMatch' SYNTAX " + syntaxText + " )",
	"( 2.5.13.13 NAME 'booleanMatch' SYNTAX " + syntaxBool + " )",
	"( 2.5.13.14 NAME 'integerMatch' SYNTAX " + syntaxInt + " )",
	"( 2.5.13.17 NAME 'octetStringMatch' SYNTAX " + syntaxOcts + " )",
	"( 2.5.13.20 NAME 'telephoneNumberMatch' SYNTAX " + syntaxTel + " )",
	"( 2.5.13.21 NAME 'telephoneNumberSubstringsMatch' SYNTAX " + syntaxSub + " )",
	"( 2.5.13.27 NAME 'generalizedTimeMatch' SYNTAX " + syntaxTime + " )",
	"( 2.5.13.28 NAME 'generalizedTimeOrderingMatch' SYNTAX " + syntaxTime + " )",
	"( 2.5.13.29 NAME 'integerFirstComponentMatch' SYNTAX " + syntaxInt + " )",
	"( 2.5.13.30 NAME 'objectIdentifierFirstComponentMatch' SYNTAX " + syntaxOID + " )",
	"( 1.3.6.1.4.1.1466.109.114.2 NAME 'caseIgnoreIA5Match' SYNTAX " + syntaxIA5 + " )",
	"( 1.3.6.1.4.1.1466.109.114.3 NAME 'caseIgnoreIA5SubstringsMatch' SYNTAX " + syntaxSub + " )",
	"( 1.3.6.1.1.16.2 NAME 'UUIDMatch' SYNTAX " + syntaxUUID + " )",
}
