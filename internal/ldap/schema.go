package ldap

import "strings"

// schema describes classes and attributes (RFC 4512, 4.2).
type schema struct{}

func (schema) term(f filter) (tri, error) {
	if f.attr == "objectclass" {
		return truth(f.kind == filterPresent || (f.kind == filterEqual && hasClass(schemaClasses, f.value))), nil
	}
	return isUndefined, nil
}

var schemaClasses = []string{"top", "subentry", "subschema"}

func (schema) write(w *writer, id int, sel selection) {
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
		}{{"objectClasses", objectClasses}, {"attributeTypes", attributeTypes}, {"ldapSyntaxes", ldapSyntaxes}, {"matchingRules", matchingRules}} {
			if sel.wantsHidden(strings.ToLower(a.name)) {
				e.add(a.name, a.values...)
			}
		}
	})
}

// What the server knows of the standard's schema (RFC 4512, 4519, 2798, 4524),
// and what is ours, below the arc that ITU-T gives to UUIDs.
var objectClasses = []string{
	"( 2.5.6.0 NAME 'top' ABSTRACT MUST objectClass )",
	"( 2.5.6.4 NAME 'organization' SUP top STRUCTURAL MUST o MAY description )",
	"( 2.5.6.5 NAME 'organizationalUnit' SUP top STRUCTURAL MUST ou MAY ( description $ departmentNumber ) )",
	"( 0.9.2342.19200300.100.4.13 NAME 'domain' SUP top STRUCTURAL MUST dc )",
	"( 2.5.6.6 NAME 'person' SUP top STRUCTURAL MUST ( sn $ cn ) MAY ( telephoneNumber $ description ) )",
	"( 2.5.6.7 NAME 'organizationalPerson' SUP person STRUCTURAL MAY ( title $ street $ ou $ telephoneNumber ) )",
	"( 2.16.840.1.113730.3.2.2 NAME 'inetOrgPerson' SUP organizationalPerson STRUCTURAL MAY ( uid $ mail $ mobile $ displayName $ departmentNumber $ manager $ labeledURI $ memberOf ) )",
	"( 2.5.6.9 NAME 'groupOfNames' SUP top STRUCTURAL MUST cn MAY ( member $ ou $ departmentNumber $ description ) )",
	"( 2.5.20.1 NAME 'subschema' AUXILIARY MAY ( objectClasses $ attributeTypes $ ldapSyntaxes $ matchingRules ) )",
	"( 2.25.142366517246733245283917713893401263451.1 NAME 'qiweiMember' SUP top AUXILIARY MAY ( qiweiAlias $ qiweiStatus ) )",
}

const (
	syntaxText = "1.3.6.1.4.1.1466.115.121.1.15"
	syntaxIA5  = "1.3.6.1.4.1.1466.115.121.1.26"
	syntaxDN   = "1.3.6.1.4.1.1466.115.121.1.12"
	syntaxTel  = "1.3.6.1.4.1.1466.115.121.1.50"
	syntaxTime = "1.3.6.1.4.1.1466.115.121.1.24"
	syntaxOID  = "1.3.6.1.4.1.1466.115.121.1.38"
	syntaxBool = "1.3.6.1.4.1.1466.115.121.1.7"
	syntaxUUID = "1.3.6.1.1.16.1"
)

func text(oid, name string) string {
	return "( " + oid + " NAME " + name + " EQUALITY caseIgnoreMatch SUBSTR caseIgnoreSubstringsMatch SYNTAX " + syntaxText + " )"
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
	text("2.25.142366517246733245283917713893401263451.2", "'qiweiAlias'"),
	text("2.25.142366517246733245283917713893401263451.3", "'qiweiStatus'"),
}

var ldapSyntaxes = []string{
	"( " + syntaxText + " DESC 'Directory String' )", "( " + syntaxIA5 + " DESC 'IA5 String' )", "( " + syntaxDN + " DESC 'DN' )",
	"( " + syntaxTel + " DESC 'Telephone Number' )", "( " + syntaxTime + " DESC 'Generalized Time' )", "( " + syntaxOID + " DESC 'OID' )",
	"( " + syntaxBool + " DESC 'Boolean' )", "( " + syntaxUUID + " DESC 'UUID' )",
}

var matchingRules = []string{
	"( 2.5.13.2 NAME 'caseIgnoreMatch' SYNTAX " + syntaxText + " )",
	"( 2.5.13.1 NAME 'distinguishedNameMatch' SYNTAX " + syntaxDN + " )",
	"( 1.3.6.1.4.1.1466.109.114.2 NAME 'caseIgnoreIA5Match' SYNTAX " + syntaxIA5 + " )",
	"( 2.5.13.20 NAME 'telephoneNumberMatch' SYNTAX " + syntaxTel + " )",
}
