"""Products in Python that sign members in by LDAP: ldap3, flask-ldap3-login and django-python3-ldap.

    products.py URL BASE SECRET PASSWORD

URL is of plain LDAP on this machine, BASE the enterprise's suffix, SECRET that of the service account
"products", and PASSWORD that of zhangsan. check.sh runs it.
"""

import sys
import unittest
from urllib.parse import urlsplit

import django
import flask
import ldap3
from flask_ldap3_login import AuthenticationResponseStatus, LDAP3LoginManager

URL, BASE, SECRET, PASSWORD = sys.argv[1:5]
ACCOUNT = f"cn=products,ou=services,{BASE}"
HOST, PORT = urlsplit(URL).hostname, urlsplit(URL).port


class Ldap3(unittest.TestCase):
    def test_two_binds_on_one_server(self):
        server = ldap3.Server(URL, get_info=ldap3.ALL)
        for _ in range(3):
            with ldap3.Connection(server, ACCOUNT, SECRET, auto_bind=True) as connection:
                connection.search(BASE, "(uid=zhangsan)", attributes=[ldap3.ALL_ATTRIBUTES, ldap3.ALL_OPERATIONAL_ATTRIBUTES])
                self.assertEqual(connection.entries[0].uid.value, "zhangsan")
        self.assertIn(BASE, server.info.naming_contexts)

    def test_every_attribute_by_name(self):
        server = ldap3.Server(URL, get_info=ldap3.ALL)
        with ldap3.Connection(server, ACCOUNT, SECRET, auto_bind=True) as connection:
            for base in ("", "cn=Subschema", BASE):
                connection.search(base, "(objectClass=*)", ldap3.BASE, attributes=list(server.schema.attribute_types))
                self.assertEqual(connection.result["description"], "success", base)

    def test_an_object_definition(self):
        server = ldap3.Server(URL, get_info=ldap3.ALL)
        with ldap3.Connection(server, ACCOUNT, SECRET, auto_bind=True) as connection:
            person = ldap3.ObjectDef(["inetOrgPerson", "qiweiMember"], connection)
            reader = ldap3.Reader(connection, person, "ou=people," + BASE, "uid: zhangsan")
            self.assertEqual(len(reader.search()), 1)

    def test_rebinding_as_the_member(self):
        server = ldap3.Server(URL, get_info=ldap3.SCHEMA)
        with ldap3.Connection(server, ACCOUNT, SECRET, auto_bind=True) as connection:
            self.assertTrue(connection.rebind(f"uid=zhangsan,ou=people,{BASE}", PASSWORD))
            self.assertEqual(connection.extend.standard.who_am_i(), f"dn:uid=zhangsan,ou=people,{BASE}")


class Flask(unittest.TestCase):
    def test_a_member_signs_in(self):
        app = flask.Flask(__name__)
        app.config.update(
            SECRET_KEY="x", LDAP_HOST=HOST, LDAP_PORT=PORT, LDAP_BASE_DN=BASE, LDAP_USER_DN="ou=people", LDAP_GROUP_DN="ou=groups",
            LDAP_USER_RDN_ATTR="uid", LDAP_USER_LOGIN_ATTR="mail", LDAP_USER_OBJECT_FILTER="(objectclass=inetOrgPerson)",
            LDAP_GROUP_OBJECT_FILTER="(objectclass=groupOfNames)", LDAP_GROUP_MEMBERS_ATTR="member", LDAP_GROUP_SEARCH_SCOPE="SUBTREE",
            LDAP_BIND_USER_DN=ACCOUNT, LDAP_BIND_USER_PASSWORD=SECRET, LDAP_SEARCH_FOR_GROUPS=True, LDAP_BIND_DIRECT_CREDENTIALS=False,
        )
        manager = LDAP3LoginManager(app)
        with app.app_context():
            server = ldap3.Server(URL, get_info=ldap3.NONE)
            with ldap3.Connection(server, ACCOUNT, SECRET, auto_bind=True) as connection:
                connection.search(BASE, "(uid=zhangsan)", attributes=["mail"])
                mail = connection.entries[0].mail.values[0]
            for _ in range(2):
                answer = manager.authenticate(mail, PASSWORD)
                self.assertEqual(answer.status, AuthenticationResponseStatus.success)
                self.assertEqual(answer.user_info["uid"], ["zhangsan"])
                self.assertTrue(answer.user_groups)
            self.assertEqual(manager.authenticate(mail, "wrong").status, AuthenticationResponseStatus.fail)


class Django(unittest.TestCase):
    def test_a_member_signs_in(self):
        from django.conf import settings

        settings.configure(
            SECRET_KEY="x", DEFAULT_AUTO_FIELD="django.db.models.AutoField",
            DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
            INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "django_python3_ldap"],
            AUTHENTICATION_BACKENDS=["django_python3_ldap.auth.LDAPBackend"],
            LDAP_AUTH_URL=[URL], LDAP_AUTH_SEARCH_BASE="ou=people," + BASE, LDAP_AUTH_OBJECT_CLASS="inetOrgPerson",
            LDAP_AUTH_USER_FIELDS={"username": "uid", "first_name": "cn", "last_name": "sn", "email": "mail"},
            LDAP_AUTH_USER_LOOKUP_FIELDS=("username",),
            LDAP_AUTH_CONNECTION_USERNAME=None, LDAP_AUTH_CONNECTION_PASSWORD=None,
        )
        django.setup()
        from django.contrib.auth import authenticate
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        for _ in range(2):
            user = authenticate(username="zhangsan", password=PASSWORD)
            self.assertEqual(user and user.username, "zhangsan")
        self.assertIsNone(authenticate(username="zhangsan", password="wrong"))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
